"""Reports: whose rows, as of which day, what is withheld, and the same bytes for the same data."""

import re
import zlib
from base64 import a85decode
from dataclasses import replace
from datetime import timedelta

import pytest

from casebook.actions.queries import answer, ask
from casebook.actions.report_pdf import report_pdf
from casebook.actions.reports import report
from casebook.actions.site_papers import ApprovalFacts, record_approval
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Forbidden, Invalid, NotFound
from casebook.domain.queries import QueryTarget
from casebook.domain.reports import ReportName, said
from casebook.store.database import set_actor
from casebook.store.tables import ImagingStudy, Instance, Series
from tests.pages import hospital

MANAGER = Actor("manager", "manager", (Grant(Role.DATA_MANAGER, hospital.STUDY),))
COORDINATOR = Actor("coordinator", "c", (Grant(Role.SITE_COORDINATOR, hospital.STUDY, hospital.SITE),))
TODAY = hospital.TODAY


@pytest.fixture(scope="module")
def stage(worker_database):
    """A registry with a patient, made once; what a test does to it is taken back."""
    with worker_database.session() as session:
        session.begin()
        set_actor(session, "tester", "a test")
        hospital.open_registry(session)
        hospital.a_patient(session, hospital.OTHER_SITE)
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


def make(session, name, actor=MANAGER, *, as_of=TODAY, centre=""):
    return report(
        session,
        actor,
        ReportName(name),
        study_code=hospital.STUDY,
        as_of=as_of,
        centre_code=centre,
        key=hospital.KEY,
        today=TODAY,
    )


def rows(found, site=hospital.SITE):
    """The rows of a site by the codes of their columns."""
    codes = [head.code for head in found.data.heads]
    lines = [dict(zip(codes, row, strict=True)) for row in found.data.rows]
    return [line for line in lines if line["site"] == site]


def one(found, site=hospital.SITE):
    (row,) = rows(found, site)
    return row


def test_registrations_are_those_until_the_day(session, patient):
    (site,) = rows(make(session, "registrations"))
    assert (site["first"], site["share_of_first"], site["second"]) == (1, "50.0 %", 1)
    assert site["last_on"] == hospital.day(109)
    before = one(make(session, "registrations", as_of=hospital.day(50)))
    assert (before["first"], before["second"], before["last_on"]) == (1, 0, hospital.REGISTERED_ON)
    none = make(session, "registrations", as_of=hospital.REGISTERED_ON - timedelta(days=1))
    assert (one(none)["first"], none.tables[0].rows[0][2]) == (0, 0)


def test_a_data_centre_has_the_sites_it_looks_after_and_one_for_all_has_all(session, patient):
    n = {centre: len(make(session, "registrations", centre=centre).data.rows) for centre in ("", "JCOG", "EORTC")}
    assert n == {"": 30, "JCOG": 12, "EORTC": 30}
    with pytest.raises(NotFound):
        make(session, "registrations", centre="NOBODY")


def test_a_site_gets_its_own_rows_only(session, patient):
    for name in ReportName:
        found = make(session, name, COORDINATOR)
        assert len(found.data.rows) == len(rows(found)) > 0
        assert hospital.OTHER_SITE not in str(found)


def test_readers_and_strangers_get_none(session, patient):
    for role in (Role.CENTRAL_READER, Role.ADJUDICATOR, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden):
            make(session, "images", Actor("reader", "reader", (Grant(role, hospital.STUDY),)))


def test_a_day_to_come_is_refused(session, patient):
    with pytest.raises(Invalid):
        make(session, "ethics", as_of=TODAY + timedelta(days=1))


def test_approvals_are_judged_on_the_day(session, patient):
    committee = ApprovalFacts("1.1", "Ethics committee", "E-9", hospital.day(0), hospital.day(1), hospital.day(90))
    record_approval(session, MANAGER, study_code=hospital.STUDY, site_code="JP-07", facts=committee)
    row = one(make(session, "ethics", as_of=hospital.day(30)), "JP-07")
    assert (row["number"], row["valid_until"], row["days_left"]) == ("E-9", hospital.day(90), 60)
    assert (row["state"].en, row["training"].en) == ("not qualified", "missing")
    assert one(make(session, "ethics", as_of=hospital.day(91)), "JP-07")["state"].en == "approval ended"


def test_a_site_is_told_its_own_figures_only_from_ten_patients_on(session, patient):
    seen = one(make(session, "timeliness"))
    own = one(make(session, "timeliness", COORDINATOR))
    assert (own["patients"], own["forms_n"].en) == (1, "withheld")
    assert seen["forms_n"] == 7
    assert all(
        said(cell, "en") in {"0", "–", "1", "Together"}
        for cell in make(session, "timeliness", COORDINATOR).tables[0].totals[0]
    )


def test_forms_are_late_by_the_days_from_their_visit(session, patient):
    found = make(session, "timeliness")
    by_form = {row[0].en: row[1:] for row in found.tables[1].rows}
    days = (TODAY - hospital.day(121)).days
    assert by_form["Surgery"] == (1, days, days, 1, "100.0 %")
    assert "Eligibility, first registration" not in by_form
    assert one(make(session, "timeliness", as_of=TODAY - timedelta(days=1)))["forms_n"] == 0


