"""Which line of a TOML text each key stands on.

`tomllib` gives values without their places. This walks a text that `tomllib` has already accepted, so it
needs no error handling of its own (TOML 1.0.0: keys, tables, arrays of tables, inline tables, strings).
"""

import re
from bisect import bisect_left
from collections.abc import Mapping

from casebook.domain.study.problems import Path

_NEWLINE = re.compile("\n")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_LITERAL = re.compile(r"'([^'\n]*)'")
_MULTILINE = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}', re.DOTALL)
_PLAIN = re.compile(r"[^,\]}\s#]+(?: \d[^,\]}\s#]*)?")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def lines_of(text: str) -> Mapping[Path, int]:
    """The 1-based line of every table, key and array item in `text`, which must be valid TOML."""
    walk = _Walk(text)
    walk.document()
    return walk.found


class _Walk:
    """A cursor over the text and the places found so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ends = [match.start() for match in _NEWLINE.finditer(text)]
        self.at = 0
        self.found: dict[Path, int] = {(): 1}
        self.sizes: dict[Path, int] = {}

    def document(self) -> None:
        """Walk the whole text, statement by statement."""
        table: Path = ()
        while self.skip():
            if self.text.startswith("[[", self.at):
                table = self.header(2)
            elif self.peek() == "[":
                table = self.header(1)
            else:
                self.pair(table)

    def header(self, n_brackets: int) -> Path:
        """Read `[a.b]` or `[[a.b]]` and give the table it opens."""
        line = self.line()
        self.at += n_brackets
        names = self.key()
        self.skip()
        self.at += n_brackets
        path = self.resolve(names[:-1]) + names[-1:]
        if n_brackets == 2:  # noqa: PLR2004 - an array of tables
            self.mark(path, line)
            path = (*path, self.count(path))
        else:
            path = self.resolve(names)
        self.mark(path, line)
        return path

    def resolve(self, names: Path) -> Path:
        """The path of `names`, where an array of tables means its last table."""
        path: Path = ()
        for name in names:
            path = (*path, name)
            if path in self.sizes:
                path = (*path, self.sizes[path] - 1)
        return path

    def pair(self, table: Path) -> None:
        """Read `key = value` inside `table`."""
        line = self.line()
        path = table
        for name in self.key():
            path = (*path, name)
            self.mark(path, line)
        self.skip()
        self.at += 1
        self.skip()
        self.value(path)

    def key(self) -> Path:
        """Read a key, dotted or not."""
        names = [self.name()]
        self.skip()
        while self.peek() == ".":
            self.at += 1
            self.skip()
            names.append(self.name())
            self.skip()
        return tuple(names)

    def name(self) -> str:
        """Read one name of a key."""
        for pattern in (_BARE_KEY, _BASIC, _LITERAL):
            match = pattern.match(self.text, self.at)
            if match:
                self.at = match.end()
                return _unescaped(match[1]) if pattern is _BASIC else match[match.lastindex or 0]
        raise AssertionError(f"no key at line {self.line()}")

    def value(self, path: Path) -> None:
        """Walk one value, marking what it holds."""
        if self.peek() == "[":
            self.array(path)
        elif self.peek() == "{":
            self.inline_table(path)
        else:
            for pattern in (_MULTILINE, _BASIC, _LITERAL, _PLAIN):
                match = pattern.match(self.text, self.at)
                if match:
                    self.at = match.end()
                    return

    def array(self, path: Path) -> None:
        """Walk `[a, b]`."""
        self.at += 1
        self.skip()
        while self.peek() != "]":
            item = (*path, self.count(path))
            self.mark(item, self.line())
            self.value(item)
            self.skip_comma()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        """Walk `{a = 1, b = 2}`."""
        self.at += 1
        self.skip()
        while self.peek() != "}":
            self.pair(path)
            self.skip_comma()
        self.at += 1

    def skip_comma(self) -> None:
        """Pass blanks, at most one comma and blanks."""
        self.skip()
        if self.peek() == ",":
            self.at += 1
            self.skip()

    def skip(self) -> bool:
        """Pass blanks, newlines and comments; false at the end of the text."""
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at < len(self.text)

    def peek(self) -> str:
        """The next character, empty at the end."""
        return self.text[self.at : self.at + 1]

    def line(self) -> int:
        """The 1-based line of the cursor."""
        return bisect_left(self.ends, self.at) + 1

    def mark(self, path: Path, line: int) -> None:
        """Remember the first place of `path`."""
        self.found.setdefault(path, line)

    def count(self, path: Path) -> int:
        """The 0-based number of a new item of the array at `path`."""
        self.sizes[path] = self.sizes.get(path, 0) + 1
        return self.sizes[path] - 1


def _unescaped(name: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code[1:], 16)) if code[0] in "uU" and len(code) > 1 else _ESCAPED.get(code, code)

    return _ESCAPE.sub(character, name)
