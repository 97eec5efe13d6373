"""What of the datasets breaks the rules they are written by; nothing, for a cut that may be made.

Checked of all: names and labels, mandatory values, kinds, lengths, code lists, keys. Of SDTM: --SEQ, --DY, evaluators,
accepted reads, links, supplemental qualifiers (SDTMIG 3.4). Of ADaM: the rows that are pointed to exist.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.datasets.columns import LONGEST_TEXT
from casebook.domain.datasets.conformance_sdtm import broken_in_sdtm
from casebook.domain.datasets.model import CodeList, Dataset, Kind, Standard, Value, Variable, problems_of

MOST_TOLD: Final = 5
"""Rows named for one fault of one variable."""
_TYPES: Final = {Kind.TEXT: (str,), Kind.INTEGER: (int,), Kind.DECIMAL: (Decimal, int), Kind.DATE: (date,)}


def conformance(datasets: Sequence[Dataset]) -> Sequence[str]:
    """Tell every fault; cells are named by dataset, variable and row (1-based), without their values."""
    told = [*problems_of([one.shape for one in datasets])]
    names = [one.name for one in datasets]
    told += [f"{name}: is there twice" for name in sorted({name for name in names if names.count(name) > 1})]
    told += _lists_of_one_name(datasets)
    for one in datasets:
        told += _broken_in_cells(one)
        told += _broken_keys(one)
    told += broken_in_sdtm([one for one in datasets if one.shape.standard is Standard.SDTM])
    return [*told, *_pointing_nowhere(datasets)]


def _lists_of_one_name(datasets: Sequence[Dataset]) -> Iterator[str]:
    lists: dict[str, CodeList] = {}
    for codes in (variable.codes for one in datasets for variable in one.shape.variables if variable.codes):
        if lists.setdefault(codes.name, codes) != codes:
            yield f"{codes.name}: is the name of two code lists"


def _broken_in_cells(one: Dataset) -> Iterator[str]:
    for place, variable in enumerate(one.shape.variables):
        column = [row[place] for row in one.rows]
        wrong = {
            (type(value), value): fault
            for _, value in dict.fromkeys((type(value), value) for value in column)
            if (fault := next(_faults(variable, value), None)) is not None
        }
        faults: dict[str, list[int]] = {}
        for number, value in enumerate(column if wrong else (), start=1):
            if (type(value), value) in wrong:
                faults.setdefault(wrong[type(value), value], []).append(number)
        for fault, rows in faults.items():
            some = ", ".join(map(str, rows[:MOST_TOLD])) + (" ..." if len(rows) > MOST_TOLD else "")
            yield f"{one.name}.{variable.name}: {fault} (row {some})"


def _faults(variable: Variable, value: Value) -> Iterator[str]:
    if value is None:
        if variable.is_mandatory:
            yield "is missing"
        return
    if type(value) not in _TYPES[variable.kind]:
        yield f"is no {variable.kind.value}"
        return
    if variable.codes is not None and str(value) not in variable.codes.terms:
        yield f"is not in the code list {variable.codes.name}"
    if isinstance(value, str):
        if len(value.encode()) > min(variable.length or LONGEST_TEXT, LONGEST_TEXT):
            yield "is longer than its variable"
        if value != value.strip():
            yield "begins or ends with a blank"
    if isinstance(value, Decimal) and variable.decimals is not None and _places(value) > variable.decimals:
        yield "has more decimals than its variable"


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _broken_keys(one: Dataset) -> Iterator[str]:
    places = [one.shape.names.index(name) for name in one.shape.keys]
    keys = [tuple(row[place] for place in places) for row in one.rows]
    if len(set(keys)) != len(keys):
        yield f"{one.name}: its keys do not name one row each"


def _pointing_nowhere(datasets: Sequence[Dataset]) -> Iterator[str]:
    """SRCDOM and SRCSEQ of the analysis datasets name rows that there are."""
    there = {
        (one.name, row["USUBJID"], row[f"{one.name}SEQ"])
        for one in datasets
        if f"{one.name}SEQ" in one.shape.names
        for row in one.records()
        if "USUBJID" in row
    }
    for one in datasets:
        if one.shape.standard is Standard.ADAM and "SRCSEQ" in one.shape.names:
            lost = [
                number
                for number, row in enumerate(one.records(), start=1)
                if row["SRCDOM"] and (row["SRCDOM"], row["USUBJID"], row["SRCSEQ"]) not in there
            ]
            if lost:
                yield f"{one.name}.SRCSEQ: names no row of its domain (row {lost[0]})"
