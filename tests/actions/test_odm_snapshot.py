"""The study as ODM: valid, read by another program with the database's own values, alike each time."""

from collections.abc import Iterator
from importlib.resources import as_file, files

import pytest
from lxml import etree
from odmlib.odm_loader import XMLODMLoader
from sqlalchemy import event, select

from casebook.actions.entry_states import EntryKey, act_on_entry
from casebook.actions.forms import save_entry
from casebook.actions.odm_snapshot import SNAPSHOT, TRANSACTIONAL, odm_snapshot
from casebook.actions.queries import ask
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.datasets.about import About
from casebook.domain.errors import Forbidden
from casebook.domain.forms.states import EntryAct
from casebook.domain.queries import QueryTarget
from casebook.domain.texts import Text
from casebook.formats.odm import NAMESPACE
from casebook.store.database import Database, set_actor
from casebook.store.tables import Finding, FormEntry, Lesion, Reading, Timepoint
from tests.pages import hospital

ODM = f"{{{NAMESPACE}}}"
STATISTICIAN = Actor("statistician", "S", (Grant(Role.STATISTICIAN, hospital.STUDY),))
ABOUT = About(
    study_code=hospital.STUDY,
    study_title=Text("A study", "試験"),
    definition_version="1.1",
    cut_name="first",
    as_of=hospital.TODAY,
    made_at=hospital.NOW,
    is_interim=True,
    rule_versions=("cDLM 1.0",),
    program_version="0.1.0",
    polarity=Text("Share of lesions truly gone", "真に消失した割合"),
)
REASON = "Typed the wrong week"


class World:
    """A patient with a full course, one answer corrected, one form verified, one question asked."""

    def __init__(self, session):
        self.session = session
        hospital.open_registry(session)
        self.subject = hospital.a_full_course(session)
        session.flush()
        self.correct("surgery", procedure="Wedge resections\nand a check\tof the rest")
        self.correct("baseline-disease", cea_ng_per_ml={"missing": "not-done"})
        key = EntryKey(self.subject.id, "pathology")
        act_on_entry(session, hospital.MACHINE, key, EntryAct.VERIFY, version=1, reason=None, now=hospital.NOW)
        for field in ("lesions.L2.fate", "stage"):
            about = QueryTarget(subject=self.subject.number, form="surgery", field=field)
            ask(session, hospital.MACHINE, about=about, question=f"Is {field} right?", now=hospital.NOW)
        session.flush()
        session.expire_all()
        self.files = self.exported()

    def entry(self, form: str) -> FormEntry:
        return self.session.scalars(
            select(FormEntry).where(FormEntry.subject_id == self.subject.id, FormEntry.form_code == form)
        ).one()

    def correct(self, form: str, **answers: object) -> None:
        row = self.entry(form)
        save_entry(
            self.session,
            hospital.MACHINE,
            subject_id=self.subject.id,
            form_code=form,
            timepoint_code=None,
            ordinal=1,
            data={**row.data, **answers},
            version=row.version,
            reason=REASON,
            now=hospital.NOW,
        )

    def exported(self) -> dict[str, bytes]:
        written = odm_snapshot(self.session, STATISTICIAN, study_code=hospital.STUDY, about=ABOUT)
        return {file.path: file.content for file in written}

    def tree(self, path: str = SNAPSHOT) -> etree._Element:
        return etree.fromstring(self.files[path])

    def n_statements(self) -> int:
        sent: list[str] = []
        connection = self.session.connection()

        def note(_connection, _cursor, statement, *_rest):
            sent.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        self.exported()
        event.remove(connection, "before_cursor_execute", note)
        return len(sent)


@pytest.fixture(scope="module")
def world(worker_database: Database) -> Iterator[World]:
    with worker_database.session() as session:
        session.begin()
        set_actor(session, "tester", "a test")
        yield World(session)
        session.rollback()


@pytest.mark.parametrize("path", [SNAPSHOT, TRANSACTIONAL])
def test_both_files_keep_the_schema_of_cdisc(world, path):
    with as_file(files("odmlib") / "schemas" / "odm" / "1.3.2" / "ODM1-3-2.xsd") as xsd:
        schema = etree.XMLSchema(etree.parse(xsd))
    schema.assertValid(world.tree(path))


def test_another_program_reads_the_answers_that_the_database_holds(world, tmp_path):
    (tmp_path / "odm.xml").write_bytes(world.files[SNAPSHOT])
    loader = XMLODMLoader()
    loader.create_document(str(tmp_path / "odm.xml"))
    (subject,) = loader.load_odm().ClinicalData[0].SubjectData
    read = {
        (group.ItemGroupOID, group.ItemGroupRepeatKey, item.ItemOID): item.Value
        for data in subject.StudyEventData
        for form in data.FormData
        if form.FormOID == "F.surgery"
        for group in form.ItemGroupData
        for item in group.ItemData
    }
    assert read == dict(surgery_answers(world.entry("surgery").data))


