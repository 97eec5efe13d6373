"""Programs that read an export as they stand, started in its folder: R, SAS and Python."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import CodeList, Dataset, Kind, Shape
from casebook.formats.filling import filled
from casebook.formats.transport import continued
from casebook.formats.written import WrittenFile

LESIONS: Final = "ADLES"
"""The dataset that the primary interval is computed from."""
_ALWAYS: Final = ("read.py", "read_csv.R", "read_dataset_json.R", "read_xpt.R", "read_xpt.sas")
_WITH_LESIONS: Final = ("primary_interval.R",)
_R_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "number",
    Kind.DECIMAL: "number",
    Kind.DATE: "day",
}


@dataclass(frozen=True, slots=True)
class _Read:
    """A dataset as snippets name it: in small letters, as its files are."""

    shape: Shape
    file: str


def snippet_files(datasets: Sequence[Dataset], about: About) -> Iterator[WrittenFile]:
    """Write each program; the one of the primary interval only where the lesions are there."""
    has_lesions = any(dataset.name == LESIONS for dataset in datasets)
    values = {
        "has_lesions": has_lesions,
        "about": about,
        "datasets": [_Read(dataset.shape, dataset.name.lower()) for dataset in datasets],
        "code_lists": _code_lists(datasets),
        "r_types": _R_TYPES,
        "texts": {dataset.name.lower(): _named(dataset, Kind.TEXT) for dataset in datasets},
        "days": {dataset.name.lower(): _named(dataset, Kind.DATE) for dataset in datasets},
        "further": {dataset.name.lower(): parts for dataset in datasets if (parts := _further(dataset))},
    }
    for name in (*_ALWAYS, *(_WITH_LESIONS if has_lesions else ())):
        yield WrittenFile(f"snippets/{name}", filled(name, **values))


def _named(dataset: Dataset, kind: Kind) -> list[str]:
    return [variable.name for variable in dataset.shape.variables if variable.kind is kind]


def _further(dataset: Dataset) -> dict[str, list[str]]:
    return {name: list(names) for name, names in continued(dataset).items()}


def _code_lists(datasets: Iterable[Dataset]) -> list[CodeList]:
    variables = [one for dataset in datasets for one in dataset.shape.variables if one.kind is Kind.TEXT]
    found = {one.codes.name: one.codes for one in variables if one.codes is not None}
    return [found[name] for name in sorted(found)]
