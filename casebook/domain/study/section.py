"""Reading one table of a definition: typed, and noting every fault instead of stopping at the first."""

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self, TypeVar

from casebook.domain.study.problems import Path, Problem, dotted
from casebook.domain.texts import Text

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")
_MISSING = object()
_KINDS: Mapping[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number",
    date: "a date such as 2017-02-28",
    list: "a list",
    dict: "a table",
}


class Faults:
    """The problems found so far, with the places of the text they are found in."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self._unread: set[Path] = set()
        self._found: list[Problem] = []

    def note(self, path: Path, message: str) -> None:
        """A field that could not be read. What else is wrong at it or below follows from that and is not kept."""
        if self.note_reference(path, message):
            self._unread.add(path)

    def note_reference(self, path: Path, message: str) -> bool:
        """A field that was read but fits nothing else; false where an unreadable field is the cause."""
        if any(path[:n] in self._unread for n in range(1, len(path) + 1)):
            return False
        self._found.append(Problem(self.line(path), dotted(path), message))
        return True

    def expect_known(self, path: Path, name: str, known: Iterable[str]) -> None:
        """Note a name that is none of the known ones."""
        names = list(known)
        if name not in names:
            self.note_reference(path, f"found “{name}”; expected one of {', '.join(names) or '(there are none)'}")

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest table around it that is in the text."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, in the order of the text."""
        return tuple(sorted(set(self._found)))


