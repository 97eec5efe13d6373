"""The formats in which datasets are handed out.

The same datasets and the same cut give the same bytes on any machine and at any time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import Dataset
from casebook.formats.csv_files import csv_files
from casebook.formats.dataset_json import dataset_json_files
from casebook.formats.define_xml import define_files
from casebook.formats.dictionary import dictionary_files
from casebook.formats.snippets import snippet_files
from casebook.formats.transport import transport_files
from casebook.formats.written import WrittenFile


class Format(StrEnum):
    """What datasets can be written as."""

    CSV = "csv"
    PARQUET = "parquet"
    XPT = "xpt"
    DATASET_JSON = "dataset-json"
    DEFINE_XML = "define-xml"
    DICTIONARY = "dictionary"
    SNIPPETS = "snippets"


def _parquet_files(datasets: Sequence[Dataset], about: About) -> Iterator[WrittenFile]:
    from casebook.formats.parquet import parquet_files  # noqa: PLC0415 - pyarrow takes 30 MiB, and is rarely asked for

    yield from parquet_files(datasets, about)


_WRITERS: Final[Mapping[Format, Callable[[Sequence[Dataset], About], Iterator[WrittenFile]]]] = {
    Format.CSV: csv_files,
    Format.PARQUET: _parquet_files,
    Format.XPT: transport_files,
    Format.DATASET_JSON: dataset_json_files,
    Format.DEFINE_XML: define_files,
    Format.DICTIONARY: dictionary_files,
    Format.SNIPPETS: snippet_files,
}


def write(datasets: Sequence[Dataset], format: Format, about: About) -> Iterator[WrittenFile]:  # noqa: A002 - its name
    """Write the datasets in a format, file by file.

    Raises Invalid, naming dataset, variable and row, for what the format cannot hold.
    """
    yield from _WRITERS[format](datasets, about)
