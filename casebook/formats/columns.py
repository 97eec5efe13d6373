"""A dataset's cells by variable, as every format takes them: only what all formats can hold alike."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from casebook.domain.datasets.model import Dataset, Kind, Value, Variable
from casebook.domain.errors import Invalid

Column: TypeAlias = tuple[Value, ...]
MOST_DIGITS: Final = 15
"""Decimal digits that a double keeps, and an IBM double of a SAS transport file too (IEEE 754, DBL_DIG)."""
LARGEST_INTEGER: Final = 2**53
"""Up to here a double holds every whole number."""
LARGEST_POWER_OF_TEN: Final = 70
"""Numbers of a SAS transport file reach from 5.4e-79 to 7.2e75 (TS-140)."""
_TYPES: Final[dict[Kind, frozenset[type]]] = {
    Kind.TEXT: frozenset({str}),
    Kind.INTEGER: frozenset({int}),
    Kind.DECIMAL: frozenset({int, Decimal}),
    Kind.DATE: frozenset({date}),
}


def columns(dataset: Dataset) -> tuple[tuple[Variable, Column], ...]:
    """Give each variable with its cells, in order.

    Raises Invalid, naming dataset, variable and row (1-based), for a cell of another kind than its variable, an empty
    text, and a number that a double does not hold.
    """
    found = unchecked(dataset)
    for variable, column in found:
        _check_kind(dataset.name, variable, column)
        _check_values(dataset.name, variable, column)
    return found


def unchecked(dataset: Dataset) -> tuple[tuple[Variable, Column], ...]:
    """Give each variable with its cells, whatever they are; Invalid only where rows are not as wide as the dataset."""
    shape = dataset.shape
    if any(len(row) != len(shape.variables) for row in dataset.rows):
        raise Invalid(f"{shape.name} has a row with more or fewer cells than variables.", field=shape.name)
    cells: Sequence[Column] = tuple(zip(*dataset.rows, strict=True)) or ((),) * len(shape.variables)
    return tuple(zip(shape.variables, cells, strict=True))


def longest_text(column: Column) -> int:
    """The most bytes of a text of the column in UTF-8; 0 where there is none."""
    return max((len(text.encode()) for text in set(column) if isinstance(text, str)), default=0)


def _refused(dataset: str, variable: Variable, row: int, why: str) -> Invalid:
    # the cell itself is not told: it may hold what people typed
    return Invalid(f"{dataset}.{variable.name}, row {row}: {why}", field=f"{dataset}.{variable.name}")


def _check_kind(dataset: str, variable: Variable, column: Column) -> None:
    allowed = _TYPES[variable.kind]
    if not set(map(type, column)) <= allowed | {type(None)}:
        row, cell = next(
            found for found in enumerate(column, 1) if found[1] is not None and type(found[1]) not in allowed
        )
        why = f"found {type(cell).__name__}, expected {variable.kind.value}."
        raise _refused(dataset, variable, row, why)


def _check_values(dataset: str, variable: Variable, column: Column) -> None:
    if variable.kind is Kind.DATE:
        return
    wrong = {cell: why for cell in set(column) if (why := _unfit(variable, cell))}
    if wrong:
        row = next(row for row, cell in enumerate(column, 1) if cell in wrong)
        raise _refused(dataset, variable, row, wrong[column[row - 1]])


def _unfit(variable: Variable, cell: Value) -> str | None:
    if cell is None:
        return None
    if cell == "":
        return "found an empty text; what is not known is None."
    if isinstance(cell, int) and abs(cell) > LARGEST_INTEGER:
        return f"found a number beyond {LARGEST_INTEGER}, which statisticians' programs round."
    if isinstance(cell, Decimal):
        return _unfit_decimal(variable, cell)
    return None


def _unfit_decimal(variable: Variable, cell: Decimal) -> str | None:
    if not cell.is_finite():
        return "found a number that is not finite; what is not known is None."
    plain = cell.normalize().as_tuple()
    places = -int(plain.exponent)
    if variable.decimals is not None and places > variable.decimals:
        return f"found {places} decimal places, expected at most {variable.decimals}."
    if len(plain.digits) > MOST_DIGITS or abs(cell.adjusted()) > LARGEST_POWER_OF_TEN:
        return f"found a number that needs more than {MOST_DIGITS} digits or is out of range; round it."
    return None
