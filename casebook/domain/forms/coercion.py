"""From what was typed or sent to a typed answer, or the reason why it is none."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.forms.definition import FieldDefinition, FieldType
from casebook.domain.forms.faults import BadAnswer
from casebook.domain.forms.values import Member, Missing, PartialDate, Value
from casebook.domain.texts import Text

EARLIEST_YEAR: Final = 1900
MAX_CHARACTERS: Final = 4000
"""Longest text where the field sets no maximum of its own."""
MAX_NAME_CHARACTERS: Final = 200
SHOWN_CHARACTERS: Final = 40
"""How much of a refused answer is repeated in the message."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_WORDS_FOR: Final[Mapping[str, bool]] = {"yes": True, "no": False, "true": True, "false": False}


def is_blank(raw: object) -> bool:
    """Nothing was answered: null, white space, an empty list or table."""
    return raw is None or raw in ([], (), {}) or (isinstance(raw, str) and not raw.strip())


def coerced(field: FieldDefinition, raw: object, lesions: tuple[str, ...]) -> Value:
    """The typed answer. Raises BadAnswer with what was found and what the field expects."""
    if isinstance(raw, Mapping) and set(raw) == {"missing"}:
        return _missing(field, raw["missing"])
    return _READERS[field.type](field, raw, lesions)


def _missing(field: FieldDefinition, reason: object) -> Missing:
    if not isinstance(reason, str) or reason not in field.missing_reasons:
        allowed = field.missing_reasons
        raise BadAnswer(
            "missing-reason",
            f"found the reason {_shown(reason)}; expected one of {', '.join(allowed) or '(none is allowed)'}",
            f"欠測理由 {_shown(reason)} は使えません。使える理由：{'、'.join(allowed) or 'なし'}",
        )
    return Missing(reason)


def _text(field: FieldDefinition, raw: object, _: tuple[str, ...]) -> str:
    value = unicodedata.normalize("NFC", _string(raw)).strip().replace("\r\n", "\n")
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t" for character in value):
        raise BadAnswer(
            "control-character",
            "found a control character; expected plain text",
            "制御文字が含まれています。通常の文字で入力してください",
        )
    most = int(field.maximum or MAX_CHARACTERS)
    if len(value) > most:
        raise BadAnswer(
            "too-long",
            f"found {len(value)} characters; expected {most} or fewer",
            f"{len(value)}文字あります。{most}文字以内で入力してください",
        )
    return value


def _number(field: FieldDefinition, raw: object, _: tuple[str, ...]) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise _not_a_number(raw)
    typed = unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else _digits(raw)
    if not _NUMBER.fullmatch(typed):
        raise _not_a_number(raw)
    value = Decimal(typed)
    _check_bounds(field, value)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > field.decimals and value != round(value, field.decimals):
        raise BadAnswer(
            "decimals",
            f"found {value}; expected at most {field.decimals} decimal places",
            f"{value} は小数点以下{field.decimals}桁までで入力してください",
        )
    return value


def _digits(raw: float | Decimal) -> str:
    exact = Decimal(str(raw))
    return format(exact, "f") if exact.is_finite() else str(exact)


def _not_a_number(raw: object) -> BadAnswer:
    return BadAnswer(
        "not-a-number",
        f"found {_shown(raw)}; expected a number with a decimal point, such as 12.5",
        f"{_shown(raw)} は数値ではありません。12.5 のように小数点を使って入力してください",
    )


def _check_bounds(field: FieldDefinition, value: Decimal) -> None:
    low, high = field.minimum, field.maximum
    unit = Text(f" {field.unit.en}", f" {field.unit.ja}") if field.unit else Text("", "")
    if (low is not None and value < low) or (high is not None and value > high):
        raise BadAnswer(
            "out-of-range",
            f"found {value}{unit.en}; expected {low} to {high}{unit.en}",
            f"{value}{unit.ja} は範囲外です。{low}〜{high}{unit.ja} で入力してください",
        )


def _date(_: FieldDefinition, raw: object, __: tuple[str, ...]) -> date:
    typed = raw.isoformat() if type(raw) is date else _digits_of(raw)
    match = _DATE.fullmatch(typed)
    if match is None:
        raise _not_a_date(raw, "2017-02-28")
    return _day(raw, int(match[1]), int(match[2]), int(match[3]))


def _partial_date(_: FieldDefinition, raw: object, __: tuple[str, ...]) -> PartialDate:
    match = _PARTIAL.fullmatch(str(raw) if isinstance(raw, PartialDate) else _digits_of(raw))
    if match is None:
        raise _not_a_date(raw, "2017, 2017-02, 2017-02-28")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    _day(raw, year, 1 if month is None else month, 1 if day is None else day)
    return PartialDate(year, month, day)


