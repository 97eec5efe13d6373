"""What the datasets are, as CDISC Define-XML 2.1: one document for SDTM, one for the analysis datasets.

Labels, code lists, methods and comments are in English and Japanese. There is no stylesheet: browsers no longer run
them; the data dictionary is the same for reading.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import CodeList, Dataset, Kind, Shape, Standard
from casebook.domain.errors import Invalid
from casebook.domain.texts import Text
from casebook.formats.define_items import code_list_oid, group, item, method, origin_of
from casebook.formats.define_values import value_items, value_list_definition, value_lists, where_clauses
from casebook.formats.elements import document, element, in_both
from casebook.formats.identifiers import (
    ORIGINATOR,
    comment_oid,
    file_oid,
    folder_of,
    made_at,
    metadata_oid,
    study_oid,
)
from casebook.formats.transport import continued
from casebook.formats.written import WrittenFile

VERSION: Final = "2.1.0"
STANDARD_VERSIONS: Final[Mapping[Standard, str]] = {Standard.SDTM: "3.4", Standard.ADAM: "1.3"}
"""Of the implementation guides that the datasets follow."""
TERMINOLOGY_VERSION: Final = "2024-09-27"
"""CDISC's controlled terminology that code lists are parts of; published for SDTM and for ADaM on this day."""
_LISTS_OF_ADAM: Final = frozenset({"DATEFL", "DTYPE", "PARAMTYP", "SBJTSTAT", "TIMEFL"})
"""Its lists that are published with ADaM's; all others are SDTM's."""
_STANDARD: Final = "STD.IG"
_OF_THE_CUT: Final = "COM.CUT"


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark of the document, and what it is called there."""

    oid: str
    said: Text


def define_files(datasets: Sequence[Dataset], about: About) -> Iterator[WrittenFile]:
    """Write one document for each standard that has datasets."""
    for standard in Standard:
        members = [dataset for dataset in datasets if dataset.shape.standard is standard]
        if members:
            yield WrittenFile(f"define/{folder_of(standard)}/define.xml", _document(standard, members, about))


def _document(standard: Standard, datasets: Sequence[Dataset], about: About) -> bytes:
    about_document: Mapping[str, str | None] = {
        "FileType": "Snapshot",
        "FileOID": file_oid(about, f"define.{folder_of(standard)}"),
        "CreationDateTime": made_at(about),
        "AsOfDateTime": f"{about.as_of.isoformat()}T23:59:59",
        "ODMVersion": "1.3.2",
        "Originator": ORIGINATOR,
        "SourceSystem": ORIGINATOR,
        "SourceSystemVersion": about.program_version,
        "def:Context": "Other",
    }
    named = element(
        "GlobalVariables",
        None,
        element("StudyName", text=about.study_code),
        element("StudyDescription", text=about.study_title.en),
        element("ProtocolName", text=about.study_code),
    )
    study = element("Study", {"OID": study_oid(about)}, named, _metadata(standard, datasets, about))
    return document(element("ODM", about_document, study))


def _metadata(standard: Standard, datasets: Sequence[Dataset], about: About) -> etree._Element:
    comments = [_of_the_cut(about), *_comments(datasets)]
    remarked = frozenset(comment.oid for comment in comments)
    attributes = {
        "OID": metadata_oid(about, standard),
        "Name": f"{about.study_code}, data cut {about.cut_name}, {standard.value} {STANDARD_VERSIONS[standard]}",
        "Description": about.study_title.en,
        "def:DefineVersion": VERSION,
        "def:CommentOID": _OF_THE_CUT,
    }
    lists = list(_code_lists(dataset.shape for dataset in datasets))
    variables = [(dataset, place) for dataset in datasets for place in range(len(dataset.shape.variables))]
    valued = {dataset.name: value_lists(dataset) for dataset in datasets}
    all_valued = [one for found in valued.values() for one in found]
    valued_by = {(name, one.variable.name): one.oid for name, found in valued.items() for one in found}
    return element(
        "MetaDataVersion",
        attributes,
        _standards(standard, (codes for codes, _ in lists)),
        element("def:SupplementalDoc", None, element("def:DocumentRef", {"leafID": "LF.DICTIONARY"})),
        *(value_list_definition(one) for one in all_valued),
        *(clause for one in all_valued for clause in where_clauses(one)),
        *(group(dataset, _STANDARD, remarked) for dataset in datasets),
        *(
            item(dataset, place, remarked, valued_by.get((dataset.name, dataset.shape.names[place])))
            for dataset, place in variables
        ),
        *(one for found in all_valued for one in value_items(found, origin_of(found.variable))),
        *(_code_list(codes, kinds) for codes, kinds in lists),
        *(method(dataset.shape, place) for dataset, place in variables),
        *(element("def:CommentDef", {"OID": one.oid}, in_both("Description", one.said)) for one in comments),
        element(
            "def:leaf",
            {"ID": "LF.DICTIONARY", "xlink:href": "../../dictionary/index.html"},
            element("def:title", text="Data dictionary (English and Japanese)"),
        ),
    )


def _standards(standard: Standard, lists: Iterable[CodeList]) -> etree._Element:
    guide = {"OID": _STANDARD, "Name": standard.value, "Type": "IG", "Version": STANDARD_VERSIONS[standard]}
    return element(
        "def:Standards",
        None,
        element("def:Standard", guide | {"Status": "Final"}),
        *(_terminology(name) for name in sorted({_published(codes.extends) for codes in lists if codes.extends})),
    )


def _terminology(published: str) -> etree._Element:
    named = {"OID": _terminology_oid(published), "Name": "CDISC/NCI", "Type": "CT", "PublishingSet": published}
    return element("def:Standard", named | {"Version": TERMINOLOGY_VERSION, "Status": "Final"})


def _terminology_oid(published: str) -> str:
    return f"STD.CT.{published.upper()}"


def _published(extended: str) -> str:
    return "ADaM" if extended in _LISTS_OF_ADAM else "SDTM"


def _of_the_cut(about: About) -> Comment:
    rules = ", ".join(about.rule_versions)
    state = Text("Interim", "中間") if about.is_interim else Text("Final", "最終")
    return Comment(
        _OF_THE_CUT,
        Text(
            f"{state.en} data as of {about.as_of.isoformat()}; rules {rules}; study definition "
            f"{about.definition_version}. {about.polarity.en}",
            f"{state.ja}データ（{about.as_of.isoformat()} 時点）。規則 {rules}、試験定義 {about.definition_version}。"
            f"{about.polarity.ja}",
        ),
    )


def _comments(datasets: Iterable[Dataset]) -> Iterator[Comment]:
    for dataset in datasets:
        if not dataset.rows:
            none = Text("There are no rows as of this data cut.", "このデータカットの時点では該当する行がありません。")
            yield Comment(comment_oid(dataset.shape), none)
        for name, further in continued(dataset).items():
            there = ", ".join(further)
            told = Text(
                f"In SAS transport files, text after 200 bytes goes on in {there}.",
                f"SAS トランスポートファイルでは、200 バイトを超える部分は {there} に続きます。",
            )
            yield Comment(comment_oid(dataset.shape, name), told)


def _code_lists(shapes: Iterable[Shape]) -> Iterator[tuple[CodeList, Collection[Kind]]]:
    found: dict[str, CodeList] = {}
    kinds: dict[str, set[Kind]] = {}
    for variable in (one for shape in shapes for one in shape.variables):
        codes = variable.codes
        if codes is not None:
            kinds.setdefault(codes.name, set()).add(variable.kind)
            if found.setdefault(codes.name, codes) != codes:
                raise Invalid(f"Two different code lists are called {codes.name}; give one of them another name.")
    return ((codes, kinds[name]) for name, codes in found.items())


def _code_list(codes: CodeList, kinds: Collection[Kind]) -> etree._Element:
    attributes = {
        "OID": code_list_oid(codes),
        "Name": codes.label.en,
        "DataType": "integer" if kinds == {Kind.INTEGER} else "text",
        "def:StandardOID": _terminology_oid(_published(codes.extends)) if codes.extends else None,
        "def:IsNonStandard": None if codes.extends else "Yes",
    }
    terms = [
        element("CodeListItem", {"CodedValue": code, "OrderNumber": str(place)}, in_both("Decode", meaning))
        for place, (code, meaning) in enumerate(codes.terms.items(), 1)
    ]
    return element("CodeList", attributes, in_both("Description", codes.label), *terms)
