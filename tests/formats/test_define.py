"""Define-XML describes what is written, and validates by CDISC's schema."""

from pathlib import Path

import odmlib
import pytest
from lxml import etree
from odmlib.define_2_1.rules.metadata_schema import MetadataSchema
from odmlib.define_loader import XMLDefineLoader
from odmlib.loader import ODMLoader

from casebook.domain.datasets.model import CodeList, Dataset, Kind, Standard, dataset
from casebook.domain.errors import Invalid
from casebook.formats.formats import Format, write
from tests.formats.samples import YES_NO, a_shape, a_variable, about, awkward, text

SCHEMA = Path(odmlib.__file__).parent / "schemas" / "define" / "2.1" / "define2-1-0.xsd"
NAMES = {
    "odm": "http://www.cdisc.org/ns/odm/v1.3",
    "def": "http://www.cdisc.org/ns/def/v2.1",
    "xlink": "http://www.w3.org/1999/xlink",
}
DEF = f"{{{NAMES['def']}}}"


RESULTS = CodeList("TRTESTCD", text("Tests"), {"LDIAM": text("Longest diameter", "最大径"), "TUMSTATE": text("State")})
TR = a_shape(
    "TR",
    Standard.SDTM,
    (a_variable("USUBJID"), a_variable("TRTESTCD", codes=RESULTS), a_variable("TRORRES")),
    keys=("USUBJID", "TRTESTCD"),
)
SUPPTR = a_shape(
    "SUPPTR",
    Standard.SDTM,
    (a_variable("USUBJID"), a_variable("QNAM"), a_variable("QLABEL"), a_variable("QVAL")),
    keys=("USUBJID", "QNAM"),
)


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(SCHEMA))


def sdtm() -> Dataset:
    variables = (a_variable("STUDYID"), a_variable("USUBJID"), a_variable("TUSEQ", Kind.INTEGER), a_variable("TUDTC"))
    return dataset(a_shape("SUPPTU", Standard.SDTM, variables, keys=("STUDYID", "USUBJID")), [])


def written(*datasets: Dataset) -> dict[str, etree._Element]:
    return {file.path: etree.fromstring(file.content) for file in write(datasets, Format.DEFINE_XML, about())}


def test_each_standard_has_a_document_that_validates(schema):
    found = written(awkward(), sdtm())
    assert sorted(found) == ["define/adam/define.xml", "define/sdtm/define.xml"]
    for document in found.values():
        schema.assertValid(document)


def test_another_program_reads_the_documents_and_finds_nothing_wrong(tmp_path):
    for number, file in enumerate(write([awkward(), sdtm()], Format.DEFINE_XML, about())):
        path = tmp_path / f"{number}.xml"
        path.write_bytes(file.content)
        loader = ODMLoader(XMLDefineLoader(model_package="define_2_1", ns_uri=NAMES["def"]))
        loader.open_odm_document(str(path))
        document = loader.load_odm()
        assert document.verify_order()
        assert document.verify_conformance(MetadataSchema())
        told = document.Study.MetaDataVersion
        found = {"ADX": awkward(), "SUPPTU": sdtm()}[told.ItemGroupDef[0].Name]
        assert [variable.Name for variable in told.ItemDef] == list(found.shape.names)


def test_a_standard_without_datasets_has_no_document():
    assert sorted(written(awkward())) == ["define/adam/define.xml"]


def test_every_reference_leads_somewhere():
    results = dataset(TR, [{"USUBJID": "1", "TRTESTCD": "LDIAM", "TRORRES": "12.5"}])
    for document in written(awkward(), sdtm(), results).values():
        for attribute, target in (
            ("ItemOID", "ItemDef"),
            ("MethodOID", "MethodDef"),
            ("CodeListOID", "CodeList"),
            ("ValueListOID", f"{DEF}ValueListDef"),
            ("WhereClauseOID", f"{DEF}WhereClauseDef"),
            (f"{DEF}ItemOID", "ItemDef"),
            (f"{DEF}CommentOID", f"{DEF}CommentDef"),
            (f"{DEF}StandardOID", f"{DEF}Standard"),
        ):
            tag = target if target.startswith("{") else f"{{{NAMES['odm']}}}{target}"
            known = {found.get("OID") for found in document.iter(tag)}
            used = {found.get(attribute) for found in document.iter() if found.get(attribute)}
            assert used <= known, attribute


def test_variables_have_type_length_origin_and_both_languages():
    (document,) = written(awkward()).values()
    (one,) = document.xpath("//odm:ItemDef[@Name='BASEDIAM']", namespaces=NAMES)
    assert (one.get("DataType"), one.get("Length"), one.get("SignificantDigits")) == ("float", "7", "2")
    assert [found.text for found in one.iterfind(".//odm:TranslatedText", NAMES)] == [
        "Label of BASEDIAM",
        "BASEDIAM の名称",
    ]
    (day,) = document.xpath("//odm:ItemDef[@Name='FUPDT']", namespaces=NAMES)
    assert (day.get("DataType"), day.get(f"{DEF}DisplayFormat")) == ("integer", "E8601DA.")
    (note,) = document.xpath("//odm:ItemDef[@Name='NOTE']/def:Origin", namespaces=NAMES)
    assert (note.get("Type"), note.get("Source")) == ("Collected", "Investigator")
    assert "surgery.remarks" in "".join(note.itertext())


