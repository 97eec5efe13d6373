"""Bringing in tables: the dry run writes nothing, taking is all or nothing, and the form page's rules hold."""

import hashlib
import io
import zipfile
from datetime import datetime

import openpyxl
import pytest
from sqlalchemy import func, select

from casebook.actions.import_files import MAX_FILE_BYTES, read_table
from casebook.actions.imports import import_forms
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Forbidden, Invalid, TooLarge
from casebook.domain.imports.fates import Fate, Outcome
from casebook.domain.imports.table import Cell, CellKind
from casebook.store import forms
from casebook.store.database import set_actor
from casebook.store.tables import AuditEvent, FormEntry
from tests.pages import hospital

MANAGER = Actor("manager", "manager", (Grant(Role.DATA_MANAGER, hospital.STUDY),))
ELSEWHERE = Actor("elsewhere", "elsewhere", (Grant(Role.SITE_COORDINATOR, hospital.STUDY, hospital.OTHER_SITE),))
DAY = datetime.fromisoformat("2020-03-05")
HEAD = "subject,timepoint,lesion,imaged_on,modalities,adequate,elsewhere_in_liver,outside_liver,at_site,local_treatment"


@pytest.fixture(scope="module")
def stage(worker_database):
    """A registry with a patient, made once; what a test does to it is taken back."""
    with worker_database.session() as session:
        session.begin()
        set_actor(session, "tester", "a test")
        hospital.open_registry(session)
        yield session, hospital.a_full_course(session)
        session.rollback()


@pytest.fixture
def session(stage):
    with stage[0].begin_nested() as attempt:
        yield stage[0]
        attempt.rollback()


@pytest.fixture
def patient(stage, session):
    return stage[1]


def bring(session, text, *, form="follow-up", actor=MANAGER, dry_run=False, reason=""):
    content = text.encode() if isinstance(text, str) else text
    return import_forms(
        session,
        actor,
        study_code=hospital.STUDY,
        form_code=form,
        content=content,
        dry_run=dry_run,
        reason=reason,
        now=hospital.NOW,
    )


def month_12(patient, imaged_on=None, *, lesions=("L4", "L5"), site="no-recurrence"):
    imaged_on = imaged_on or hospital.day(121 + 360)
    return "\n".join(
        [HEAD]
        + [f"{patient.number},month-12,{label},{imaged_on},ct;eob-mri,はい,なし,no,{site},none" for label in lesions]
    )


def entries(session, patient, form="follow-up"):
    return [row for row in forms.entries(session, patient.id) if row.form_code == form]


def n_events(session):
    return session.scalar(select(func.count()).select_from(AuditEvent))


def fates(found, column):
    index = next(one.index for one in found.columns if one.name == column)
    return [line.cells[index].fate for line in found.lines]


def said(found):
    cells = [cell.said.en for line in found.lines for cell in line.cells if cell.fate is Fate.REFUSED]
    return cells + [text.en for line in found.lines for text in line.refusals]


def test_a_dry_run_shows_the_fate_of_each_cell_and_writes_nothing(session, patient):
    before = n_events(session), len(entries(session, patient))
    found = bring(session, month_12(patient), dry_run=True)
    assert (n_events(session), len(entries(session, patient))) == before
    assert (found.is_applied, found.can_be_taken) == (False, True)
    assert found.n_entries == {Outcome.NEW: 1}
    assert fates(found, "subject") == [Fate.PLACE] * 2
    assert fates(found, "at_site") == [Fate.TAKEN] * 2


def test_what_the_dry_run_shows_is_taken_and_the_trail_names_file_and_line(session, patient):
    found = bring(session, month_12(patient))
    assert found.is_applied
    row = entries(session, patient)[-1]
    assert row.state == "complete"
    assert row.data["modalities"] == ["ct", "eob-mri"]
    assert row.data["lesions"]["L5"] == {"at_site": "no-recurrence", "local_treatment": "none"}
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.table_name == "form_entry").order_by(AuditEvent.id.desc()).limit(1)
    ).one()
    digest = hashlib.sha256(month_12(patient).encode()).hexdigest()
    assert event.reason == f"import of the file with SHA-256 {digest}, line 2"


def test_the_same_file_again_changes_nothing(session, patient):
    bring(session, month_12(patient))
    before = n_events(session)
    found = bring(session, month_12(patient))
    assert n_events(session) == before
    assert found.n_entries == {Outcome.UNCHANGED: 1}
    assert not found.can_be_taken
    assert fates(found, "imaged_on") == [Fate.UNCHANGED] * 2


