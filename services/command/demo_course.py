"""What happens to the demonstration's patients after their images: reads, MDT decision, surgery, pathology."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from casebook.actions.accounts import signed_in_as
from casebook.actions.forms import save_entry
from casebook.actions.reads import Verdict, save_finding, sign_read
from casebook.domain.actors import Action
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.installation import Installation
from casebook.store import forms, lesions, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import Subject
from services.command.machine import operator

STUDY: Final = "DREAM"
PREOPERATIVE: Final = "preoperative"
DAYS_TO_MDT: Final = 105
DAYS_TO_SURGERY: Final = 121
DAYS_TO_REPORT: Final = 131
MEMBERS: Final = [
    {"role": "medical-oncologist", "name": "M. Mori"},
    {"role": "liver-surgeon", "name": "T. Oda"},
    {"role": "gastrointestinal-radiologist", "name": "S. Abe"},
]


def record_course(installation: Installation, patient: dict[str, Any], *, reader: str, password: str) -> None:
    """Record the course of one patient of the sample, by the actions that pages and API use; once."""
    now = datetime.now(UTC)
    with installation.database.transaction(actor=reader, reason="demonstration") as session:
        who = signed_in_as(session, login=reader, now=now)
        subject = registry.subject_by_number(session, who.actor, Action.SEE_CASES, number=patient["subject"])
        if not forms.entries(session, subject.id):
            _read(session, who, subject, patient, password=password, now=now)
    actor = operator(STUDY)
    with installation.database.transaction(actor=actor.login, reason="demonstration") as session:
        if not forms.entries(session, subject.id):
            _record_forms(session, subject, patient, now)


def _read(
    session: Session, who: SignedIn, subject: Subject, patient: dict[str, Any], *, password: str, now: datetime
) -> None:
    found = {lesion.label: lesion.id for lesion in lesions.of_subject(session, subject.id)}
    version = 0
    for lesion in patient["lesions"]:
        for sequence in ReadingSequence:
            saved = save_finding(
                session,
                who,
                subject_id=subject.id,
                timepoint_code=PREOPERATIVE,
                lesion_id=found[lesion["label"]],
                sequence=sequence,
                verdict=_verdict(lesion, sequence),
                version=version,
                now=now,
            )
            version = saved.version
    sign_read(
        session,
        who,
        subject_id=subject.id,
        timepoint_code=PREOPERATIVE,
        password=password,
        meaning="I read these images",
        version=version,
        now=now,
    )


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
    registered_on = subject.registered_on
    gone = {lesion["label"] for lesion in patient["lesions"] if lesion["diameter_mm"][PREOPERATIVE] is None}
    labels = [lesion["label"] for lesion in patient["lesions"]]
    for code, data in (
        ("mdt-decision", _mdt(labels, registered_on + timedelta(DAYS_TO_MDT))),
        ("surgery", _surgery(labels, gone, registered_on + timedelta(DAYS_TO_SURGERY))),
        ("pathology", _pathology(labels, gone, registered_on + timedelta(DAYS_TO_SURGERY))),
    ):
        save_entry(
            session,
            operator(STUDY),
            subject_id=subject.id,
            form_code=code,
            timepoint_code=None,
            ordinal=1,
            data=data,
            version=None,
            reason=None,
            now=now,
        )


def _mdt(labels: list[str], decided_on: date) -> dict[str, object]:
    return {
        "decided_on": decided_on.isoformat(),
        "members": MEMBERS,
        "resectability": "resectable",
        "lesions": {label: {"plan": "resect", "reason": "resectable with margin"} for label in labels},
    }


def _surgery(labels: list[str], gone: set[str], operated_on: date) -> dict[str, object]:
    return {
        "operated_on": operated_on.isoformat(),
        "procedure": "Parenchyma-sparing resections",
        "ultrasound": "with-contrast",
        "lesions": {
            label: {
                "ultrasound_finding": "not-seen" if label in gone else "seen",
                "found_by_surgeon": "no" if label in gone else "yes",
                "fate": "resected",
            }
            for label in labels
        },
    }


def _pathology(labels: list[str], gone: set[str], operated_on: date) -> dict[str, object]:
    reported_on = operated_on + timedelta(DAYS_TO_REPORT - DAYS_TO_SURGERY)
    return {
        "operated_on": operated_on.isoformat(),
        "reported_on": reported_on.isoformat(),
        "lesions": {
            label: {
                "matching": "certain",
                "viable_cells": "none" if label in gone else "present",
                "regression_grade": "1" if label in gone else "4",
            }
            for label in labels
        },
    }