def _day(raw: object, year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise BadAnswer(
            "no-such-date",
            f"found {_shown(raw)}, which is not in the calendar",
            f"{_shown(raw)} という日付は存在しません",
        ) from None
    if found.year < EARLIEST_YEAR:
        raise BadAnswer(
            "out-of-range",
            f"found {_shown(raw)}; expected {EARLIEST_YEAR} or later",
            f"{_shown(raw)} は範囲外です。{EARLIEST_YEAR}年以降で入力してください",
        )
    return found


def _not_a_date(raw: object, example: str) -> BadAnswer:
    return BadAnswer(
        "not-a-date",
        f"found {_shown(raw)}; expected a date such as {example}",
        f"{_shown(raw)} は日付ではありません。{example} の形で入力してください",
    )


def _boolean(_: FieldDefinition, raw: object, __: tuple[str, ...]) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word not in _WORDS_FOR:
        raise BadAnswer(
            "not-yes-or-no",
            f"found {_shown(raw)}; expected yes or no",
            f"{_shown(raw)} ではなく、はい（yes）かいいえ（no）で答えてください",
        )
    return _WORDS_FOR[word]


def _choice(field: FieldDefinition, raw: object, _: tuple[str, ...]) -> str:
    return _one_of(raw, tuple(choice.code for choice in field.choices))


def _choices(field: FieldDefinition, raw: object, _: tuple[str, ...]) -> tuple[str, ...]:
    return _some_of(raw, tuple(choice.code for choice in field.choices))


def _lesion(_: FieldDefinition, raw: object, lesions: tuple[str, ...]) -> str:
    return _one_of(raw, lesions)


def _lesions(_: FieldDefinition, raw: object, lesions: tuple[str, ...]) -> tuple[str, ...]:
    return _some_of(raw, lesions)


def _one_of(raw: object, codes: tuple[str, ...]) -> str:
    if not isinstance(raw, str) or raw.strip() not in codes:
        raise BadAnswer(
            "not-a-choice",
            f"found {_shown(raw)}; expected one of {', '.join(codes)}",
            f"{_shown(raw)} は選択肢にありません。選択肢：{'、'.join(codes)}",
        )
    return raw.strip()


def _some_of(raw: object, codes: tuple[str, ...]) -> tuple[str, ...]:
    items = [raw] if isinstance(raw, str) else _list(raw)
    chosen = {_one_of(item, codes) for item in items}
    return tuple(code for code in codes if code in chosen)


def _members(field: FieldDefinition, raw: object, _: tuple[str, ...]) -> tuple[Member, ...]:
    roles = tuple(choice.code for choice in field.choices)
    return tuple(dict.fromkeys(_member(item, roles) for item in _list(raw)))


def _member(raw: object, roles: tuple[str, ...]) -> Member:
    if isinstance(raw, Member):
        raw = {"role": raw.role, "name": raw.name}
    if not isinstance(raw, Mapping) or set(raw) != {"role", "name"}:
        raise BadAnswer(
            "not-a-member",
            "found a member without exactly a role and a name",
            "出席者には役割と氏名の両方を入力してください",
        )
    name = raw["name"]
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise BadAnswer(
            "not-a-name",
            f"expected a name of 1 to {MAX_NAME_CHARACTERS} characters",
            f"氏名は1〜{MAX_NAME_CHARACTERS}文字で入力してください",
        )
    return Member(_one_of(raw["role"], roles), unicodedata.normalize("NFC", name.strip()))


def _list(raw: object) -> list[object]:
    if not isinstance(raw, list | tuple):
        raise BadAnswer("not-a-list", f"found {_shown(raw)}; expected a list", f"{_shown(raw)} は一覧ではありません")
    return list(raw)


def _string(raw: object) -> str:
    if not isinstance(raw, str):
        raise BadAnswer("not-text", f"found {_shown(raw)}; expected text", f"{_shown(raw)} は文字列ではありません")
    return raw


def _digits_of(raw: object) -> str:
    return unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else ""


def _shown(raw: object) -> str:
    """A short, harmless rendering of what was found."""
    if isinstance(raw, list | tuple):
        return "[…]"
    if isinstance(raw, Mapping):
        return "{…}"
    words = "".join(character if character.isprintable() else " " for character in str(raw))
    return f"“{words[:SHOWN_CHARACTERS]}{'…' if len(words) > SHOWN_CHARACTERS else ''}”"


_READERS: Final[Mapping[FieldType, Callable[[FieldDefinition, object, tuple[str, ...]], Value]]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.PARTIAL_DATE: _partial_date,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.LESION: _lesion,
    FieldType.LESIONS: _lesions,
    FieldType.MEMBERS: _members,
}