def test_one_refused_cell_keeps_every_line_out(session, patient):
    text = month_12(patient) + f"\n{patient.number},month-18,L4,2017-02-30,ct,yes,no,no,no-recurrence,none"
    found = bring(session, text)
    assert not found.is_applied
    assert len(entries(session, patient)) == 2
    assert fates(found, "imaged_on") == [Fate.TAKEN, Fate.TAKEN, Fate.REFUSED]
    assert any("not in the calendar" in words for words in said(found))
    assert found.n_entries == {Outcome.NEW: 1, Outcome.REFUSED: 1}


def test_a_saved_answer_changes_only_with_a_reason_and_empty_cells_leave_what_is_saved(session, patient):
    bring(session, month_12(patient))
    change = f"subject,timepoint,imaged_on,adequate,change_reason\n{patient.number},month-12,{hospital.day(481)},no,"
    refused = bring(session, change)
    assert refused.n_refusals == 1
    assert "reason" in said(refused)[0].lower()
    found = bring(session, change, reason="read again")
    assert found.n_entries == {Outcome.CHANGED: 1}
    assert fates(found, "adequate") == [Fate.TAKEN]
    row = entries(session, patient)[-1]
    assert row.data["adequate"] is False
    assert row.data["lesions"].keys() == {"L4", "L5"}


def test_a_word_takes_a_saved_answer_away(session, patient):
    text = "subject,cea_ng_per_ml\n{},{}"
    assert bring(session, text.format(patient.number, "12.5"), form="baseline-disease", reason="lab").is_applied
    assert entries(session, patient, "baseline-disease")[0].data["cea_ng_per_ml"] == "12.5"
    assert bring(session, text.format(patient.number, "（空欄）"), form="baseline-disease", reason="lab").is_applied
    assert "cea_ng_per_ml" not in entries(session, patient, "baseline-disease")[0].data


def test_laboratory_values_are_judged_by_their_field(session, patient):
    head = "subject;cea_ng_per_ml;ras\n"
    found = bring(session, head + f"{patient.number};12,5;=A1\n", form="baseline-disease", reason="lab")
    assert fates(found, "cea_ng_per_ml") == fates(found, "ras") == [Fate.REFUSED]
    assert min(said(found)).startswith("found a formula")
    assert "decimal point" in max(said(found))


def test_an_answer_that_could_not_be_read_is_not_called_missing_too(session, patient):
    found = bring(session, month_12(patient, "=TODAY()"))
    assert [words.partition(",")[0] for words in said(found)] == ["found a formula"] * 2


def test_what_is_required_and_has_no_column_is_said_of_the_line(session, patient):
    found = bring(session, f"subject,timepoint,imaged_on\n{patient.number},month-12,{hospital.day(481)}")
    assert "Modalities: an answer is required" in said(found)
    assert "L4 At the site: an answer is required" in said(found)


def test_checks_across_forms_hold(session, patient):
    found = bring(session, month_12(patient, hospital.day(100)))
    assert any("earlier than surgery" in words for words in said(found))


def test_a_lesion_the_form_does_not_ask_about_is_refused_at_its_cell(session, patient):
    found = bring(session, month_12(patient, lesions=("L4", "L5", "L1")))
    assert fates(found, "lesion") == [Fate.PLACE, Fate.PLACE, Fate.REFUSED]


def test_patients_of_other_sites_are_as_unknown_as_those_who_do_not_exist(session, patient):
    there = bring(session, month_12(patient), actor=ELSEWHERE)
    text = month_12(patient).replace(patient.number, "JP-06-9999")
    nowhere = bring(session, text, actor=ELSEWHERE)
    assert said(there) == said(nowhere) == ["there is no such patient"]
    assert fates(there, "subject") == [Fate.REFUSED, Fate.PLACE]


def test_a_frozen_entry_is_not_changed_by_a_file(session, patient):
    row = entries(session, patient, "baseline-disease")[0]
    row.state = "frozen"
    session.flush()
    found = bring(session, f"subject,cea_ng_per_ml\n{patient.number},3", form="baseline-disease", reason="lab")
    assert "frozen and cannot be changed" in said(found)[0]


def test_eligibility_cannot_be_brought_in_before_a_registration(session, patient):
    text = f"subject,chemotherapy_complete\n{hospital.a_patient(session, hospital.OTHER_SITE).number},yes"
    assert "registering" in said(bring(session, text, form="eligibility-second"))[0]


