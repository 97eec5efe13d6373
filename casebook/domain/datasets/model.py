"""A dataset with what describes it: variables, code lists, where each value comes from.

Names follow CDISC: dataset and variable names are at most 8 characters, labels at most 40 (SAS transport version 5,
SDTM Implementation Guide 3.4, ADaM Implementation Guide 1.3).
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from casebook.domain.errors import Invalid
from casebook.domain.texts import Text

Value: TypeAlias = str | int | Decimal | date | None
"""A cell. None is "not known"; the empty text is never used."""

LONGEST_NAME: Final = 8
LONGEST_LABEL: Final = 40


class Standard(StrEnum):
    """Whose rules a dataset follows."""

    SDTM = "SDTMIG"
    ADAM = "ADaMIG"


class Kind(StrEnum):
    """What the cells of a variable hold."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    """A whole day; in SDTM days are ISO 8601 text (`TEXT`), in ADaM they are numbers of days."""


class Origin(StrEnum):
    """Where a value comes from (Define-XML 2.1, `Origin/@Type`)."""

    COLLECTED = "Collected"
    DERIVED = "Derived"
    ASSIGNED = "Assigned"
    PROTOCOL = "Protocol"


@dataclass(frozen=True, slots=True)
class CodeList:
    """The closed list of a variable's values, with their meaning; `extends` is the CDISC list it belongs to."""

    name: str
    label: Text
    terms: Mapping[str, Text]
    extends: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A column: its name, labels and kind, and how its values came about.

    `length` is the most bytes of a text; `decimals` the most places of a DECIMAL. `derivation` says in words how a
    derived value follows from others, `source` which form field, header or rule it is.
    """

    name: str
    label: Text
    kind: Kind
    origin: Origin
    length: int | None = None
    decimals: int | None = None
    codes: CodeList | None = None
    derivation: Text | None = None
    source: str | None = None
    is_mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A dataset without rows: what one row is, which variables make it unique, in which order rows stand."""

    name: str
    label: Text
    standard: Standard
    observation_class: str
    structure: Text
    keys: tuple[str, ...]
    variables: tuple[Variable, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables' names, in order."""
        return tuple(variable.name for variable in self.variables)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A shape with its rows, sorted by its keys; each row has one value per variable, in their order."""

    shape: Shape
    rows: tuple[tuple[Value, ...], ...]

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.shape.name

    def records(self) -> Iterable[Mapping[str, Value]]:
        """Give the rows by name."""
        names = self.shape.names
        return (dict(zip(names, row, strict=True)) for row in self.rows)


def dataset(shape: Shape, records: Iterable[Mapping[str, Value]]) -> Dataset:
    """Return the records as a dataset, sorted by its keys; what a record does not name is None.

    Raises Invalid for a variable that the shape does not have, an empty text, and two rows of one key.
    """
    places = {name: place for place, name in enumerate(shape.names)}
    rows = [_row(shape, record, places) for record in records]
    keys = [places[name] for name in shape.keys]
    ordered = sorted(rows, key=lambda row: [_sortable(row[place]) for place in keys])
    for one, next_one in itertools.pairwise(ordered):
        if all(one[place] == next_one[place] for place in keys):
            found = ", ".join(f"{name} {one[place]}" for name, place in zip(shape.keys, keys, strict=True))
            raise Invalid(f"{shape.name} has two rows for {found}; its keys must name one row each.", field=shape.name)
    return Dataset(shape, tuple(ordered))


def _row(shape: Shape, record: Mapping[str, Value], places: Mapping[str, int]) -> tuple[Value, ...]:
    unknown = sorted(record.keys() - places.keys())
    if unknown:
        raise Invalid(f"{shape.name} has no variable {', '.join(unknown)}.", field=shape.name)
    row: list[Value] = [None] * len(places)
    for name, value in record.items():
        if value == "":
            raise Invalid(f"{shape.name}.{name} has an empty text; what is not known is None.", field=name)
        row[places[name]] = value
    return tuple(row)


def _sortable(value: Value) -> tuple[int, int | Decimal | str]:
    """Return what sorts cells of a variable: what is not known first, numbers by size, words and days as they read."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | Decimal):
        return (1, value)
    return (2, value.isoformat() if isinstance(value, date) else value)


def problems_of(found: Sequence[Shape]) -> Sequence[str]:
    """Tell what of the shapes a SAS transport file could not carry: names and labels too long, names used twice."""
    told: list[str] = []
    for shape in found:
        named = [(shape.name, shape.label.en), *((f"{shape.name}.{one.name}", one.label.en) for one in shape.variables)]
        told += [f"{name}: the name is too long" for name, _ in named if len(name.split(".")[-1]) > LONGEST_NAME]
        told += [f"{name}: the label is too long" for name, label in named if len(label) > LONGEST_LABEL]
        told += [f"{name}: is there twice" for name in {one for one in shape.names if shape.names.count(one) > 1}]
    return told
