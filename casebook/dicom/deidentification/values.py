"""Whether a value is what its element says, and what is written for it; None means: not that."""

import math
import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

MOST_DIGITS_IN_TEXT: Final = 8
"""A technical text with more digits than this could be a number of a person or a place."""

MOST_DIGITS_WITHOUT_WORD: Final = 4
LONGEST_RUN_OF_DIGITS: Final = 4
LONGEST_TEXT: Final = 64
LARGEST_WRITTEN_NUMBER: Final = 99_999_999
"""No measurement of an image is written with nine digits; numbers of patients and orders are."""

OLDEST_AGE_SHOWN_YEARS: Final = 90
"""Ages above 89 are written as 90 years (45 CFR 164.514(b)(2)(i)(C))."""

_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_PLAIN: Final = re.compile(r"[A-Za-z0-9 _.,:;+*/\\^#()\[\]{}<>=%&'\"!?-]*", re.ASCII)
_LETTERS: Final = re.compile(r"[A-Za-z]+", re.ASCII)
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
_DATE: Final = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})", re.ASCII)
_TIME: Final = re.compile(
    r"([01]\d|2[0-3])(:?[0-5]\d(:?([0-5]\d|60)(\.\d{1,6})?)?)?",
    re.ASCII,
)
_DATETIME: Final = re.compile(r"(\d{8})(\d{2,6}(?:\.\d{1,6})?)?([+-](?:0\d|1[0-4])[0-5]\d)?", re.ASCII)
_ZONE: Final = re.compile(r"[+-](0\d|1[0-4])[0-5]\d", re.ASCII)
_AGE: Final = re.compile(r"(\d{1,3})([DWMY])", re.ASCII)


def number(value: Any) -> bool:
    """A finite number."""
    return isinstance(value, int | float) and math.isfinite(value)


def written_number(value: Any) -> bool:
    """A number of a DS or IS: in decimal digits, and too small to be somebody's number."""
    return number(value) and abs(value) <= LARGEST_WRITTEN_NUMBER and _DECIMAL.fullmatch(str(value)) is not None


@lru_cache(maxsize=4096)
def technical(value: str, words: frozenset[str]) -> bool:
    """Made of technical words, single letters and short numbers only."""
    if value in words:
        return True
    if len(value) > LONGEST_TEXT or _PLAIN.fullmatch(value) is None:
        return False
    letters = _LETTERS.findall(value)
    if any(len(run) > 1 and run.casefold() not in words for run in letters):
        return False
    digits = _DIGITS.findall(value)
    n_digits = sum(map(len, digits))
    most = MOST_DIGITS_IN_TEXT if any(len(run) > 1 for run in letters) else MOST_DIGITS_WITHOUT_WORD
    return n_digits <= most and all(len(run) <= LONGEST_RUN_OF_DIGITS for run in digits)


def shifted_date(value: str, days: int) -> str | None:
    """A DA moved by whole days."""
    match = _DATE.fullmatch(value.strip())
    if match is None:
        return None
    try:
        moved = date(*map(int, match.groups())) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}"


def shifted_datetime(value: str, days: int) -> str | None:
    """A DT moved by whole days; its time and its offset from UTC stay. One without a day cannot be moved."""
    match = _DATETIME.fullmatch(value.strip())
    if match is None:
        return None
    day, clock, zone = match.groups(default="")
    moved = shifted_date(day, days)
    if moved is None or (clock and time(clock) is None):
        return None
    return f"{moved}{clock}{zone}"


def time(value: str) -> str | None:
    """A TM as it is."""
    text = value.strip()
    return text if _TIME.fullmatch(text) else None


def timezone(value: str) -> str | None:
    """An offset from UTC as it is."""
    text = value.strip()
    return text if _ZONE.fullmatch(text) else None


def age(value: str) -> str | None:
    """An AS as it is, or 090Y above 89 years."""
    match = _AGE.fullmatch(value.strip())
    if match is None:
        return None
    if match[2] == "Y" and int(match[1]) >= OLDEST_AGE_SHOWN_YEARS:
        return f"{OLDEST_AGE_SHOWN_YEARS:03d}Y"
    return f"{int(match[1]):03d}{match[2]}"


def sex(value: str) -> str | None:
    """M, F or O."""
    text = value.strip().upper()
    return text if text in {"M", "F", "O"} else None


def manufacturer(value: str, names: Mapping[str, str]) -> str | None:
    """The one way this maker's name is written here."""
    letters = re.sub(r"[^A-Z0-9]", "", value.upper())
    return next((name for start, name in names.items() if letters.startswith(start)), None)


def agent(value: str, names: Mapping[str, str], none: frozenset[str]) -> str | None:
    """The one way this contrast agent's name is written here; None where none was given, or none is known."""
    text = value.casefold()
    if not none.isdisjoint(text.split()):
        return None
    if value in names.values():
        return value
    return next((name for part, name in names.items() if part in text), None)
