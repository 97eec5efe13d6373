"""Readers that are not Casebook's, each giving rows of the same Python values."""

import csv
import io
import json
import math
import re
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pyreadstat

from casebook.domain.datasets.model import Dataset, Kind

ESCAPES = re.compile(r"(?:\\u[0-9a-f]{4})+")


def expected(dataset: Dataset) -> list[list]:
    """The cells as programs hold them: numbers are doubles."""
    kinds = [variable.kind for variable in dataset.shape.variables]
    return [
        [
            float(cell) if kind is Kind.DECIMAL and cell is not None else cell
            for kind, cell in zip(kinds, row, strict=True)
        ]
        for row in dataset.rows
    ]


def from_csv(content: bytes, dataset: Dataset) -> list[list]:
    reading = {Kind.INTEGER: int, Kind.DECIMAL: float, Kind.DATE: date.fromisoformat, Kind.TEXT: from_cell}
    kinds = [variable.kind for variable in dataset.shape.variables]
    names, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    assert names == list(dataset.shape.names)
    return [[reading[kind](cell) if cell else None for kind, cell in zip(kinds, row, strict=True)] for row in rows]


def from_cell(cell: str) -> str:
    return re.sub(r"^'(?='*[=+\-@\t\r\n＝＋－＠])", "", cell)


def from_parquet(content: bytes, dataset: Dataset) -> list[list]:
    table = pq.read_table(io.BytesIO(content))
    assert table.column_names == list(dataset.shape.names)
    return [list(row.values()) for row in table.to_pylist()]


def from_dataset_json(content: bytes) -> list[list]:
    read = json.loads(content)
    assert read["records"] == len(read["rows"])
    is_day = [column.get("targetDataType") == "integer" for column in read["columns"]]
    return [
        [date.fromisoformat(cell) if day and cell else cell for day, cell in zip(is_day, row, strict=True)]
        for row in read["rows"]
    ]


def from_transport(path: Path) -> tuple[list[str], list[list]]:
    """Names and rows; blank text and missing numbers are None; text is as it is in the file."""
    frame, _ = pyreadstat.read_xport(path, output_format="dict")
    names = list(frame)
    return names, [[_plain(cell) for cell in row] for row in zip(*frame.values(), strict=True)]


def unescaped(cell: str) -> str:
    return ESCAPES.sub(lambda found: json.loads(f'"{found[0]}"'), cell)


def _plain(cell):
    if isinstance(cell, str):
        return cell or None
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    return cell.item() if hasattr(cell, "item") else cell
