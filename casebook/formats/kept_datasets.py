"""Datasets as a cut keeps them: one file each, read back exactly as they were.

The first line is the shape as JSON; each further line is a row, in the order of the variables. Decimals and days are
texts, so that no digit is lost; the kind of the variable says what they are.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from casebook.domain.datasets.model import Dataset, Kind, Shape, Value, Variable
from casebook.domain.errors import Invalid


@cache
def _shapes() -> TypeAdapter[Shape]:
    return TypeAdapter(Shape)


def kept_bytes(dataset: Dataset) -> bytes:
    """Write a dataset. Raises Invalid for a cell that is not of its variable's kind."""
    shape = _shapes().dump_python(dataset.shape, mode="json")
    writers = [_writer(dataset.shape, one) for one in dataset.shape.variables]
    lines = [_json(shape)]
    lines += [_json([write(cell) for write, cell in zip(writers, row, strict=True)]) for row in dataset.rows]
    return ("\n".join(lines) + "\n").encode()


def kept_dataset(content: bytes) -> Dataset:
    """Read back what `kept_bytes` wrote. Raises Invalid for anything else."""
    try:
        lines = content.decode().removesuffix("\n").split("\n")
        shape = _shapes().validate_python(json.loads(lines[0]))
        readers = [_READERS[variable.kind] for variable in shape.variables]
        rows = tuple(
            tuple(None if cell is None else read(cell) for read, cell in zip(readers, json.loads(line), strict=True))
            for line in lines[1:]
        )
    except (ValueError, TypeError, IndexError, ArithmeticError, ValidationError) as error:
        raise Invalid(f"This is no kept dataset ({type(error).__name__}).") from error
    return Dataset(shape, rows)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_READERS: Final[Mapping[Kind, Callable[[Any], Value]]] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: Decimal,
    Kind.DATE: date.fromisoformat,
}
_TYPES: Final[Mapping[Kind, tuple[type, ...]]] = {
    Kind.TEXT: (str,),
    Kind.INTEGER: (int,),
    Kind.DECIMAL: (Decimal, int),
    Kind.DATE: (date,),
}


def _writer(shape: Shape, variable: Variable) -> Callable[[Value], str | int | None]:
    allowed = _TYPES[variable.kind]
    is_text = variable.kind in {Kind.DECIMAL, Kind.DATE}

    def write(cell: Value) -> str | int | None:
        if cell is None:
            return None
        if not isinstance(cell, allowed) or isinstance(cell, bool | datetime):
            raise Invalid(
                f"{shape.name}.{variable.name} is {variable.kind} and holds a {type(cell).__name__}.",
                field=f"{shape.name}.{variable.name}",
            )
        return str(cell) if is_text else cell  # type: ignore[return-value]  # texts and numbers are what is left

    return write
