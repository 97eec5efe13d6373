"""Held files: a look into them, and decisions that end them once, with a reason, on the road of every delivery."""

import io
from datetime import timedelta

import numpy as np
import pydicom
import pytest
from sqlalchemy import select, text

from casebook.actions import quarantine
from casebook.actions.quarantine import MASK
from casebook.dicom.blanking import Rectangle
from casebook.dicom.deidentification import HoldCode
from casebook.dicom.deidentification.holds import NOT_RELEASABLE
from casebook.dicom.refusals import RefusalCode
from casebook.dicom.workshop import Workshop
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Invalid, NotFound
from casebook.domain.quarantine import Decision, Family, QuarantineRefused
from casebook.domain.quarantine_reasons import WORDS, reason_of
from casebook.store import patients, received
from casebook.store.database import set_actor
from casebook.store.tables import AuditEvent, Instance, ReceivedObject, Subject, Submission
from tests.actions.quarantine_builders import (
    ELSEWHERE,
    HERE,
    MANAGER,
    NEIGHBOUR,
    NOW,
    PIXELS,
    UID,
    Hospital,
    an_mr,
    burned_in,
    open_hospital,
)

RELEASE, REFUSE, MOVE = Decision.RELEASE, Decision.REFUSE, Decision.MOVE
STRANGER = {
    "PatientName": "Suzuki^Hanako",
    "PatientID": "777",
    "PatientBirthDate": "19700101",
    "StudyInstanceUID": f"{UID}.11",
    "SeriesInstanceUID": f"{UID}.12",
}


@pytest.fixture(scope="module")
def workshop():
    with Workshop(n_children=1) as shop:
        yield shop


@pytest.fixture(scope="module")
def opened(worker_database):
    """A session in which the study is open, whose work is rolled back."""
    with worker_database.session() as session:
        session.begin()
        set_actor(session, "manager")
        open_hospital(session)
        yield session
        session.rollback()


@pytest.fixture
def hospital(opened, workshop, tmp_path):
    with opened.begin_nested() as alone:
        yield Hospital(opened, workshop, tmp_path)
        alone.rollback()
    opened.expire_all()


def look(hospital, item_id, *, after_s=0, **more):
    now = NOW + timedelta(seconds=after_s)
    return quarantine.look_into(hospital.session, MANAGER, item_id=item_id, desk=hospital.desk, now=now, **more)


def archived(hospital):
    """The pixels of every archived image, by number of its patient and timepoint."""
    keys = hospital.session.scalars(select(Instance.file_key).order_by(Instance.id)).all()
    return [pydicom.dcmread(io.BytesIO(hospital.desk.archive.read(key))) for key in keys]


def logged(hospital):
    return hospital.session.execute(text("select actor, kind, target from access_event order by id")).all()


def test_every_reason_has_words_and_only_what_may_be_released_is_releasable():
    for code in (*HoldCode, *RefusalCode):
        assert any(code in words for words in WORDS.values()), code
    for code in HoldCode:
        assert reason_of(code).may_be_released is (code not in NOT_RELEASABLE), code
    assert not any(reason_of(code).may_be_released for code in RefusalCode if code is not RefusalCode.UID_MISMATCH)
    assert reason_of("something-new").family is Family.BROKEN


def test_a_release_archives_the_file_in_a_delivery_of_its_own_and_says_so_in_the_first(hospital):
    assert hospital.send(burned_in(1), an_mr(2)) == ["burned-in-annotation", None]
    ruled = hospital.decide(RELEASE, reason="no text in it")
    assert (ruled.n_ended, ruled.n_still_held) == (1, 0)
    (item,) = hospital.held()
    assert (item.state, item.decided_by, item.decision_reason) == ("released", "manager", "no text in it")
    session = hospital.session
    first, second = session.scalars(select(Submission).order_by(Submission.number)).all()
    assert (second.road, second.number) == ("quarantine", ruled.submissions[0])
    (row,) = received.set_aside(session, first.id)
    assert (row.state, row.went_into) == ("released", second.number)
    assert session.scalars(select(ReceivedObject.outcome).where(ReceivedObject.submission_id == second.id)).all() == [
        "archived"
    ]
    assert len(archived(hospital)) == 2


def test_the_received_bytes_stay_as_they_were(hospital):
    content = burned_in()
    hospital.send(content)
    hospital.decide(RELEASE, blanked=(Rectangle(0, 0, 2, 2),))
    (item,) = hospital.held()
    assert hospital.desk.quarantine.read(item.file_key) == content


def test_marked_pixels_are_blanked_in_the_archive_alone(hospital):
    hospital.send(burned_in())
    hospital.decide(RELEASE, blanked=(Rectangle(0, 0, 2, 2),))
    (ds,) = archived(hospital)
    expected = PIXELS.copy()
    expected[:2, :2] = PIXELS.min()
    assert np.array_equal(ds.pixel_array, expected)