def an_image(session, patient, received_at):
    series = session.query(Series).join(ImagingStudy).order_by(ImagingStudy.study_on, Series.series_uid).first()
    session.add(
        Instance(
            series_id=series.id,
            sop_uid=f"2.25.{received_at.timestamp():.0f}",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.4",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            n_frames=1,
            file_key=f"f{received_at.timestamp():.0f}",
            n_bytes=1,
            received_sha256=b"a" * 32,
            archived_sha256=b"b" * 32,
            pixel_sha256=b"c" * 32,
            frame_index=b"",
            dicom_json=b"",
            facts={},
            received_at=received_at,
        )
    )
    session.flush()


def test_images_are_timed_by_the_real_day_of_the_examination(session, patient):
    an_image(session, patient, hospital.NOW - timedelta(days=400))
    row = one(make(session, "timeliness"))
    examined_on = hospital.day(-8)
    assert row["images_median_days"] == ((hospital.NOW - timedelta(days=400)).date() - examined_on).days


def test_queries_are_counted_as_they_stood_on_the_day(session, patient):
    then = hospital.NOW - timedelta(days=20)
    query = ask(session, MANAGER, about=QueryTarget(subject=patient.number), question="Which scanner?", now=then)
    answer(session, COORDINATOR, number=query.number, version=1, said="The old one", now=hospital.NOW)
    ask(session, MANAGER, about=QueryTarget(subject=patient.number), question="Why?", now=hospital.NOW, review=True)
    before = one(make(session, "queries", as_of=TODAY - timedelta(days=1)))
    now = one(make(session, "queries"))
    assert (before["open"], before["answered"], before["overdue"], before["overdue_share"]) == (1, 0, 1, "100.0 %")
    assert before["days_15_on"] == 1
    assert (now["open"], now["answered"], now["candidate"], now["overdue"], now["waiting"]) == (0, 1, 1, 0, 2)
    own = one(make(session, "queries", COORDINATOR))
    assert "candidate" not in own
    assert own["waiting"] == 1


def test_the_matrix_says_what_was_expected_what_came_and_whether_it_is_complete(session, patient):
    an_image(session, patient, hospital.NOW - timedelta(days=3))
    lines = {row["timepoint"]: row for row in rows(make(session, "images"))}
    assert lines["baseline"]["received_on"] == TODAY - timedelta(days=3)
    assert (lines["baseline"]["n_present"], lines["baseline"]["complete"].en) == (1, "no")
    assert (lines["month-3"]["state"].en, lines["month-3"]["due_on"]) == ("overdue", hospital.day(121 + 91))
    before = {row["timepoint"]: row for row in rows(make(session, "images", as_of=TODAY - timedelta(days=4)))}
    assert before["baseline"]["received_on"] is None


def test_a_visit_that_was_not_done_is_neither_expected_nor_overdue_and_no_delay(session, patient):
    delays = one(make(session, "timeliness"))["forms_n"]
    missed = {"visit": "not-done", "reason": "refused"}
    hospital.fill(session, patient, "visit-not-done", missed, timepoint="month-12")
    made = make(session, "images")
    lines = {row["timepoint"]: row["state"].en for row in rows(made)}
    assert (lines["month-12"], lines["month-6"]) == ("not done", "overdue")
    (counts,) = (row for row in made.tables[0].rows if row[0].en == "Month 12")
    of = dict(zip((head.code for head in made.tables[0].heads), counts, strict=True))
    assert (of["expected"], of["overdue"], of["not_done"]) == (0, 0, 1)
    assert one(make(session, "timeliness"))["forms_n"] == delays


def test_patients_who_left_owe_no_later_images(session, patient):
    kinds = {"kind": "death", "happened_on": str(hospital.day(310)), "death_cause": "other", "reason": "seen"}
    hospital.fill(session, patient, "status-change", kinds)
    lines = {row["timepoint"]: row["state"].en for row in rows(make(session, "images"))}
    assert (lines["month-3"], lines["month-12"]) == ("overdue", "left the study")


def words_of(pdf):
    """Every piece of text of a PDF, Japanese in its UCS-2 codes."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(a85decode(stream.strip().removesuffix(b"~>"))).decode("latin-1"))
        except (ValueError, zlib.error):
            continue
    return "".join(found)


def test_the_same_report_is_the_same_pdf_to_the_byte_and_says_page_of_pages(session, patient):
    for name in ReportName:
        pdf = report_pdf(make(session, name), "en")
        assert pdf == report_pdf(make(session, name), "en")
        n_pages = len(re.findall(rb"/Type /Page\b", pdf))
        assert f"Page {n_pages} of {n_pages}" in words_of(pdf)
        assert f"as of {TODAY}" in words_of(pdf)


def test_japanese_is_set_in_a_font_for_it_and_heads_are_repeated_on_every_page(session, patient):
    found = make(session, "ethics")
    long = replace(found, tables=(replace(found.tables[0], rows=found.tables[0].rows * 5),))
    pdf = report_pdf(long, "ja")
    assert b"HeiseiKakuGo-W5" in pdf
    n_pages = len(re.findall(rb"/Type /Page\b", pdf))
    head = "委員会".encode("utf-16-be").decode("latin-1")
    escaped = "".join(f"\\{ord(sign):03o}" if not 32 <= ord(sign) < 127 else sign for sign in head)
    assert words_of(pdf).count(escaped) == n_pages > 3


def test_a_report_without_rows_and_one_with_a_very_long_word_are_set_too(session, patient):
    found = make(session, "ethics")
    empty = replace(found, tables=(replace(found.tables[0], rows=()),))
    assert "Nothing to report." in words_of(report_pdf(empty, "en"))
    row = ("X" * 300, *found.tables[0].rows[0][1:])
    assert report_pdf(replace(found, tables=(replace(found.tables[0], rows=(row,)),)), "en").startswith(b"%PDF")
