"""Datasets and their variables as elements of Define-XML."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final

from lxml import etree

from casebook.domain.datasets.model import CodeList, Dataset, Kind, Origin, Shape, Standard, Variable
from casebook.formats.columns import Column, longest_text
from casebook.formats.dataset_json import DAY_FORMAT, is_iso_day
from casebook.formats.elements import element, in_both, in_english
from casebook.formats.identifiers import comment_oid, group_oid, item_oid

_ONE_PER_PATIENT: Final = frozenset({"STUDYID", "USUBJID"})
_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "float",
    Kind.DATE: "integer",
}
_SOURCES: Final[Mapping[Origin, str]] = {
    Origin.COLLECTED: "Investigator",
    Origin.DERIVED: "Sponsor",
    Origin.ASSIGNED: "Sponsor",
    Origin.PROTOCOL: "Sponsor",
}
"""Who stands behind a value (Define-XML 2.1, `Origin/@Source`)."""
DIGITS_OF_A_DAY: Final = 5
"""Of a number of days since 1960 in this century."""


def code_list_oid(codes: CodeList) -> str:
    """Return what a code list is called in the document."""
    return f"CL.{codes.name}"


def group(dataset: Dataset, standard_oid: str, remarked: Collection[str]) -> etree._Element:
    """Return the dataset with its variables; `remarked` are the comments that exist."""
    shape = dataset.shape
    leaf = f"LF.{shape.name}"
    attributes = {
        "OID": group_oid(shape),
        "Name": shape.name,
        "Domain": _domain(shape),
        "Repeating": "No" if set(shape.keys) <= _ONE_PER_PATIENT else "Yes",
        "IsReferenceData": "No",
        "SASDatasetName": shape.name,
        "Purpose": "Tabulation" if shape.standard is Standard.SDTM else "Analysis",
        "def:Structure": shape.structure.en,
        "def:ArchiveLocationID": leaf,
        "def:StandardOID": standard_oid,
        "def:HasNoData": None if dataset.rows else "Yes",
        "def:CommentOID": _if_there(comment_oid(shape), remarked),
    }
    file = f"{shape.name.lower()}.xpt"
    return element(
        "ItemGroupDef",
        attributes,
        in_both("Description", shape.label),
        *(_reference(shape, place) for place in range(len(shape.variables))),
        element("def:Class", {"Name": shape.observation_class.upper()}),
        element("def:leaf", {"ID": leaf, "xlink:href": f"../../xpt/{file}"}, element("def:title", text=file)),
    )


def item(dataset: Dataset, place: int, remarked: Collection[str], valued_by: str | None) -> etree._Element:
    """Return the variable at a place; `valued_by` is the list that says what each of its values is."""
    shape, variable = dataset.shape, dataset.shape.variables[place]
    column: Column = tuple(row[place] for row in dataset.rows)
    is_day = is_iso_day(shape, variable)
    attributes = {
        "OID": item_oid(shape, variable.name),
        "Name": variable.name,
        "DataType": "date" if is_day else _TYPES[variable.kind],
        "Length": None if is_day else str(_length(variable, column)),
        "SignificantDigits": str(_places(variable, column)) if variable.kind is Kind.DECIMAL else None,
        "SASFieldName": variable.name,
        "def:DisplayFormat": DAY_FORMAT if variable.kind is Kind.DATE else None,
        "def:CommentOID": _if_there(comment_oid(shape, variable.name), remarked),
    }
    codes = None if variable.codes is None else element("CodeListRef", {"CodeListOID": code_list_oid(variable.codes)})
    source = None if variable.source is None else in_english("Description", variable.source)
    return element(
        "ItemDef",
        attributes,
        in_both("Description", variable.label),
        codes,
        element("def:Origin", origin_of(variable), source),
        None if valued_by is None else element("def:ValueListRef", {"ValueListOID": valued_by}),
    )


def origin_of(variable: Variable) -> Mapping[str, str]:
    """Return where the values of a variable come from, and who stands behind them."""
    return {"Type": variable.origin.value, "Source": _SOURCES[variable.origin]}


def method(shape: Shape, place: int) -> etree._Element | None:
    """Return how the variable at a place is derived; None where it is not."""
    variable = shape.variables[place]
    if variable.derivation is None:
        return None
    attributes = {
        "OID": _method_oid(shape, variable),
        "Name": f"Algorithm to derive {shape.name}.{variable.name}",
        "Type": "Computation",
    }
    return element("MethodDef", attributes, in_both("Description", variable.derivation))


def _domain(shape: Shape) -> str | None:
    if shape.standard is not Standard.SDTM:
        return None
    return shape.name.removeprefix("SUPP")


def _reference(shape: Shape, place: int) -> etree._Element:
    variable = shape.variables[place]
    attributes = {
        "ItemOID": item_oid(shape, variable.name),
        "OrderNumber": str(place + 1),
        "Mandatory": "Yes" if variable.is_mandatory else "No",
        "KeySequence": str(shape.keys.index(variable.name) + 1) if variable.name in shape.keys else None,
        "MethodOID": None if variable.derivation is None else _method_oid(shape, variable),
    }
    return element("ItemRef", attributes)


def _method_oid(shape: Shape, variable: Variable) -> str:
    return f"MT.{shape.name}.{variable.name}"


def _if_there(oid: str, known: Collection[str]) -> str | None:
    return oid if oid in known else None


def _length(variable: Variable, column: Column) -> int:
    if variable.kind is Kind.TEXT:
        return max(variable.length or 1, longest_text(column))
    if variable.kind is Kind.DATE:
        return DIGITS_OF_A_DAY
    numbers = [cell for cell in set(column) if isinstance(cell, int | Decimal)]
    whole = max((len(str(abs(int(number)))) for number in numbers), default=1)
    return whole + (_places(variable, column) if variable.kind is Kind.DECIMAL else 0)


def _places(variable: Variable, column: Column) -> int:
    if variable.decimals is not None:
        return variable.decimals
    used = [-int(cell.normalize().as_tuple().exponent) for cell in set(column) if isinstance(cell, Decimal)]
    return max(0, max(used, default=0))