class Section:
    """A table being read. Every key must be asked for before `close`, which notes the unknown ones.

    A reader that meets a fault notes it and answers with an empty value of the right type, so that
    reading goes on and all faults are found in one go.
    """

    def __init__(self, data: Mapping[str, object], path: Path, faults: Faults) -> None:
        self._data = data
        self.path = path
        self.faults = faults
        self._asked: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def note(self, key: str, message: str) -> None:
        """Note a fault of one field."""
        self.faults.note((*self.path, key), message)

    def close(self) -> None:
        """Note every key nobody asked for."""
        for key in self._data.keys() - self._asked:
            near = difflib.get_close_matches(key, self._asked, n=1)
            known = f"did you mean “{near[0]}”?" if near else f"expected one of {_listed(sorted(self._asked))}"
            self.note(key, f"unknown key; {known}")

    def text(self, key: str, *, default: str | None = None, pattern: str | None = None) -> str:
        """A text that is not blank, matching `pattern` in full where one is given."""
        value = self._typed(key, str, default)
        if value is None:
            return ""
        if not value.strip() and value != default:
            self.note(key, "is blank; expected some text")
        elif pattern and not re.fullmatch(pattern, value):
            self.note(key, f"found “{value}”; expected the form {pattern}")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the key is absent."""
        return self.text(key) if self.has(key) else None

    def integer(
        self, key: str, *, default: int | None = None, minimum: int | None = None, maximum: int | None = None
    ) -> int:
        """A whole number within the limits."""
        value = self._typed(key, int, default)
        if value is None:
            return 0
        self._within(key, Decimal(value), minimum, maximum)
        return value

    def optional_integer(self, key: str, *, minimum: int | None = None) -> int | None:
        """A whole number, or None where the key is absent."""
        return self.integer(key, minimum=minimum) if self.has(key) else None

    def number(
        self, key: str, *, default: Decimal | None = None, minimum: float | None = None, maximum: float | None = None
    ) -> Decimal:
        """A finite number within the limits."""
        value = self._typed(key, Decimal, default)
        if value is None:
            return Decimal(0)
        if not value.is_finite():
            self.note(key, f"found {value}; expected a finite number")
            return Decimal(0)
        self._within(key, value, minimum, maximum)
        return value

    def optional_number(self, key: str) -> Decimal | None:
        """A finite number, or None where the key is absent."""
        return self.number(key) if self.has(key) else None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false."""
        return bool(self._typed(key, bool, default))

    def optional_day(self, key: str) -> date | None:
        """A date, or None where the key is absent."""
        return self._typed(key, date, None) if self.has(key) else None

    def choice(self, key: str, choices: type[Choice], *, default: Choice | None = None) -> Choice:
        """One of a closed vocabulary."""
        value = self._typed(key, str, None if default is None else default.value)
        if value is None:
            return next(iter(choices))
        return self._member((*self.path, key), value, choices)

    def choices(
        self, key: str, choices: type[Choice], *, default: tuple[Choice, ...] | None = None
    ) -> tuple[Choice, ...]:
        """A list of members of a closed vocabulary, none twice."""
        if default is not None and not self.has(key):
            return default
        words = self.texts(key)
        return tuple(self._member((*self.path, key, n), word, choices) for n, word in enumerate(words))

    def texts(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, none blank, none twice."""
        if default is not None and not self.has(key):
            return default
        items = self._typed(key, list, None) or []
        words: list[str] = []
        for n, item in enumerate(items):
            path = (*self.path, key, n)
            if not isinstance(item, str) or not item.strip():
                self.faults.note(path, f"found {_shown(item)}; expected text")
            elif item in words:
                self.faults.note(path, f"“{item}” is listed twice")
            words.append(item if isinstance(item, str) else "")
        return tuple(words)

    def label(self, key: str) -> Text:
        """A table with the wording in both languages: `{ en = "...", ja = "..." }`."""
        with self.section(key) as words:
            return Text(words.text("en"), words.text("ja"))

    def optional_label(self, key: str) -> Text | None:
        """The wording in both languages, or None where the key is absent."""
        return self.label(key) if self.has(key) else None

    def optional_words(self, key: str) -> Text | None:
        """The wording in both languages, one text where it is the same in both, or None where the key is absent."""
        if isinstance(self._data.get(key), str):
            words = self.text(key)
            return Text(words, words)
        return self.optional_label(key)

    def section(self, key: str) -> "Section":
        """The table under `key`."""
        table = self._typed(key, dict, None)
        return Section(table or {}, (*self.path, key), self.faults)

    def sections(self, key: str, *, optional: bool = False) -> tuple["Section", ...]:
        """The tables of the array under `key`; at least one unless `optional`."""
        if optional and not self.has(key):
            return ()
        items = self._typed(key, list, None) or []
        found: list[Section] = []
        for n, item in enumerate(items):
            path = (*self.path, key, n)
            if isinstance(item, dict):
                found.append(Section(item, path, self.faults))
            else:
                self.faults.note(path, f"found {_shown(item)}; expected a table")
        return tuple(found)

    def _typed(self, key: str, kind: type[Value], default: Value | None) -> Value | None:
        self._asked.add(key)
        value = self._data.get(key, _MISSING)
        if value is _MISSING:
            if default is None:
                self.note(key, f"is missing; expected {_KINDS[kind]}")
            return default
        if kind is Decimal and isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        wrong_bool = isinstance(value, bool) and kind is not bool
        wrong_instant = isinstance(value, datetime)
        if isinstance(value, kind) and not wrong_bool and not wrong_instant:
            return value
        self.note(key, f"found {_shown(value)}; expected {_KINDS[kind]}")
        return default

    def has(self, key: str) -> bool:
        """Whether an optional key is given; it counts as a known one from then on."""
        self._asked.add(key)
        return key in self

    def _within(self, key: str, value: Decimal, minimum: float | None, maximum: float | None) -> None:
        if minimum is not None and value < Decimal(str(minimum)):
            self.note(key, f"found {value}; expected {minimum} or more")
        if maximum is not None and value > Decimal(str(maximum)):
            self.note(key, f"found {value}; expected {maximum} or less")

    def _member(self, path: Path, word: str, choices: type[Choice]) -> Choice:
        try:
            return choices(word)
        except ValueError:
            self.faults.note(path, f"found “{word}”; expected one of {_listed([str(c) for c in choices])}")
            return next(iter(choices))


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"the text “{value}”"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)


def _listed(words: list[str]) -> str:
    return ", ".join(words)
