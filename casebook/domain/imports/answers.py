"""From a cell to an answer as forms take it: words in either language become codes, and what is none says why.

An empty cell says nothing and leaves what is saved; CLEARS stands for an answer that is taken away.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from casebook.domain.forms.coercion import coerced
from casebook.domain.forms.definition import FieldDefinition, FieldType
from casebook.domain.forms.faults import BadAnswer
from casebook.domain.forms.values import Entry, plain
from casebook.domain.forms.wording import YES_NO
from casebook.domain.imports.table import Cell, CellKind, spelled
from casebook.domain.texts import Coded

CLEARS: Final = ("(empty)", "（空欄）")
"""Written into a cell to take a saved answer away, in English and Japanese."""
DATES: Final = frozenset({FieldType.DATE, FieldType.PARTIAL_DATE})
_SEVERAL: Final = re.compile(r"[;；|、,，\n]")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2})日?|月)?")


def read_answer(field: FieldDefinition, cell: Cell, missing_reasons: Sequence[Coded]) -> object:
    """Return the answer as an entry holds it; None where the cell takes a saved one away. Raises BadAnswer."""
    _require_plain(field, cell)
    if spelled(cell.text) in map(spelled, CLEARS):
        return None
    raw = _READERS.get(field.type, _as_it_stands)(field, cell.text)
    reason = _missing(field, cell.text, missing_reasons)
    return {"missing": reason} if reason is not None and not _is_an_answer(field, raw) else raw


def same_answer(field: FieldDefinition, raw: object, saved: object, lesions: tuple[str, ...]) -> bool:
    """Whether an answer says what is saved already."""
    if raw is None:
        return saved is None
    try:
        return plain(Entry({field.code: coerced(field, raw, lesions)})).get(field.code) == saved
    except BadAnswer:
        return False


def _require_plain(field: FieldDefinition, cell: Cell) -> None:
    """Raise BadAnswer for what the file holds there that is not what somebody typed."""
    if cell.kind is CellKind.FORMULA:
        raise BadAnswer(
            "formula",
            "found a formula, which is not worked out here; put its value in its place",
            "数式は計算されません。値に置き換えてください（値の貼り付け）",
        )
    if cell.kind is CellKind.ERROR:
        raise BadAnswer(
            "spreadsheet-error",
            f"found {cell.text}, an error of the spreadsheet; enter the value",
            f"{cell.text} は表計算ソフトのエラーです。値を入力してください",
        )
    if cell.kind is CellKind.MOMENT:
        raise BadAnswer(
            "time-of-day",
            f"found {cell.text}, a date with a time of day; enter the date alone",
            f"{cell.text} は時刻付きです。日付だけを入力してください",
        )
    if cell.kind is CellKind.DAY and field.type not in DATES:
        raise BadAnswer(
            "made-a-date",
            f"the spreadsheet holds the date {cell.text}; format the column as text and enter it again",
            f"表計算ソフトで日付（{cell.text}）になっています。列の書式を文字列にして入力し直してください",
        )
    if cell.kind is CellKind.NUMBER and field.type is FieldType.DATE:
        raise BadAnswer(
            "not-a-date",
            f"found the number {cell.text}; format the column as a date, or write 2017-02-28",
            f"数値 {cell.text} になっています。列の書式を日付にするか、2017-02-28 の形で入力してください",
        )


def _missing(field: FieldDefinition, text: str, known: Sequence[Coded]) -> str | None:
    said = spelled(text).removeprefix("(").removesuffix(")")
    return _code_of(said, [reason for reason in known if reason.code in field.missing_reasons])


def _is_an_answer(field: FieldDefinition, raw: object) -> bool:
    """Whether a choice of the field is meant; a reason why there is none may be worded like an answer to others."""
    return field.type in {FieldType.CHOICE, FieldType.CHOICES} and raw in [choice.code for choice in field.choices]


def _code_of(text: str, choices: Sequence[Coded]) -> str | None:
    said = spelled(text)
    for choice in choices:
        if said in {spelled(choice.code), spelled(choice.label.en), spelled(choice.label.ja)}:
            return choice.code
    return None


def _as_it_stands(_: FieldDefinition, text: str) -> object:
    return text


def _choice(field: FieldDefinition, text: str) -> object:
    return _code_of(text, field.choices) or text


def _choices(field: FieldDefinition, text: str) -> object:
    whole = _code_of(text, field.choices)
    if whole is not None:
        return [whole]
    return [_code_of(part, field.choices) or part.strip() for part in _SEVERAL.split(text) if part.strip()]


def _lesions(_: FieldDefinition, text: str) -> object:
    return [part.strip() for part in _SEVERAL.split(text) if part.strip()]


def _yes_or_no(_: FieldDefinition, text: str) -> object:
    return _code_of(text, YES_NO) or text


def _day(_: FieldDefinition, text: str) -> object:
    """Dates that begin with the year mean one day only; any other order stays as it is, and is refused."""
    found = _YEAR_FIRST.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        return text
    return "-".join([found[1], *(f"{int(part):02}" for part in found.groups()[1:] if part)])


def _members(field: FieldDefinition, text: str) -> object:
    found: list[object] = []
    for part in _SEVERAL.split(text):
        role, colon, name = part.partition(":") if ":" in part else part.partition("：")
        found.append({"role": _code_of(role, field.choices) or role.strip(), "name": name.strip()} if colon else part)
    return found


_READERS: Final[Mapping[FieldType, Callable[[FieldDefinition, str], object]]] = {
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.BOOLEAN: _yes_or_no,
    FieldType.DATE: _day,
    FieldType.PARTIAL_DATE: _day,
    FieldType.LESIONS: _lesions,
    FieldType.MEMBERS: _members,
}
