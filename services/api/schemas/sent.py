"""What every body that is sent to the API has in common: nothing unknown, nothing guessed, nothing that cannot be kept.

JSON has numbers, texts and truth values; one is not taken for another. What PostgreSQL cannot keep in a text (the null
character, half of a surrogate pair) is refused here, with the field that holds it.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

MAX_DEPTH: Final = 32
"""Levels of a body; the study's forms need four."""
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Sent(BaseModel):
    """Base of what the API takes."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Judge what was parsed as the JSON that it was, by JSON's own types; the model around the fields stays."""
        found = handler(source)
        model = cast("core_schema.ModelSchema", handler.resolve_ref_schema(found))
        if model["schema"]["type"] != "json-or-python":
            from_parsed = core_schema.no_info_plain_validator_function(cls._fields_of)
            model["schema"] = core_schema.json_or_python_schema(json_schema=model["schema"], python_schema=from_parsed)
        return found

    @classmethod
    def _fields_of(cls, parsed: Any) -> tuple[dict[str, Any], None, set[str]]:
        if not isinstance(parsed, dict):
            raise ValueError("The body is to be a JSON object.")  # noqa: TRY004 - pydantic reports ValueError
        require_storable(parsed)
        found = cls.model_validate_json(json.dumps(parsed, allow_nan=False), strict=True)
        return found.__dict__, None, found.model_fields_set


def shown_as(**values: Any) -> ConfigDict:
    """The configuration of a body that the description shows with these values as its example."""
    return ConfigDict(json_schema_extra={"examples": [values]})


def require_storable(value: Any) -> None:
    """Raise ValueError for texts that the database cannot keep, and for a body deeper than any form."""
    for depth, path, text in _texts(value):
        if depth > MAX_DEPTH:
            raise ValueError(f"The body is nested deeper than {MAX_DEPTH} levels.")
        if _UNSTORABLE.search(text):
            where = ".".join(path) or "the body"
            raise ValueError(f"{where} holds a null character or half of a surrogate pair, which no text can keep.")


def _texts(value: Any) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """Every text of a body with its depth and place, keys too; without recursion, since a stranger sent the body."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while waiting:
        path, inner = waiting.pop()
        if isinstance(inner, str):
            yield len(path), path, inner
            continue
        items = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        for name, child in items:
            if isinstance(name, str):
                yield len(path), path, name
            if len(path) > MAX_DEPTH:
                yield len(path), path, ""
                return
            waiting.append(((*path, str(name)), child))


def _written_day(value: Any) -> Any:
    if isinstance(value, str):
        if not _DAY.fullmatch(value):
            raise ValueError("A day is written YYYY-MM-DD.")
        return date.fromisoformat(value)
    return value


Day = Annotated[date, BeforeValidator(_written_day)]
"""A day as it is sent; an instant, or a number of seconds since 1970, is not a day."""
