"""Value-level metadata of Define-XML: what a result is depends on its test, a supplemental value on its name.

SDTM keeps results of different tests in one variable (--ORRES by --TESTCD, QVAL by QNAM of SUPP--). Type and length of
each are those of the values that are there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from casebook.domain.datasets.model import Dataset, Standard, Value, Variable
from casebook.domain.texts import Text
from casebook.formats.elements import element, in_both
from casebook.formats.identifiers import item_oid

_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Valued:
    """The values of a variable where another variable has a code; `named` says what the code is."""

    oid: str
    where_oid: str
    code: str
    named: Text
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueList:
    """A variable whose meaning depends on the code that another variable has."""

    oid: str
    variable: Variable
    by_oid: str
    members: tuple[Valued, ...]


def value_lists(dataset: Dataset) -> Sequence[ValueList]:
    """Return the variables of a dataset whose meaning depends on another; none outside SDTM."""
    shape = dataset.shape
    if shape.standard is not Standard.SDTM:
        return ()
    places = {variable.name: place for place, variable in enumerate(shape.variables)}
    pairs = (("QVAL", "QNAM"), (f"{shape.name}ORRES", f"{shape.name}TESTCD"))
    return [_value_list(dataset, places, *pair) for pair in pairs if set(pair) <= places.keys() and dataset.rows]


def value_list_definition(found: ValueList) -> etree._Element:
    """Return the list, with where each of its values stands."""
    references = [
        element(
            "ItemRef",
            {"ItemOID": member.oid, "OrderNumber": str(place), "Mandatory": "No"},
            element("def:WhereClauseRef", {"WhereClauseOID": member.where_oid}),
        )
        for place, member in enumerate(found.members, 1)
    ]
    return element("def:ValueListDef", {"OID": found.oid}, *references)


def where_clauses(found: ValueList) -> Iterator[etree._Element]:
    """Give where each value of the list stands."""
    for member in found.members:
        check = {"Comparator": "EQ", "SoftHard": "Soft", "def:ItemOID": found.by_oid}
        compared = element("RangeCheck", check, element("CheckValue", text=member.code))
        yield element("def:WhereClauseDef", {"OID": member.where_oid}, compared)


def value_items(found: ValueList, origin: Mapping[str, str]) -> Iterator[etree._Element]:
    """Give what each value of the list is."""
    for member in found.members:
        attributes = {"OID": member.oid, "Name": member.code, **_typed(member.values)}
        yield element("ItemDef", attributes, in_both("Description", member.named), element("def:Origin", origin))


def _value_list(dataset: Dataset, places: Mapping[str, int], valued: str, by: str) -> ValueList:
    shape = dataset.shape
    groups: dict[str, list[Sequence[Value]]] = {}
    for row in dataset.rows:
        code = row[places[by]]
        if isinstance(code, str):
            groups.setdefault(code, []).append(row)
    members = [
        Valued(
            oid=item_oid(shape, f"{valued}.{code}"),
            where_oid=f"WC.{shape.name}.{by}.{code}",
            code=code,
            named=_name_of(dataset, places, by, rows[0]),
            values=tuple(found for row in rows if isinstance(found := row[places[valued]], str)),
        )
        for code, rows in sorted(groups.items())
    ]
    variable = shape.variables[places[valued]]
    return ValueList(f"VL.{shape.name}.{valued}", variable, item_oid(shape, by), tuple(members))


def _name_of(dataset: Dataset, places: Mapping[str, int], by: str, row: Sequence[Value]) -> Text:
    code, codes = str(row[places[by]]), dataset.shape.variables[places[by]].codes
    if codes is not None and code in codes.terms:
        return codes.terms[code]
    label = row[places["QLABEL"]] if "QLABEL" in places else None
    return Text(str(label or code), str(label or code))


def _typed(values: Sequence[str]) -> Mapping[str, str]:
    if values and all(_NUMBER.fullmatch(value) for value in values):
        places = max(len(value.partition(".")[2]) for value in values)
        digits = max(len(value.strip("-").partition(".")[0]) for value in values) + places
        number = {"DataType": "integer"} if places == 0 else {"DataType": "float", "SignificantDigits": str(places)}
        return number | {"Length": str(digits)}
    if values and all(_DAY.fullmatch(value) for value in values):
        return {"DataType": "date"}
    return {"DataType": "text", "Length": str(max((len(value.encode()) for value in values), default=1))}