def test_entries_of_a_repeatable_form_are_told_by_their_day_or_number(session, patient):
    text = "subject,occurred_on,event,grade\n"
    lines = [f"{patient.number},{hospital.day(day)},{what},II\n" for day, what in ((125, "bile leak"), (130, "fever"))]
    assert bring(session, text + "".join(lines), form="adverse-event").n_entries == {Outcome.NEW: 2}
    changed = text + lines[1].replace("II", "I")
    found = bring(session, changed, form="adverse-event", reason="graded again")
    assert found.n_entries == {Outcome.CHANGED: 1}
    assert [row.data["grade"] for row in entries(session, patient, "adverse-event")] == ["II", "I"]
    third = f"subject,entry,occurred_on,event,grade\n{patient.number},3,{hospital.day(130)},pain,I\n"
    assert bring(session, third, form="adverse-event").n_entries == {Outcome.NEW: 1}
    assert "two saved entries" in said(bring(session, changed, form="adverse-event"))[0]


def test_who_may_not_fill_forms_brings_nothing_in(session, patient):
    reader = Actor("reader", "reader", (Grant(Role.CENTRAL_READER, hospital.STUDY),))
    with pytest.raises(Forbidden):
        bring(session, month_12(patient), actor=reader, dry_run=True)


def workbook(*rows, edit=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if edit:
        edit(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_with_its_dates_numbers_formulas_and_errors():
    content = workbook(
        ["subject", "day", "n", "whole", "sum", "wrong", "yes", "moment"],
        ["JP-06-0001", DAY, 12.5, 3, "=SUM(C2:D2)", "#REF!", True, DAY.replace(hour=9, minute=30)],
        [None, None, None],
        ["  ", 0.1 + 0.2],
    )
    table = read_table(content)
    assert table.columns[:2] == ("subject", "day")
    assert table.lines[0].cells == (
        Cell("JP-06-0001"),
        Cell("2020-03-05", CellKind.DAY),
        Cell("12.5", CellKind.NUMBER),
        Cell("3", CellKind.NUMBER),
        Cell("=…", CellKind.FORMULA),
        Cell("#REF!", CellKind.ERROR),
        Cell("yes", CellKind.YES_OR_NO),
        Cell("2020-03-05 09:30", CellKind.MOMENT),
    )
    assert (table.lines[1].number, table.lines[1].cells[1]) == (4, Cell("0.3", CellKind.NUMBER))


def test_a_workbook_is_brought_in_like_csv(session, patient):
    number, day = patient.number, hospital.day(481)
    content = workbook(
        HEAD.split(","),
        *([number, "month-12", label, day, "ct", True, "no", "no", "no-recurrence", "none"] for label in ("L4", "L5")),
    )
    assert bring(session, content).n_entries == {Outcome.NEW: 1}
    assert bring(session, month_12(patient, day).replace("ct;eob-mri", "ct")).n_entries == {Outcome.UNCHANGED: 1}


def repacked(content, **parts):
    """The workbook with parts replaced, by a word of their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            found = next((part for word, part in parts.items() if word in name), None)
            new.writestr(name, old.read(name) if found is None else found)
    return out.getvalue()


def test_workbooks_are_read_by_the_parser_that_follows_no_entity():
    assert (openpyxl.LXML, openpyxl.DEFUSEDXML) == (False, True)


def test_bombs_and_broken_workbooks_get_a_clear_word():
    good = workbook(["subject", "n"], ["JP-06-0001", 1])
    bomb = repacked(good, sheet1=b"<a>" + b" " * (40 * 1024**2))
    far = workbook(["subject"], ["x"], edit=lambda sheet: sheet.cell(row=900_000, column=1, value="far"))
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    for content, expected in (
        (bomb, "unpacks to more"),
        (far, "far below"),
        (repacked(good, sheet1=entity), "no workbook"),
        (repacked(good, workbook=b"<workbook"), "no workbook"),
        (good[: len(good) // 2], "no workbook"),
        (b"PK\x03\x04 and then nothing", "no workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or encrypted"),
    ):
        with pytest.raises(Invalid) as refused:
            read_table(content)
        assert expected in refused.value.said.en
    with pytest.raises(TooLarge):
        read_table(b"a" * (MAX_FILE_BYTES + 1))


def test_a_sheet_that_lies_about_its_size_is_read_as_far_as_it_goes():
    good = workbook(["subject", "n"], ["JP-06-0001", 1])
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    lying = repacked(good, sheet1=sheet.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'))
    assert len(read_table(lying).lines) == 1


def test_no_entry_is_left_behind_by_a_refused_file(session, patient):
    n = session.scalar(select(func.count()).select_from(FormEntry))
    bring(session, month_12(patient) + "\nJP-06-0001,month-3,L9,2020-01-01,ct,yes,no,no,,")
    assert session.scalar(select(func.count()).select_from(FormEntry)) == n
