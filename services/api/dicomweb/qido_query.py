"""The query of a search: matching attributes, what to include, paging (PS3.18 8.3.4 and 10.6.1.2)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydicom.datadict import dictionary_has_tag, tag_for_keyword

from casebook.domain.errors import Invalid

MAX_RESULTS: Final = 5000
"""Most results of one answer; the rest is had with `offset`."""
MAX_OFFSET: Final = 2**31
MAX_VALUE_CHARACTERS: Final = 16_384
MAX_MATCHES: Final = 64
CONTROL_PARAMETERS: Final = frozenset(
    {"limit", "offset", "fuzzymatching", "includefield", "accept", "emptyvaluematching", "multiplevaluematching"}
)
FUZZY_WARNING: Final = '299 casebook "The fuzzymatching parameter is not supported; matching was literal."'

_HEX: Final = re.compile(r"[0-9A-Fa-f]{8}")
_COUNT: Final = re.compile(r"[0-9]{1,10}")
_UID: Final = re.compile(r"[0-9.]{1,64}")
_DAY: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Query:
    """What a search asks for; tags as numbers, values as sent."""

    matches: tuple[tuple[int, str], ...]
    include: frozenset[int]
    include_all: bool
    limit: int
    offset: int
    warnings: tuple[str, ...]


def parsed(parameters: Iterable[tuple[str, str]]) -> Query:
    """The query of the parameters as sent. Raises Invalid."""
    matches: list[tuple[int, str]] = []
    include: set[str] = set()
    limit, offset, warnings = MAX_RESULTS, 0, []
    for name, value in parameters:
        if "\0" in value or len(value) > MAX_VALUE_CHARACTERS:
            raise Invalid(f"The value of {_shown(name)} cannot be searched for.", field=_shown(name))
        if name == "limit":
            limit = min(_count(name, value), MAX_RESULTS)
        elif name == "offset":
            offset = _count(name, value)
        elif name == "includefield":
            include.update(field for field in value.split(",") if field)
        elif name == "fuzzymatching":
            warnings += [FUZZY_WARNING] if _is_true(name, value) else []
        elif name not in CONTROL_PARAMETERS:
            matches.append((tag_of(name), value))
    if len(matches) > MAX_MATCHES:
        raise Invalid(f"A search takes at most {MAX_MATCHES} attributes.")
    return Query(
        matches=tuple(matches),
        include=frozenset(tag_of(field) for field in include if field != "all"),
        include_all="all" in include,
        limit=limit,
        offset=offset,
        warnings=tuple(warnings),
    )


def tag_of(name: str) -> int:
    """The tag of an attribute by keyword or eight hex digits; of a dotted path, the first step. Raises Invalid."""
    steps = [_tag_of_step(step) for step in name.split(".")]
    if any(step is None for step in steps) or steps[0] is None:
        raise Invalid(f"{_shown(name)} is not an attribute; use its keyword or eight hex digits.", field=_shown(name))
    return steps[0] if len(steps) == 1 else NESTED


NESTED: Final = -1
"""Stands for an attribute inside a sequence, which is not indexed."""


def _tag_of_step(name: str) -> int | None:
    if _HEX.fullmatch(name):
        return int(name, 16)
    tag = tag_for_keyword(name)
    return tag if tag is not None and dictionary_has_tag(tag) else None


def _shown(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]", "?", name[:40])


def _count(name: str, value: str) -> int:
    if not _COUNT.fullmatch(value) or int(value) > MAX_OFFSET:
        raise Invalid(f"{name} must be a whole number from 0 to {MAX_OFFSET}.", field=name)
    return int(value)


def _is_true(name: str, value: str) -> bool:
    if value not in {"true", "false"}:
        raise Invalid(f"{name} must be true or false.", field=name)
    return value == "true"


def uids(value: str) -> list[str]:
    """A list of UIDs divided by comma or backslash. Raises Invalid."""
    found = [uid.strip() for uid in re.split(r"[,\\]", value)]
    if not all(_UID.fullmatch(uid) for uid in found):
        raise Invalid("A UID has digits and dots only, at most 64.")
    return found


def uid_in_path(uid: str) -> str:
    """A UID from an address. Raises Invalid."""
    if not _UID.fullmatch(uid):
        raise Invalid("A UID in the address has digits and dots only, at most 64.")
    return uid


def like(value: str) -> str | None:
    """The SQL LIKE pattern (escape character backslash) of a value with wildcards; None when it has none."""
    if not re.search(r"[*?]", value):
        return None
    literal = re.sub(r"([\\%_])", r"\\\1", value)
    return literal.replace("*", "%").replace("?", "_")


def days(value: str) -> tuple[date | None, date | None]:
    """The first and last day of a date or of a range `a-b`, `a-`, `-b`. Raises Invalid."""
    first, dash, last = value.partition("-")
    if not dash:
        day = _day(first)
        return day, day
    if not first and not last:
        raise Invalid("A date range needs at least one end.")
    return _day(first) if first else None, _day(last) if last else None


def _day(text: str) -> date:
    match = _DAY.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise Invalid("A date is written YYYYMMDD, a range YYYYMMDD-YYYYMMDD.")


def whole_number(value: str) -> int:
    """The number of an integer attribute. Raises Invalid."""
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", value.strip()):
        raise Invalid("This attribute is matched by a whole number.")
    return int(value)