def test_keys_methods_codes_and_the_file_are_named():
    (document,) = written(awkward()).values()
    references = {found.get("ItemOID"): found for found in document.iterfind(".//odm:ItemRef", NAMES)}
    assert references["IT.ADX.LESID"].get("KeySequence") == "2"
    assert references["IT.ADX.CDLMFL"].get("MethodOID") == "MT.ADX.CDLMFL"
    assert "Y where <b>all</b>" in "".join(document.find(".//odm:MethodDef", NAMES).itertext())
    coded = [found.get("CodedValue") for found in document.iterfind(".//odm:CodeListItem", NAMES)]
    assert coded == ["N", "Y"]
    assert "はい" in "".join(document.find(".//odm:CodeList", NAMES).itertext())
    (leaf,) = document.xpath("//odm:ItemGroupDef/def:leaf", namespaces=NAMES)
    assert leaf.get(f"{{{NAMES['xlink']}}}href") == "../../xpt/adx.xpt"


def test_days_and_supplements_of_sdtm_are_told_by_its_rules():
    (document,) = written(sdtm()).values()
    (group,) = document.xpath("//odm:ItemGroupDef", namespaces=NAMES)
    assert (group.get("Domain"), group.get("Purpose"), group.get("Repeating")) == ("TU", "Tabulation", "No")
    assert group.get(f"{DEF}HasNoData") == "Yes"
    (day,) = document.xpath("//odm:ItemDef[@Name='TUDTC']", namespaces=NAMES)
    assert (day.get("DataType"), day.get("Length")) == ("date", None)


def test_a_result_of_sdtm_is_told_test_by_test(schema):
    rows = [("1", "LDIAM", "12.5"), ("2", "LDIAM", "-3"), ("1", "TUMSTATE", "PRESENT"), ("3", "LDIAM", None)]
    found = dataset(TR, [dict(zip(TR.names, row, strict=True)) for row in rows])
    (document,) = written(found).values()
    schema.assertValid(document)
    (diameter,) = document.xpath("//odm:ItemDef[@OID='IT.TR.TRORRES.LDIAM']", namespaces=NAMES)
    assert [diameter.get(name) for name in ("DataType", "Length", "SignificantDigits")] == ["float", "3", "1"]
    assert "最大径" in "".join(diameter.itertext())
    (state,) = document.xpath("//odm:ItemDef[@OID='IT.TR.TRORRES.TUMSTATE']", namespaces=NAMES)
    assert (state.get("DataType"), state.get("Length")) == ("text", "7")
    (where,) = document.xpath("//def:WhereClauseDef[@OID='WC.TR.TRTESTCD.LDIAM']/odm:RangeCheck", namespaces=NAMES)
    assert where.get(f"{DEF}ItemOID") == "IT.TR.TRTESTCD"
    assert where.findtext("odm:CheckValue", namespaces=NAMES) == "LDIAM"
    (by,) = document.xpath("//odm:ItemDef[@OID='IT.TR.TRORRES']/def:ValueListRef", namespaces=NAMES)
    assert by.get("ValueListOID") == "VL.TR.TRORRES"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["12", "7"], ("integer", "2")),
        (["2019-07-18"], ("date", None)),
        (["007"], ("text", "3")),
        (["消失"], ("text", "6")),
        (["1e5"], ("text", "3")),
    ],
)
def test_a_supplemental_value_is_of_the_type_that_its_values_have(values, told):
    rows = [
        {"USUBJID": f"{place}", "QNAM": "X", "QLABEL": "The X", "QVAL": value} for place, value in enumerate(values)
    ]
    (document,) = written(dataset(SUPPTR, rows)).values()
    (item,) = document.xpath("//odm:ItemDef[@OID='IT.SUPPTR.QVAL.X']", namespaces=NAMES)
    assert (item.get("DataType"), item.get("Length")) == told
    assert "The X" in "".join(item.itertext())


def test_text_that_goes_on_in_further_variables_is_remarked():
    (document,) = written(awkward()).values()
    (remark,) = document.xpath("//def:CommentDef[@OID='COM.ADX.NOTE']", namespaces=NAMES)
    assert "NOTE1, NOTE2, NOTE3" in "".join(remark.itertext())


def test_the_cut_is_remarked_with_polarity_and_state():
    (document,) = written(awkward()).values()
    (remark,) = document.xpath("//def:CommentDef[@OID='COM.CUT']", namespaces=NAMES)
    assert "Interim data as of 2019-07-18" in "".join(remark.itertext())
    assert about().polarity.en in "".join(remark.itertext())


def test_a_list_of_numbers_is_one_of_numbers(schema):
    numbers = CodeList("STAGE", text("Stage"), {"1": text("one"), "2": text("two")})
    shape = a_shape(
        variables=(a_variable("USUBJID"), a_variable("STAGE", Kind.INTEGER, codes=numbers)), keys=("USUBJID",)
    )
    (document,) = written(dataset(shape, [{"USUBJID": "1", "STAGE": 2}])).values()
    schema.assertValid(document)
    assert document.find(".//odm:CodeList", NAMES).get("DataType") == "integer"


def test_two_lists_of_one_name_are_refused():
    other = CodeList(YES_NO.name, text("Another"), {"Y": text("Yes")})
    variables = (a_variable("USUBJID"), a_variable("A", codes=YES_NO), a_variable("B", codes=other))
    found = dataset(a_shape(variables=variables, keys=("USUBJID",)), [{"USUBJID": "1", "A": "Y"}])
    with pytest.raises(Invalid, match="Two different code lists are called NY"):
        written(found)
