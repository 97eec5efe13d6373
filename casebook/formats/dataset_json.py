"""Datasets as CDISC Dataset-JSON 1.1.

Days of ADaM are ISO 8601 text to be made numbers by the receiver ("Date/Time Variables" of the specification); numbers
with decimals are JSON numbers (`double`). One row per line, attributes in the order of the specification.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import Dataset, Kind, Shape, Standard, Value, Variable
from casebook.formats.columns import Column, columns, longest_text
from casebook.formats.identifiers import (
    ORIGINATOR,
    file_oid,
    folder_of,
    group_oid,
    item_oid,
    made_at,
    metadata_oid,
    study_oid,
)
from casebook.formats.written import WrittenFile

VERSION: Final = "1.1.0"
DAY_FORMAT: Final = "E8601DA."
"""How SAS shows a day: 2019-07-18."""
_TYPES: Final = {Kind.TEXT: "string", Kind.INTEGER: "integer", Kind.DECIMAL: "double", Kind.DATE: "date"}


def dataset_json_files(datasets: Sequence[Dataset], about: About) -> Iterator[WrittenFile]:
    """Write one file for each dataset."""
    for dataset in datasets:
        yield WrittenFile(f"dataset-json/{dataset.name.lower()}.json", _content(dataset, about).encode())


def _content(dataset: Dataset, about: About) -> str:
    found = columns(dataset)
    head = json.dumps(_head(dataset, about), ensure_ascii=False, indent=2).removesuffix("\n}")
    described = _lines(_column(dataset.shape, variable, cells) for variable, cells in found)
    rows = _lines(zip(*(_values(cells) for _, cells in found), strict=True))
    return f'{head},\n  "columns": [{described}],\n  "rows": [{rows}]\n}}\n'


def _lines(found: Any) -> str:
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in found)
    return f"\n{lines}\n  " if lines else ""


def _head(dataset: Dataset, about: About) -> dict[str, Any]:
    shape = dataset.shape
    return {
        "datasetJSONCreationDateTime": made_at(about),
        "datasetJSONVersion": VERSION,
        "fileOID": file_oid(about, shape.name),
        "dbLastModifiedDateTime": made_at(about),
        "originator": ORIGINATOR,
        "sourceSystem": {"name": ORIGINATOR, "version": about.program_version},
        "studyOID": study_oid(about),
        "metaDataVersionOID": metadata_oid(about, shape.standard),
        "metaDataRef": f"../define/{folder_of(shape.standard)}/define.xml",
        "itemGroupOID": group_oid(shape),
        "records": len(dataset.rows),
        "name": shape.name,
        "label": shape.label.en,
    }


def _column(shape: Shape, variable: Variable, cells: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "itemOID": item_oid(shape, variable.name),
        "name": variable.name,
        "label": variable.label.en,
        "dataType": "date" if is_iso_day(shape, variable) else _TYPES[variable.kind],
    }
    if variable.kind is Kind.DATE:
        described |= {"targetDataType": "integer", "displayFormat": DAY_FORMAT}
    if described["dataType"] == "string":
        described["length"] = max(variable.length or 1, longest_text(cells))
    if variable.name in shape.keys:
        described["keySequence"] = shape.keys.index(variable.name) + 1
    return described


def is_iso_day(shape: Shape, variable: Variable) -> bool:
    """Whether a text is a day by the rules of SDTM: ISO 8601 in a variable that ends in DTC."""
    return shape.standard is Standard.SDTM and variable.kind is Kind.TEXT and variable.name.endswith("DTC")


def _values(column: Column) -> Iterator[str | int | float | None]:
    known = {cell: _value(cell) for cell in set(column)}
    return (known[cell] for cell in column)


def _value(cell: Value) -> str | int | float | None:
    if isinstance(cell, Decimal):
        return float(cell)
    return cell.isoformat() if isinstance(cell, date) else cell
