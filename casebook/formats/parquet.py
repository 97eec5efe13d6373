"""Datasets as Parquet: typed columns, with labels and meanings in the metadata of each field.

The same bytes come from the same release of pyarrow, whose name is in the file (`created_by`); releases are pinned.
Compression is Zstandard at a fixed level: unlike Snappy its output does not depend on the processor.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import Dataset, Kind, Variable
from casebook.formats.columns import Column, columns
from casebook.formats.identifiers import made_at
from casebook.formats.written import WrittenFile

_TYPES: Final[Mapping[Kind, Any]] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.DECIMAL: pa.float64(),
    Kind.DATE: pa.date32(),
}
_WRITING: Final[Mapping[str, Any]] = {
    "version": "2.6",
    "data_page_version": "1.0",
    "compression": "zstd",
    "compression_level": 3,
    "row_group_size": 65536,
    "use_dictionary": True,
    "write_statistics": True,
}


def parquet_files(datasets: Sequence[Dataset], about: About) -> Iterator[WrittenFile]:
    """Write one file for each dataset."""
    for dataset in datasets:
        yield WrittenFile(f"parquet/{dataset.name.lower()}.parquet", _content(dataset, about))


def _content(dataset: Dataset, about: About) -> bytes:
    found = columns(dataset)
    fields = [pa.field(one.name, _TYPES[one.kind], metadata=_meaning(one)) for one, _ in found]
    schema = pa.schema(fields, metadata=_of_the_cut(dataset, about))
    table = pa.Table.from_arrays([_array(variable, column) for variable, column in found], schema=schema)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **_WRITING)
    return bytes(sink.getvalue().to_pybytes())


def _array(variable: Variable, column: Column) -> Any:
    if variable.kind is Kind.DECIMAL:
        return pa.array([float(cell) if isinstance(cell, Decimal | int) else None for cell in column], pa.float64())
    return pa.array(column, _TYPES[variable.kind])


def _meaning(variable: Variable) -> dict[str, str]:
    meaning = {"label": variable.label.en, "label_ja": variable.label.ja, "origin": variable.origin.value}
    if variable.codes is not None:
        meaning["codelist"] = variable.codes.name
    if variable.derivation is not None:
        meaning |= {"derivation": variable.derivation.en, "derivation_ja": variable.derivation.ja}
    return meaning | ({"source": variable.source} if variable.source is not None else {})


def _of_the_cut(dataset: Dataset, about: About) -> dict[str, str]:
    return {
        "dataset": dataset.name,
        "label": dataset.shape.label.en,
        "label_ja": dataset.shape.label.ja,
        "keys": ",".join(dataset.shape.keys),
        "study": about.study_code,
        "definition": about.definition_version,
        "cut": about.cut_name,
        "as_of": about.as_of.isoformat(),
        "made_at": made_at(about),
        "status": "interim" if about.is_interim else "final",
        "rules": ",".join(about.rule_versions),
        "program": about.program_version,
        "polarity": about.polarity.en,
    }
