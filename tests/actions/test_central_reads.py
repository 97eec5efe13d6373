"""A case is drawn, read in locked steps that open its images, signed, opened again, taken back, shown once more."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from casebook.actions import assignment as assigning
from casebook.actions.assignment import assign_ready, replace_reader, waiting_cases, withdraw
from casebook.actions.case_list import list_cases
from casebook.actions.cases import open_case
from casebook.actions.image_states import check_images
from casebook.actions.read_content import broken_reads
from casebook.actions.read_extras import ImageOfNote, SeenLesion, put_key_image, put_new_lesion
from casebook.actions.reads import Verdict, lock_step, reopen_read, save_findings, sign_read
from casebook.actions.signing_in import signed_in_as
from casebook.domain.central.image_state import CheckDecision
from casebook.domain.central.steps import StepRefused
from casebook.domain.errors import Invalid, NotFound, Refused
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.store import assignments, reads
from casebook.store.image_search import search_series, search_studies
from casebook.store.tables import Account, Lesion, Reading
from services.command.demonstration.people import QUICK
from tests.actions import central_builders as build
from tests.actions.central_builders import MANAGER, NOW, STUDY

GONE, SEEN = Verdict(Visibility.NOT_VISIBLE), Verdict(Visibility.VISIBLE, diameter_mm=Decimal("7.0"))
TIMEPOINTS = ("baseline", "preoperative")
PASSWORD = "the right one"
KEY = b"k" * 32


class Clinic:
    """A study with readers and one case, and what they do."""

    def __init__(self, session, *, readers=("ann", "bob")):
        self.session = session
        build.open_study(session)
        for login in readers:
            build.a_person(session, login).password_hash = QUICK.hash(PASSWORD)
        self.subject = build.a_case(session)
        self.timepoints = {code: build.some_images(session, self.subject, code) for code in TIMEPOINTS}

    def pass_images(self, *timepoints):
        for code in timepoints or TIMEPOINTS:
            check_images(
                self.session,
                MANAGER,
                number=self.subject.number,
                timepoint=code,
                decision=CheckDecision.PASSED,
                reason="complete",
                now=NOW,
            )

    @property
    def given(self):
        return assignments.of_subject(self.session, self.subject.id)

    def who(self, assignment):
        return signed_in_as(self.session, login=self.session.get(Account, assignment.account_id).login, now=NOW)

    def lesions(self):
        return self.session.scalars(
            select(Lesion).where(Lesion.subject_id == self.subject.id).order_by(Lesion.label)
        ).all()

    def save(self, assignment, judged, version, *, timepoint="baseline", verdict=GONE):
        verdicts = {(lesion.id, judged): verdict for lesion in self.lesions()}
        return save_findings(
            self.session,
            self.who(assignment),
            case_id=assignment.id,
            timepoint_code=timepoint,
            verdicts=verdicts,
            version=version,
            now=NOW,
        ).version

    def lock(self, assignment, step, version, *, timepoint="baseline"):
        return lock_step(
            self.session,
            self.who(assignment),
            case_id=assignment.id,
            timepoint_code=timepoint,
            step=step,
            version=version,
            now=NOW,
        ).version

    def sign(self, assignment, version, *, timepoint="baseline", password=PASSWORD):
        return sign_read(
            self.session,
            self.who(assignment),
            case_id=assignment.id,
            timepoint_code=timepoint,
            password=password,
            meaning="mine",
            version=version,
            now=NOW,
        )

    def read(self, assignment, timepoint, *, verdict=GONE):
        version = 0
        for judged in Judged:
            version = self.save(assignment, judged, version, timepoint=timepoint, verdict=verdict)
            if judged is not Judged.COMBINED:
                version = self.lock(assignment, judged, version, timepoint=timepoint)
        return self.sign(assignment, version, timepoint=timepoint)

    def rows(self, assignment):
        return {
            (row.case_id, row.timepoint.code): row for row in list_cases(self.session, self.who(assignment), key=KEY)
        }

    def opened(self, assignment, timepoint="baseline"):
        return open_case(self.session, self.who(assignment), case_id=assignment.id, timepoint_code=timepoint, key=KEY)


@pytest.fixture
def clinic(session):
    found = Clinic(session)
    found.pass_images()
    return found


@pytest.fixture
def first(clinic):
    return clinic.given[0]


def roles_shown(clinic, assignment):
    shown = clinic.opened(assignment).series
    return {role.role for item in shown for role in item.roles}


def test_nobody_is_drawn_before_the_images_passed_their_check(session):
    clinic = Clinic(session)
    assign_ready(session, clinic.subject, now=NOW)
    assert clinic.given == []
    clinic.pass_images("preoperative")
    assert clinic.given == []
    clinic.pass_images("baseline")
    assert {row.place for row in clinic.given} == {"first", "second"}


def test_nobody_is_drawn_before_the_baseline_list_is_locked(session):
    clinic = Clinic(session)
    clinic.subject.baseline_locked_at = None
    clinic.pass_images()
    assert clinic.given == []


def test_only_trained_people_who_work_elsewhere_are_drawn(session):
    clinic = Clinic(session, readers=("ann", "bob"))
    build.a_person(session, "untrained", trained_on=None)
    build.a_person(session, "tomorrow", trained_on=NOW.date() + timedelta(days=1))
    build.a_person(session, "own-site", home=build.SITE)
    clinic.pass_images()
    assert {clinic.who(row).actor.login for row in clinic.given} == {"ann", "bob"}


def test_a_case_with_too_few_readers_waits_and_says_why(session):
    clinic = Clinic(session, readers=("ann",))
    build.a_person(session, "untrained", trained_on=None)
    clinic.pass_images()
    assert clinic.given == []
    (waiting,) = waiting_cases(session, MANAGER, study_code=STUDY, now=NOW)
    assert (waiting.subject.id, "1 without a training record" in waiting.why.en) == (clinic.subject.id, True)
    build.a_person(session, "bob")
    assigning.assign_waiting(session, MANAGER, study_code=STUDY, now=NOW)
    assert len(clinic.given) == 2


def test_drawing_again_gives_a_case_to_nobody_else(clinic):
    before = [row.id for row in clinic.given]
    build.a_person(clinic.session, "carol")
    assign_ready(clinic.session, clinic.subject, now=NOW)
    assert [row.id for row in clinic.given] == before


def test_images_open_with_the_steps_and_nothing_else_is_there(clinic, first):
    session, actor = clinic.session, clinic.who(first).actor
    assert roles_shown(clinic, first) == {"ct-portal-venous"}
    assert [len(search_series(session, actor, (), limit=99, offset=0))] == [1]
    (study,) = search_studies(session, actor, (), limit=9, offset=0)
    assert (study.n_series, study.n_instances) == (1, 1)
    version = clinic.lock(first, "ct", clinic.save(first, Judged.CT, 0))
    assert roles_shown(clinic, first) == {"ct-portal-venous", "dwi", "adc"}
    version = clinic.lock(first, "dwi", clinic.save(first, Judged.DWI, version))
    clinic.lock(first, "t1t2", clinic.save(first, Judged.T1T2, version))
    assert len(roles_shown(clinic, first)) == len(build.REQUIRED)
    assert clinic.rows(first)[first.id, "baseline"].n_series == len(build.REQUIRED)


def test_a_step_is_read_when_its_turn_has_come_and_stays_as_it_was_locked(clinic, first):
    with pytest.raises(StepRefused, match="not open yet"):
        clinic.save(first, Judged.DWI, 0)
    version = clinic.lock(first, "ct", clinic.save(first, Judged.CT, 0))
    with pytest.raises(StepRefused, match="locked"):
        clinic.save(first, Judged.CT, version, verdict=SEEN)
    with pytest.raises(StepRefused):
        clinic.lock(first, "eob", version)
    with pytest.raises(StepRefused, match="no step"):
        clinic.lock(first, "nonsense", version)


def test_an_empty_cell_keeps_a_step_open_and_is_named(clinic, first):
    lesion = clinic.lesions()[0]
    who = clinic.who(first)
    saved = save_findings(
        clinic.session,
        who,
        case_id=first.id,
        timepoint_code="baseline",
        verdicts={(lesion.id, Judged.CT): GONE},
        version=0,
        now=NOW,
    )
    with pytest.raises(StepRefused, match="L2 on CT has no verdict"):
        clinic.lock(first, "ct", saved.version)


def test_a_read_is_signed_once_all_steps_before_the_last_are_locked(clinic, first):
    version = clinic.save(first, Judged.CT, 0)
    with pytest.raises(Refused, match="not complete"):
        clinic.sign(first, version)
    version = clinic.lock(first, "ct", version)
    for judged in (Judged.DWI, Judged.T1T2, Judged.EOB):
        version = clinic.lock(first, judged, clinic.save(first, judged, version))
    version = clinic.save(first, Judged.COMBINED, version)
    assert clinic.sign(first, version, password="wrong") is None
    signed = clinic.sign(first, version)
    assert (signed.state, signed.n_steps_locked, signed.kind) == ("signed", 5, "central")
    assert signed.images_sha256 is not None
    assert signed.content_sha256 is not None


def test_a_later_timepoint_is_not_there_until_the_earlier_one_is_signed(clinic, first):
    with pytest.raises(NotFound):
        clinic.opened(first, "preoperative")
    assert clinic.rows(first)[first.id, "preoperative"].read_state == "waiting"
    clinic.read(first, "baseline")
    assert clinic.rows(first)[first.id, "preoperative"].read_state == "not-started"
    opened = clinic.opened(first, "preoperative")
    assert {item.timepoint for item in opened.series} == set(TIMEPOINTS)
    assert {role.role for item in opened.series if item.timepoint == "preoperative" for role in item.roles} == {
        "ct-portal-venous"
    }
    assert len(opened.read.baseline_findings) == 2 * len(Judged)


def test_nothing_counts_before_both_have_signed(clinic):
    one, other = clinic.given
    for timepoint in TIMEPOINTS:
        clinic.read(one, timepoint)
    accepted = select(Reading).where(Reading.accepted)
    assert clinic.session.scalars(accepted).all() == []
    for timepoint in TIMEPOINTS:
        clinic.read(other, timepoint)
    assert {row.timepoint_id for row in clinic.session.scalars(accepted)} == set(clinic.timepoints.values())


def test_a_read_case_leaves_the_list_in_due_time(clinic, first):
    clinic.read(first, "baseline")
    assert first.closes_on is None
    clinic.read(first, "preoperative")
    assert first.closes_on == NOW.date() + timedelta(days=14)
    first.closes_on = NOW.date()
    clinic.session.flush()
    assert clinic.rows(first) == {}
    with pytest.raises(NotFound):
        clinic.opened(first)


def test_a_new_version_begins_with_what_the_last_one_says_and_needs_a_reason(clinic, first):
    clinic.read(first, "baseline")
    again = {"case_id": first.id, "timepoint_code": "baseline", "now": NOW}
    with pytest.raises(Refused, match="why"):
        reopen_read(clinic.session, clinic.who(first), **again, reason="  ")
    reading = reopen_read(clinic.session, clinic.who(first), **again, reason="L1 and L2 were mixed up")
    assert (reading.edition, reading.state) == (2, "draft")
    assert len(reads.findings(clinic.session, [reading.id])) == 2 * len(Judged)
    version = clinic.save(first, Judged.CT, 0, verdict=SEEN)
    for judged in (Judged.CT, Judged.DWI, Judged.T1T2, Judged.EOB):
        version = clinic.lock(first, judged, version)
    assert clinic.sign(first, version).edition == 2
    with pytest.raises(Refused, match="no signed read"):
        reopen_read(
            clinic.session,
            clinic.who(clinic.given[1]),
            case_id=clinic.given[1].id,
            timepoint_code="baseline",
            reason="why",
            now=NOW,
        )


def test_some_cases_come_again_to_the_same_reader_under_another_code_after_the_interval(clinic, first, monkeypatch):
    monkeypatch.setattr(assigning, "is_repeated", lambda *_, **__: True)
    for timepoint in TIMEPOINTS:
        clinic.read(first, timepoint)
    (repeat,) = [row for row in clinic.given if row.round == assignments.REPEAT]
    assert repeat.account_id == first.account_id
    assert repeat.code != first.code
    assert repeat.opens_on == NOW.date() + timedelta(days=28)
    assert {case_id for case_id, _ in clinic.rows(first)} == {first.id}
    repeat.opens_on, first.closes_on = NOW.date(), NOW.date()
    clinic.session.flush()
    assert {(case_id, row.case_code) for (case_id, _), row in clinic.rows(first).items()} == {(repeat.id, repeat.code)}
    assert clinic.opened(repeat).read.state == "not-started"
    assert clinic.opened(repeat).case_code == repeat.code
    signed = clinic.read(repeat, "baseline")
    assert (signed.round, signed.accepted) == (2, False)


def test_another_reader_s_case_is_not_there(clinic):
    one, other = clinic.given
    with pytest.raises(NotFound):
        open_case(clinic.session, clinic.who(other), case_id=one.id, timepoint_code="baseline", key=KEY)
    with pytest.raises(NotFound):
        open_case(clinic.session, clinic.who(one), case_id=clinic.subject.id, timepoint_code="baseline", key=KEY)


def test_a_lesion_that_appeared_later_is_not_told_to_central_readers(clinic, first):
    clinic.session.add(Lesion(subject_id=clinic.subject.id, label="L9", segment="II", origin="new"))
    clinic.session.flush()
    assert [lesion.label for lesion in clinic.opened(first).lesions] == ["L1", "L2"]
    assert clinic.rows(first)[first.id, "baseline"].n_lesions == 2


def test_a_case_is_taken_from_a_reader_with_a_reason_until_something_is_signed(clinic):
    one, other = clinic.given
    build.a_person(clinic.session, "carol")
    with pytest.raises(Refused, match="why"):
        withdraw(clinic.session, MANAGER, assignment_id=one.id, reason=" ", now=NOW)
    replace_reader(clinic.session, MANAGER, assignment_id=one.id, reason="on leave", now=NOW)
    assert {clinic.who(row).actor.login for row in clinic.given} == {"carol", clinic.who(other).actor.login}
    assert {row.place for row in clinic.given} == {"first", "second"}
    assert clinic.rows(one) == {}
    clinic.read(other, "baseline")
    with pytest.raises(Refused, match="signed"):
        withdraw(clinic.session, MANAGER, assignment_id=other.id, reason="on leave", now=NOW)


def test_new_lesions_and_key_images_belong_to_the_draft_and_come_back_as_they_were(clinic, first):
    series = clinic.opened(first).series[0].row
    case = {"case_id": first.id, "timepoint_code": "baseline", "now": NOW}
    place = {"series_uid": series.series_uid, "sop_instance_uid": f"{series.series_uid}.1", "position_mm": [1, 2, 3]}
    seen = SeenLesion("VI", Decimal("6.5"), ReadingSequence.CT, 4, place, "beside L1")
    who = clinic.who(first)
    version = put_new_lesion(clinic.session, who, **case, label="N1", seen=seen, version=0).version
    image = ImageOfNote(series.series_uid, f"{series.series_uid}.1", 1, note="here")
    version = put_key_image(clinic.session, who, **case, image=image, is_kept=True, version=version).version
    parts = clinic.opened(first).read.parts
    assert [(row.label, row.diameter_mm, row.judged_on) for row in parts.new_lesions] == [("N1", Decimal("6.5"), place)]
    assert [(row.sop_instance_uid, row.note) for row in parts.key_images] == [(f"{series.series_uid}.1", "here")]
    version = put_key_image(clinic.session, who, **case, image=image, is_kept=False, version=version).version
    put_new_lesion(clinic.session, who, **case, label="N1", seen=None, version=version)
    parts = clinic.opened(first).read.parts
    assert (parts.new_lesions, parts.key_images) == ([], [])


def test_additions_to_a_read_are_of_the_case_s_own_images(clinic, first):
    case = {"case_id": first.id, "timepoint_code": "baseline", "now": NOW, "version": 0}
    who = clinic.who(first)
    with pytest.raises(NotFound):
        put_key_image(clinic.session, who, **case, image=ImageOfNote("2.25.9", "2.25.9.1", 1), is_kept=True)
    place = {"series_uid": "2.25.9"}
    with pytest.raises(Invalid):
        put_new_lesion(
            clinic.session,
            who,
            **case,
            label="N1",
            seen=SeenLesion("IX", Decimal(5), ReadingSequence.CT, None, place, None),
        )


def test_a_signed_read_that_was_changed_behind_the_program_s_back_is_found(clinic, first):
    reading = clinic.read(first, "baseline")
    assert broken_reads(clinic.session) == ()
    reads.findings(clinic.session, [reading.id])[0].comment = "something else"
    clinic.session.flush()
    (broken,) = broken_reads(clinic.session)
    assert (broken.subject, broken.timepoint, broken.form) == (clinic.subject.number, "baseline", "central read")
