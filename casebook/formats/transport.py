"""Datasets as SAS transport files of version 5, one dataset per file.

Names are at most 8 characters of A-Z, 0-9 and _; labels at most 40 of printable ASCII; text is as `transport_text`
says, and goes on in variables of its own after 200 bytes; days are numbers since 1 January 1960, shown by E8601DA10.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import LONGEST_LABEL, LONGEST_NAME, Dataset, Kind, Shape, Value, Variable
from casebook.domain.errors import Invalid
from casebook.formats.columns import Column, columns, unchecked
from casebook.formats.transport_bytes import MOST_VARIABLES, Field, ibm_doubles, transport_bytes
from casebook.formats.transport_text import pieces
from casebook.formats.written import WrittenFile

DAY_ZERO: Final = date(1960, 1, 1)
"""The day that SAS counts from."""
_NAME: Final = re.compile(rf"[A-Z_][A-Z0-9_]{{0,{LONGEST_NAME - 1}}}")
_LABEL: Final = re.compile(rf"[\x20-\x7e]{{0,{LONGEST_LABEL}}}")
_DAY_FORMAT: Final = ("E8601DA", 10)
_NUMBER_FORMAT: Final = ("", 0)


def transport_files(datasets: Sequence[Dataset], about: About) -> Iterator[WrittenFile]:
    """Write one file for each dataset; Invalid where a name or label does not fit."""
    for dataset in datasets:
        _check(dataset.shape)
        fields = list(_fields(dataset))
        content = transport_bytes(dataset.name, dataset.shape.label.en, fields, about.made_at)
        yield WrittenFile(f"xpt/{dataset.name.lower()}.xpt", content)


def continued(dataset: Dataset) -> Mapping[str, tuple[str, ...]]:
    """Give the further variables, in order, of each variable with a text that one cannot hold."""
    taken = set(dataset.shape.names)
    found: dict[str, tuple[str, ...]] = {}
    for variable, column in unchecked(dataset):
        n_further = _most_pieces(column) - 1 if variable.kind is Kind.TEXT else 0
        if n_further > 0:
            found[variable.name] = tuple(_further(variable.name, number, taken) for number in range(1, n_further + 1))
    return found


def _most_pieces(column: Column) -> int:
    return max((len(pieces(text)) for text in set(column) if isinstance(text, str)), default=1)


def _further(name: str, number: int, taken: set[str]) -> str:
    for width in range(LONGEST_NAME - len(str(number)), 0, -1):
        candidate = f"{name[:width]}{number}"
        if candidate not in taken:
            taken.add(candidate)
            return candidate
    raise Invalid(f"There is no free name for the text after 200 bytes of {name}: shorten the text.", field=name)


def _fields(dataset: Dataset) -> Iterator[Field]:
    further = continued(dataset)
    last: list[Field] = []
    for variable, column in columns(dataset):
        if variable.kind is not Kind.TEXT:
            yield _number_field(variable, column)
            continue
        names = (variable.name, *further.get(variable.name, ()))
        first, *others = _text_fields(variable, column, names)
        yield first
        last += others
    yield from last


def _number_field(variable: Variable, column: Column) -> Field:
    format_name, format_width = _DAY_FORMAT if variable.kind is Kind.DATE else _NUMBER_FORMAT
    cells = ibm_doubles([_number(cell) for cell in column])
    return Field(
        variable.name, variable.label.en, is_text=False, format_name=format_name, format_width=format_width, cells=cells
    )


def _number(cell: Value) -> float | None:
    if isinstance(cell, date):
        return float((cell - DAY_ZERO).days)
    return None if cell is None or isinstance(cell, str) else float(cell)


def _text_fields(variable: Variable, column: Column, names: Sequence[str]) -> Iterator[Field]:
    known = {cell: pieces(cell) if isinstance(cell, str) else ("",) for cell in set(column)}
    for place, name in enumerate(names):
        part = {cell: found[place] if place < len(found) else "" for cell, found in known.items()}
        label = variable.label.en if place == 0 else f"{variable.label.en[:30]} (part {place + 1})"
        yield Field(name, label, is_text=True, format_name="", format_width=0, cells=_padded(part, column))


def _padded(texts: Mapping[Value, str], column: Column) -> NDArray[np.uint8]:
    width = max((len(text) for text in texts.values()), default=0) or 1
    cells = {cell: text.ljust(width).encode("ascii") for cell, text in texts.items()}
    return np.frombuffer(b"".join(cells[cell] for cell in column), dtype=np.uint8).reshape(len(column), width)


def _check(shape: Shape) -> None:
    if len(shape.variables) > MOST_VARIABLES:
        raise Invalid(f"{shape.name} has more than {MOST_VARIABLES} variables.", field=shape.name)
    for place, name, label in [
        ("", shape.name, shape.label.en),
        *((f"{shape.name}.", one.name, one.label.en) for one in shape.variables),
    ]:
        if not _NAME.fullmatch(name):
            raise Invalid(
                f"{place}{name}: found a name that is not 1 to 8 characters of A-Z, 0-9 and _.", field=f"{place}{name}"
            )
        if not _LABEL.fullmatch(label):
            raise Invalid(
                f"{place}{name}: found a label that is not at most 40 characters of ASCII.", field=f"{place}{name}"
            )
    if len(set(shape.names)) < len(shape.names):
        raise Invalid(f"{shape.name} has two variables of one name.", field=shape.name)