def surgery_answers(data: dict) -> Iterator[tuple[tuple[str, str | None, str], str]]:
    """The entry's answers, spelled out by hand for this form."""
    for code, value in data.items():
        if code == "segments_resected":
            for segment in value:
                yield ("IG.surgery.segments_resected", segment, "I.surgery.segments_resected"), segment
        elif code == "lesions":
            for label, row in value.items():
                for field, answer in row.items():
                    spelled = str(answer).lower() if isinstance(answer, bool) else answer
                    yield ("IG.surgery.lesions", label, f"I.surgery.lesions.{field}"), spelled
        else:
            yield ("IG.surgery", None, f"I.surgery.{code}"), value


def test_every_verdict_of_every_read_is_there(world):
    stored = world.session.execute(
        select(Lesion.label, Finding.sequence, Finding.visibility, Finding.diameter_mm)
        .join(Lesion, Lesion.id == Finding.lesion_id)
        .join(Reading, Reading.id == Finding.reading_id)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .where(Timepoint.subject_id == world.subject.id)
    )
    wanted = {(row[0], row[1]): (row[2], None if row[3] is None else str(row[3])) for row in stored}
    found = {}
    for group in world.tree().iter(f"{ODM}ItemGroupData"):
        if group.get("ItemGroupOID") == "IG.casebook.read.finding":
            values = {
                item.get("ItemOID").rpartition(".")[2]: item.get("Value") for item in group.iter(f"{ODM}ItemData")
            }
            found[values["lesion"], values["sequence"]] = (values["visibility"], values.get("diameter_mm"))
    assert found == wanted
    assert len(found) == 20


def test_a_corrected_answer_says_who_when_and_why_and_the_others_kept_their_first_record(world):
    items = {
        item.get("ItemOID"): item for item in world.tree().iter(f"{ODM}ItemData") if "surgery" in item.get("ItemOID")
    }
    corrected, first = (items[f"I.surgery.{code}"].find(f"{ODM}AuditRecord") for code in ("procedure", "operated_on"))
    assert corrected.find(f"{ODM}UserRef").get("UserOID") == "U.tester"
    assert corrected.findtext(f"{ODM}ReasonForChange") == REASON
    assert first.findtext(f"{ODM}SourceID") != corrected.findtext(f"{ODM}SourceID")


def test_an_answer_that_is_missing_says_why(world):
    (item,) = (one for one in world.tree().iter(f"{ODM}ItemData") if one.get("ItemOID").endswith(".cea_ng_per_ml"))
    assert item.get("IsNull") == "Yes"
    assert item.findtext(f"{ODM}Annotation/{ODM}Flag/{ODM}FlagValue") == "not-done"


def test_the_file_of_changes_holds_the_answer_that_was_corrected(world):
    told = [
        (item.get("TransactionType"), item.get("Value"))
        for item in world.tree(TRANSACTIONAL).iter(f"{ODM}ItemData")
        if item.get("ItemOID") == "I.surgery.procedure"
    ]
    assert told == [
        ("Insert", "Parenchyma-sparing resections"),
        ("Update", "Wedge resections\nand a check\tof the rest"),
    ]


def test_a_question_hangs_on_its_answer_and_on_the_form_where_there_is_no_answer(world):
    comments = {
        etree.QName(comment.getparent().getparent()).localname: comment.text
        for comment in world.tree().iter(f"{ODM}Comment")
    }
    assert comments["ItemData"].endswith("Is lesions.L2.fate right?")
    assert comments["FormData"].endswith("Is stage right?")


def test_no_reference_of_the_file_leads_nowhere(world):
    tree = world.tree()
    named = {element.get("OID") for element in tree.iter() if element.get("OID")}
    for element in tree.iter():
        for attribute, value in element.attrib.items():
            if attribute.endswith("OID") and attribute not in {"OID", "FileOID", "PriorFileOID"}:
                assert value in named, (etree.QName(element).localname, attribute, value)


def test_people_are_known_by_login_alone(world):
    written = world.files[SNAPSHOT].decode() + world.files[TRANSACTIONAL].decode()
    assert "<LoginName>reader</LoginName>" in world.files[SNAPSHOT].decode()
    assert "佐藤" not in written


def test_the_same_cut_is_written_alike_in_as_many_queries_for_more_patients(world):
    assert world.exported() == world.files
    before = world.n_statements()
    with world.session.begin_nested() as again:
        for _ in range(3):
            hospital.a_patient(world.session)
        world.session.flush()
        assert world.n_statements() == before
        again.rollback()


def test_of_a_patient_who_took_back_all_data_only_that_is_told(world):
    with world.session.begin_nested() as again:
        left = {
            "kind": "withdrawal",
            "withdrawn_from": "all-data",
            "happened_on": str(hospital.day(400)),
            "reason": "asked",
        }
        hospital.fill(world.session, world.subject, "status-change", left)
        files = world.exported()
        again.rollback()
    for content in files.values():
        forms = {form.get("FormOID") for form in etree.fromstring(content).iter(f"{ODM}FormData")}
        assert forms == {"F.casebook.registration", "F.status-change"}


@pytest.mark.parametrize("role", [Role.CENTRAL_READER, Role.ADJUDICATOR, Role.MONITOR])
def test_who_does_not_take_the_endpoint_away_gets_no_file(world, role):
    actor = Actor("other", "O", (Grant(role, hospital.STUDY),))
    with pytest.raises(Forbidden):
        list(odm_snapshot(world.session, actor, study_code=hospital.STUDY, about=ABOUT))
