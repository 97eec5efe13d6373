"""Datasets as CSV: RFC 4180, UTF-8, without a byte order mark, for programs.

A mark would become part of the first variable's name in programs that do not expect it (`read.csv` of R). Not known is
an empty cell, days are ISO 8601, numbers have a point. In columns of text, and only there, a cell that a spreadsheet
would run as a formula stands behind an apostrophe (`casebook.domain.spreadsheets`).
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import Dataset, Value
from casebook.domain.spreadsheets import harmless
from casebook.formats.columns import Column, columns
from casebook.formats.written import WrittenFile


def csv_files(datasets: Sequence[Dataset], _about: About) -> Iterator[WrittenFile]:
    """Write one file for each dataset, with a line of names."""
    for dataset in datasets:
        yield WrittenFile(f"csv/{dataset.name.lower()}.csv", _content(dataset).encode())


def _content(dataset: Dataset) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(dataset.shape.names)
    writer.writerows(zip(*(_texts(column) for _, column in columns(dataset)), strict=True))
    return written.getvalue()


def _texts(column: Column) -> Iterator[str]:
    known = {cell: _text(cell) for cell in set(column)}
    return (known[cell] for cell in column)


def _text(cell: Value) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case Decimal():
            return format(cell.normalize(), "f")
        case date():
            return cell.isoformat()
    return str(cell)
