"""ODM without a database: where answers go, what changes did, what XML can hold."""

from datetime import UTC, date, datetime

import pytest
from lxml import etree

from casebook.formats.odm import NAMESPACE, odm_bytes
from casebook.formats.odm_course import RowChange
from casebook.formats.odm_document import Audit, Clinical, Document, FileType
from casebook.formats.odm_oids import metadata_oid
from casebook.formats.odm_rows import Names, Place, Reader
from casebook.formats.odm_study import metadata
from casebook.formats.odm_subjects import Records, Row, changes, snapshot
from casebook.formats.odm_values import Given, entry_values
from tests.domain.builders import dream

ODM = f"{{{NAMESPACE}}}"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
READ = Place("SE.preoperative", "F.casebook.read", "central.reader.1.1")
NAMES = Names({}, {"lesion-1": "L1"}, {"a": "reader"}, {"read-1": READ})
FINDING = {"reading_id": "read-1", "lesion_id": "lesion-1", "sequence": "dwi", "visibility": "visible"}


def a_change(number: int, act: str, *, old: dict | None = None, new: dict | None = None) -> RowChange:
    audit = Audit("U.reader", "L.EORTC", AT, None, f"audit_event/{number}")
    return RowChange(number, audit, act, old or {}, new or {})


def written(kind: FileType, *records: Records) -> etree._Element:
    reader = Reader(dream(), NAMES)
    told = [
        one
        for each in records
        for one in ([snapshot(each, reader)] if kind is FileType.SNAPSHOT else changes(each, reader))
    ]
    document = Document(
        type=kind,
        oid="DREAM/x",
        made_at=AT,
        said="A test",
        version="0",
        study="S.DREAM",
        study_name="DREAM",
        study_description="DREAM",
        protocol_name="DREAM",
        metadata=(metadata(dream(), effective_on=date(2026, 1, 1)),),
        users=(),
        locations=(),
        signatures=(),
        clinical=[Clinical(metadata_oid(dream().version), told)],
    )
    return etree.fromstring(odm_bytes(document))


def records(rows=(), trail=None) -> Records:
    return Records("JP-01-0001", "L.JP-01", dream(), rows, trail or {})


def test_several_answers_to_one_question_are_groups_of_their_own():
    values = entry_values(
        dream().form("mdt-decision"),
        {"members": [{"role": "liver-surgeon", "name": "A"}, {"role": "medical-oncologist", "name": "B"}]},
    )
    group, item = "IG.mdt-decision.members", "I.mdt-decision.members"
    assert values == {
        (group, "1", f"{item}.role"): Given("liver-surgeon"),
        (group, "1", f"{item}.name"): Given("A"),
        (group, "2", f"{item}.role"): Given("medical-oncologist"),
        (group, "2", f"{item}.name"): Given("B"),
    }
    chosen = entry_values(dream().form("surgery"), {"segments_resected": ["IVa", "VI"]})
    assert [slot[1] for slot in chosen] == ["IVa", "VI"]


def test_a_verdict_that_was_changed_and_taken_back_is_told_in_the_order_of_the_trail():
    trail = {
        ("finding", "f"): [
            a_change(1, "insert", new=FINDING),
            a_change(5, "update", old={"visibility": "visible"}, new={"visibility": "not-visible"}),
            a_change(9, "delete", old={**FINDING, "visibility": "not-visible"}),
        ]
    }
    tree = written(FileType.TRANSACTIONAL, records(trail=trail))
    told = [
        [(item.get("ItemOID").rpartition(".")[2], item.get("TransactionType"), item.get("Value")) for item in one]
        for one in tree.iter(f"{ODM}ItemGroupData")
    ]
    assert told == [
        [("lesion", "Insert", "L1"), ("sequence", "Insert", "dwi"), ("visibility", "Insert", "visible")],
        [("visibility", "Update", "not-visible")],
        [("lesion", "Remove", None), ("sequence", "Remove", None), ("visibility", "Remove", None)],
    ]
    assert [one.text[-1] for one in tree.iter(f"{ODM}SourceID")] == ["1", "5", "9"]


@pytest.mark.parametrize(
    "said", ["a & b < c > \"d\" 'e'", "two\nlines\tand a tab", "肝転移 𠮷", "bell \x07 and \ufffe"]
)
def test_whatever_was_written_the_file_is_xml_and_says_it(said):
    row = Row("lesion", "l", {"label": "L1", "note": said})
    tree = written(FileType.SNAPSHOT, records([row]))
    (note,) = (item.get("Value") for item in tree.iter(f"{ODM}ItemData") if item.get("ItemOID").endswith(".note"))
    assert note == said.replace("\x07", "\ufffd").replace("\ufffe", "\ufffd")


def test_every_question_of_the_study_is_an_item_with_its_words_in_both_languages():
    tree = written(FileType.SNAPSHOT, records())
    words = {
        item.get("OID"): [text.text for text in item.findall(f"{ODM}Question/{ODM}TranslatedText")]
        for item in tree.iter(f"{ODM}ItemDef")
    }
    for form in dream().forms:
        for path, fields in ((form.code, form.questions), (f"{form.code}.lesions", form.lesion_fields)):
            for field in fields:
                said = [field.label.en, field.label.ja]
                assert words.get(f"I.{path}.{field.code}", said) == said
                assert any(oid.startswith(f"I.{path}.{field.code}") for oid in words)
    diameter = tree.find(f".//{ODM}ItemDef[@OID='I.pathology.lesions.diameter_mm']")
    assert (diameter.get("DataType"), diameter.get("SignificantDigits")) == ("float", "1")
    assert diameter.find(f"{ODM}MeasurementUnitRef").get("MeasurementUnitOID") == "MU.mm"