def test_a_rectangle_that_misses_the_picture_changes_nothing(hospital):
    hospital.send(burned_in())
    with pytest.raises(Invalid, match="outside the picture"):
        hospital.decide(RELEASE, blanked=(Rectangle(50, 0, 2, 2),))
    assert [row.state for row in hospital.held()] == ["held"]
    session = hospital.session
    assert session.query(Submission).count() == 1


def test_a_file_that_meets_another_objection_stays_held_for_that_and_passes_when_it_is_lifted_too(hospital):
    hospital.send(burned_in(SOPClassUID="1.2.840.10008.5.1.4.1.1.7"))
    ruled = hospital.decide(RELEASE)
    assert (ruled.n_ended, ruled.n_still_held) == (0, 1)
    (item,) = hospital.held()
    assert (item.state, item.reason_code, item.lifted) == ("held", "burned-in-annotation", ["secondary-capture"])
    assert hospital.decide(RELEASE).n_ended == 1
    assert len(archived(hospital)) == 1


def test_the_same_decision_again_does_nothing_and_another_is_refused(hospital):
    hospital.send(burned_in())
    first = hospital.decide(RELEASE)
    assert hospital.decide(RELEASE).n_ended == 0
    with pytest.raises(QuarantineRefused, match="already"):
        hospital.decide(REFUSE)
    session = hospital.session
    assert session.scalar(select(Submission.number).order_by(Submission.number.desc())) == first.submissions[0]


def test_a_decision_on_another_reason_than_the_one_that_stands_is_refused(hospital):
    hospital.send(burned_in())
    with pytest.raises(QuarantineRefused, match="another reason"):
        hospital.decide(RELEASE, objection="colour-image")


@pytest.mark.parametrize(
    "content", [b"<html></html>", an_mr()[:-9], an_mr(SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1")]
)
def test_what_the_reason_does_not_allow_is_refused_and_can_be_ended(hospital, content):
    hospital.send(content)
    for decision in (RELEASE, MOVE):
        with pytest.raises(QuarantineRefused):
            hospital.decide(decision, target=(NEIGHBOUR, "baseline"))
    assert hospital.decide(REFUSE).n_ended == 1
    assert [row.state for row in hospital.held()] == ["refused"]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_decision_says_why(hospital, reason):
    hospital.send(burned_in())
    with pytest.raises(Invalid, match="Say why"):
        hospital.decide(REFUSE, reason=reason)


def test_decisions_are_in_the_audit_trail_with_who_and_why(hospital):
    hospital.send(burned_in())
    hospital.decide(REFUSE, reason="the site sends it again")
    session = hospital.session
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.table_name == "quarantine_item").order_by(AuditEvent.id.desc())
    ).first()
    assert (event.actor, event.reason, event.new["state"]) == ("manager", "the site sends it again", "refused")


def test_another_patients_images_are_released_by_lifting_that_alone(hospital):
    hospital.send(an_mr(1))
    assert hospital.send(an_mr(2, **STRANGER)) == ["other-patient"]
    assert hospital.decide(RELEASE, reason="the site confirms a new number").n_ended == 1
    assert len(archived(hospital)) == 2


def test_another_patients_images_with_text_burned_in_are_held_for_the_text(hospital):
    hospital.send(an_mr(1))
    assert hospital.send(burned_in(2, **STRANGER)) == ["burned-in-annotation"]
    assert hospital.decide(RELEASE).n_still_held == 1
    assert [row.reason_code for row in hospital.held()] == ["other-patient"]
    assert hospital.decide(RELEASE).n_ended == 1


def test_what_was_marked_is_blanked_though_the_file_was_held_for_another_reason_in_between(hospital):
    hospital.send(an_mr(1))
    hospital.send(burned_in(2, **STRANGER))
    hospital.decide(RELEASE, blanked=(Rectangle(0, 0, 6, 1),))
    assert hospital.decide(RELEASE, reason="the site confirms a new number").n_ended == 1
    _, ds = archived(hospital)
    assert (ds.pixel_array[0] == PIXELS.min()).all()
    assert np.array_equal(ds.pixel_array[1:], PIXELS[1:])


def test_images_of_the_neighbour_are_moved_to_the_neighbour(hospital):
    hospital.send(an_mr(1))
    hospital.send(an_mr(2, **STRANGER))
    hospital.decide(MOVE, target=(NEIGHBOUR, "preoperative"))
    assert [row.state for row in hospital.held()] == ["moved"]
    assert sorted(str(ds.PatientID) for ds in archived(hospital)) == [HERE, NEIGHBOUR]


def test_images_are_moved_within_a_site_only_and_not_to_where_they_are(hospital):
    hospital.send(an_mr(1))
    hospital.send(an_mr(2, **STRANGER))
    with pytest.raises(QuarantineRefused, match="one site only"):
        hospital.decide(MOVE, target=(ELSEWHERE, "baseline"))
    with pytest.raises(NotFound):
        hospital.decide(MOVE, target=("JP-06-9999", "baseline"))
    with pytest.raises(Invalid, match="other than these"):
        hospital.decide(MOVE, target=(HERE, "baseline"))
    assert [row.state for row in hospital.held()] == ["held"]


