"""CSV as spreadsheets of many countries write it: from bytes to a table."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.imports.table import FIELD, MOST_LINES, Cell, CellKind, SentTable, table_of
from casebook.domain.texts import Text

SEPARATORS: Final = {",": Text("comma", "カンマ"), ";": Text("semicolon", "セミコロン"), "\t": Text("tab", "タブ")}
FORMULA_STARTS: Final = ("=", "@")
"""A cell that begins so is a formula; one with an apostrophe before it is the text behind."""
ESCAPED_STARTS: Final = ("=", "+", "-", "@")
_PRIVATE_USE: Final = re.compile("[\ue000-\uf8ff\ufffd]")
_SEPARATOR_NAMED: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def read_csv(data: bytes, *, most_lines: int = MOST_LINES) -> SentTable:
    """Return the table of a CSV file. Raises Invalid where it is no text, no CSV, or no table."""
    read_as, rows = read_rows(data)
    return table_of(read_as, rows, most_lines=most_lines)


def read_rows(data: bytes) -> tuple[Text, Iterator[tuple[int, list[Cell | None]]]]:
    """Return how a CSV file was read, and its rows by number. Raises Invalid where it is no text or no CSV."""
    encoding, text = decoded(data)
    separator, text = _separator(text)
    said = SEPARATORS[separator]
    read_as = Text(f"CSV, {encoding}, separated by {said.en}", f"CSV（{encoding}、{said.ja}区切り）")
    return read_as, _rows(text, separator)


def decoded(data: bytes) -> tuple[str, str]:
    """Return the name of the encoding and the text: by its mark, else UTF-8, else Shift-JIS. Raises Invalid."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = [("UTF-16", "utf-16")]
    else:
        candidates = [("UTF-8", "utf-8-sig"), ("Shift-JIS", "cp932")]
    for name, codec in candidates:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and not _PRIVATE_USE.search(text):
            return name, text
    raise Invalid(
        Text(
            "The file is neither UTF-8, UTF-16 nor Shift-JIS text; save it as “CSV UTF-8”.",
            "UTF-8・UTF-16・Shift-JISのいずれでもありません。「CSV UTF-8」形式で保存してください。",
        ),
        field=FIELD,
    )


def _separator(text: str) -> tuple[str, str]:
    """The separator, named in a first line of its own or found in the head, and the text without that line."""
    named = _SEPARATOR_NAMED.match(text)
    if named and named[1] in SEPARATORS:
        return named[1], text[named.end() :]
    head = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", head)
    return max(SEPARATORS, key=unquoted.count), text


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[Cell | None]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            yield reader.line_num, [_cell(value) for value in row]
    except csv.Error as error:
        raise Invalid(
            Text(
                f"Line {reader.line_num} is not CSV: a quotation mark that is not closed, perhaps.",
                f"{reader.line_num}行目がCSVの形式ではありません（引用符が閉じていない可能性があります）。",
            ),
            field=FIELD,
        ) from error


def _cell(value: str) -> Cell | None:
    text = value.strip()
    if not text:
        return None
    if text.startswith("'") and text[1:].startswith(ESCAPED_STARTS):
        return Cell(text[1:])
    return Cell(text, CellKind.FORMULA if text.startswith(FORMULA_STARTS) else CellKind.TEXT)
