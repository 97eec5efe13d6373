"""What happens to the demonstration's patients beside their images: reads, forms, decisions, follow-up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from casebook.actions.forms import save_entry
from casebook.actions.reads import Verdict, save_findings, sign_read
from casebook.actions.registering import register_second
from casebook.actions.series_roles import confirm_role
from casebook.actions.signing_in import signed_in_as
from casebook.domain.actors import Action
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.installation import Installation
from casebook.store import forms, images, lesions, reads, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import Subject
from services.command.demo_forms import SECOND_DAY, SECOND_REGISTRATION, course_forms
from services.command.machine import operator

STUDY: Final = "DREAM"
PREOPERATIVE: Final = "preoperative"
REASON: Final = "demonstration"


def record_course(installation: Installation, patient: dict[str, Any]) -> None:
    """Record the course of one patient of the sample, by the actions that pages and API use; once."""
    now, actor = datetime.now(UTC), operator(STUDY)
    with installation.database.transaction(actor=actor.login, reason=REASON) as session:
        subject = registry.subject_by_number(session, actor, Action.SEE_REGISTRY, number=patient["subject"])
        if len(forms.entries(session, subject.id)) <= 1:
            _record_forms(session, subject, patient, now)


def read_locally(installation: Installation, patient: dict[str, Any], *, reader: str, password: str) -> None:
    """Record the read of a site's own radiologist before surgery; once."""
    now = datetime.now(UTC)
    with installation.database.transaction(actor=reader, reason=REASON) as session:
        who = signed_in_as(session, login=reader, now=now)
        subject = registry.subject_by_number(session, who.actor, Action.RECORD_SITE_READ, number=patient["subject"])
        timepoint = registry.timepoint(session, subject.id, PREOPERATIVE)
        if reads.own(session, timepoint_id=timepoint.id, account_id=who.account_id) is None:
            _read(session, who, subject, patient, password=password, now=now)


def confirm_roles(installation: Installation, patient: dict[str, Any], *, manager: str) -> None:
    """Confirm what the patient's series were taken for, as the data manager does after a look."""
    now = datetime.now(UTC)
    with installation.database.transaction(actor=manager, reason=REASON) as session:
        who = signed_in_as(session, login=manager, now=now)
        subject = registry.subject_by_number(session, who.actor, Action.SEE_REGISTRY, number=patient["subject"])
        for series in images.series_of_subject(session, subject.id):
            confirm_role(session, who.actor, series_id=series.id, role=None, now=now)


def _read(
    session: Session, who: SignedIn, subject: Subject, patient: dict[str, Any], *, password: str, now: datetime
) -> None:
    found = {lesion.label: lesion.id for lesion in lesions.of_subject(session, subject.id)}
    case: dict[str, Any] = {"case_id": subject.id, "timepoint_code": PREOPERATIVE}
    verdicts = {
        (found[lesion["label"]], Judged(sequence)): _verdict(lesion, sequence)
        for lesion in patient["lesions"]
        for sequence in ReadingSequence
    }
    version = save_findings(session, who, **case, verdicts=verdicts, version=0, now=now).version
    sign_read(session, who, **case, password=password, meaning="I read these images", version=version, now=now)


def _verdict(lesion: dict[str, Any], sequence: ReadingSequence) -> Verdict:
    seen = Visibility(lesion["visible"][PREOPERATIVE][sequence.value])
    diameter = lesion["diameter_mm"][PREOPERATIVE]
    is_visible = seen is Visibility.VISIBLE
    return Verdict(
        visibility=seen,
        diameter_mm=Decimal(str(diameter)).quantize(Decimal("0.1")) if is_visible and diameter else None,
        not_evaluable_reason="motion" if seen is Visibility.NOT_EVALUABLE else None,
        confidence=4,
    )


def _record_forms(session: Session, subject: Subject, patient: dict[str, Any], now: datetime) -> None:
    imaged_on = {
        timepoint: [_day(exam["date"]) for exam in exams] for timepoint, exams in patient["timepoints"].items()
    }
    gone = [lesion["label"] for lesion in patient["lesions"] if lesion["diameter_mm"][PREOPERATIVE] is None]
    segments = {lesion["label"]: lesion["segment"] for lesion in patient["lesions"]}
    for filled in course_forms(subject.registered_on, imaged_on, segments, gone):
        if filled.form == SECOND_REGISTRATION:
            register_second(
                session,
                operator(STUDY),
                subject_id=subject.id,
                registered_on=subject.registered_on + timedelta(SECOND_DAY),
                answers=filled.data,
                now=now,
                reason=REASON,
            )
            continue
        save_entry(
            session,
            operator(STUDY),
            subject_id=subject.id,
            form_code=filled.form,
            timepoint_code=filled.timepoint,
            ordinal=1,
            data=filled.data,
            version=None,
            reason=None,
            now=now,
        )


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a DICOM date has no zone