def test_images_of_a_study_that_lies_at_another_timepoint_are_moved_there(hospital):
    hospital.send(an_mr(1))
    assert hospital.send(an_mr(2), timepoint="preoperative") == ["belongs-to-other-timepoint"]
    hospital.decide(MOVE, target=(HERE, "baseline"))
    assert len(archived(hospital)) == 2


def test_the_same_uid_with_other_bytes_cannot_be_released(hospital):
    hospital.send(an_mr(1))
    assert hospital.send(an_mr(1, Rows=4, SeriesNumber=9)) == ["duplicate-with-other-bytes"]
    with pytest.raises(QuarantineRefused, match="never overwritten"):
        hospital.decide(RELEASE)


def test_uids_that_do_not_agree_are_released_with_the_one_of_the_data_set(hospital):
    assert hospital.send(an_mr(1, sop_instance="1.2.3.4.5")) == ["uid-mismatch"]
    assert hospital.decide(RELEASE).n_ended == 1


def test_a_released_file_that_is_sent_again_is_there_already(hospital):
    hospital.send(burned_in())
    hospital.decide(RELEASE)
    assert hospital.send(burned_in()) == [None]
    assert [str(receipt.outcome) for receipt in hospital.receipts] == ["duplicate"]


def test_a_refused_file_that_is_sent_again_stays_refused(hospital):
    hospital.send(burned_in())
    hospital.decide(REFUSE)
    assert hospital.send(burned_in()) == ["burned-in-annotation"]
    assert [row.state for row in hospital.held()] == ["refused"]


def test_all_of_one_reason_are_ended_in_one_act_and_one_delivery(hospital):
    hospital.send(*(burned_in(number) for number in range(5)), b"no image")
    session = hospital.session
    first = hospital.held(reason_code="burned-in-annotation")[0]
    file = quarantine.open_item(session, MANAGER, item_id=first.id)
    assert len(file.alike) == 5
    ruled = hospital.decide(RELEASE, items=file.alike)
    assert (ruled.n_ended, len(ruled.submissions)) == (5, 1)


def test_one_file_that_was_decided_otherwise_leaves_all_of_an_act_undone(hospital):
    hospital.send(burned_in(1), burned_in(2))
    one, _ = hospital.held()
    hospital.decide(REFUSE, items=[one.id])
    with pytest.raises(QuarantineRefused):
        hospital.decide(RELEASE)
    assert {row.state for row in hospital.held()} == {"refused", "held"}


def test_counts_on_lists_follow_the_decisions(hospital):
    hospital.send(burned_in(1), burned_in(2))

    def n_waiting():
        session = hospital.session
        subject = session.query(Subject).filter_by(number=HERE).one()
        return received.n_held(session, MANAGER), patients.n_held(session, [subject.id])

    assert n_waiting()[0] == 2
    hospital.decide(RELEASE)
    assert n_waiting() == (0, {})


def test_a_look_shows_the_picture_masks_who_it_is_and_is_logged_each_time(hospital):
    hospital.send(an_mr(1))
    hospital.send(an_mr(2, **STRANGER))
    (item,) = hospital.held()
    for after_s in range(2):
        seen = look(hospital, item.id, after_s=after_s)
    said = {value.keyword: value.text for value in seen.shown.values}
    assert seen.shown.picture is not None
    assert (said["PatientName"], said["PatientBirthDate"], said["Rows"]) == (MASK, MASK, "4")
    assert seen.shown.identity is None
    assert dict(seen.agreement) == {
        "patient-number": "differs",
        "patient-name": "differs",
        "birth-date": "differs",
        "sex": "not-stated",
    }
    assert "Suzuki" not in repr(seen)
    assert [row.kind for row in logged(hospital)] == ["held-file", "held-file"]


def test_who_it_is_is_shown_for_a_reason_that_is_logged(hospital):
    hospital.send(an_mr(1))
    hospital.send(an_mr(2, **STRANGER))
    (item,) = hospital.held()
    with pytest.raises(Invalid, match="Say why"):
        look(hospital, item.id, unmasked_because=" ")
    seen = look(hospital, item.id, unmasked_because="which of two patients?")
    assert "Suzuki^Hanako" in {value.text for value in seen.shown.values}
    (row,) = logged(hospital)
    assert (row.actor, row.kind) == ("manager", "held-identity")
    assert "which of two patients?" in row.target


def test_bytes_that_are_lost_are_said_to_be_lost(hospital):
    hospital.send(burned_in())
    (item,) = hospital.held()
    hospital.desk.quarantine.delete(item.file_key)
    assert "not where the quarantine keeps them" in look(hospital, item.id).shown.no_picture.en


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DATA_MANAGER])
def test_nobody_else_learns_of_held_files(hospital, role):
    hospital.send(burned_in())
    (item,) = hospital.held()
    actor = Actor("x", "X", (Grant(role, "DREAM", "JP-06" if role.is_site_role else None),))
    with pytest.raises(NotFound):
        quarantine.open_item(hospital.session, actor, item_id=item.id)
