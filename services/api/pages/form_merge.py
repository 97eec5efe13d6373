"""Two people changed one form: field by field what is stored now and what was typed, for the person to choose.

Where only one of the two changed an answer since the version that was opened, that one is chosen beforehand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi.datastructures import FormData

from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.wording import Difference, differences
from casebook.domain.texts import Coded, Text

TYPED_PREFIXES = ("f.", "l.", "m.")
NOT_CHOSEN = Text("choose one of the two", "どちらかを選択してください")


class Side(StrEnum):
    """Whose answer is taken."""

    STORED = "stored"
    YOURS = "yours"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that differs; `chosen` is None where both changed it and nobody has chosen yet."""

    difference: Difference
    name: str
    chosen: Side | None
    errors: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """Everything that differs, and the fields that were sent, to be sent again."""

    choices: tuple[Choice, ...]
    typed: tuple[tuple[str, str], ...]

    @property
    def is_settled(self) -> bool:
        """Every answer is chosen."""
        return all(choice.chosen is not None for choice in self.choices)


def merge_of(
    form: FormDefinition,
    base: Mapping[str, object],
    stored: Mapping[str, object],
    yours: Mapping[str, object],
    posted: FormData,
    missing_reasons: Sequence[Coded] = (),
) -> Merge:
    """Compare three versions of an entry; `base` is the one that both began with."""
    since_base = {
        Side.STORED: {item.path for item in differences(form, base, stored)},
        Side.YOURS: {item.path for item in differences(form, base, yours)},
    }
    was_asked = posted.get("act") == "merge"
    choices = [
        _choice(item, since_base, posted, was_asked=was_asked)
        for item in differences(form, stored, yours, missing_reasons)
    ]
    typed = [
        (name, said) for name, said in posted.multi_items() if name.startswith(TYPED_PREFIXES) and isinstance(said, str)
    ]
    return Merge(tuple(choices), tuple(typed))


def _choice(item: Difference, since_base: Mapping[Side, set[str]], posted: FormData, *, was_asked: bool) -> Choice:
    name = f"pick.{item.path}"
    said = posted.get(name)
    changed = [] if was_asked else [side for side, paths in since_base.items() if item.path in paths]
    chosen = Side(said) if said in list(Side) else changed[0] if len(changed) == 1 else None
    return Choice(item, name, chosen, (NOT_CHOSEN,) if was_asked and chosen is None else ())


def merged(stored: Mapping[str, object], yours: Mapping[str, object], merge: Merge) -> dict[str, object]:
    """Return the stored answers with those of the person's where the person chose so."""
    found: dict[str, object] = {code: value for code, value in stored.items() if code != "lesions"}
    rows = {label: dict(row) for label, row in _rows(stored).items()}
    for choice in merge.choices:
        if choice.chosen is Side.YOURS:
            _take(found, rows, yours, choice.difference)
    kept = {label: row for label, row in rows.items() if row}
    return {**found, **({"lesions": kept} if kept else {})}


def _take(
    found: dict[str, object], rows: dict[str, dict[str, Any]], yours: Mapping[str, object], item: Difference
) -> None:
    code = item.path.rsplit(".", 1)[-1] if item.lesion is not None else item.path
    target: dict[str, Any] = found if item.lesion is None else rows.setdefault(item.lesion, {})
    source = yours if item.lesion is None else _rows(yours).get(item.lesion, {})
    if code in source:
        target[code] = source[code]
    else:
        target.pop(code, None)


def _rows(data: Mapping[str, object]) -> Mapping[str, Mapping[str, Any]]:
    rows = data.get("lesions")
    return rows if isinstance(rows, Mapping) else {}
