"""A registry with people of every role and two patients: one with a full course, one just registered elsewhere."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from casebook.actions.accounts import add_account
from casebook.actions.forms import save_entry
from casebook.actions.grants import grant_role
from casebook.actions.studies import load_definition
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.imaging import SeriesRole as Role_
from casebook.domain.imaging import Visibility
from casebook.domain.series_roles import RoleProposal
from casebook.domain.texts import Text
from casebook.store import accounts, forms, images
from casebook.store.tables import (
    Finding,
    ImageCheck,
    ImagingStudy,
    Lesion,
    QuarantineItem,
    Reading,
    ReceivedObject,
    Series,
    SeriesRole,
    Subject,
    Submission,
)
from tests.registering import a_registration, a_second_registration

DREAM = Path(__file__).parents[2] / "studies" / "dream.toml"
STUDY, SITE, OTHER_SITE = "DREAM", "JP-06", "BE-02"
KEY = b"k" * 32
PASSWORD = "a long enough password"
MACHINE = Actor("machine", "machine", tuple(Grant(role, STUDY) for role in (Role.ADMINISTRATOR, Role.DATA_MANAGER)))
NOW = datetime.now(UTC)
TODAY = NOW.date()
REGISTERED_ON = TODAY - timedelta(days=480)
SEEN, GONE, UNCLEAR = Visibility.VISIBLE, Visibility.NOT_VISIBLE, Visibility.NOT_EVALUABLE


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the tests."""

    login: str
    role: Role
    site: str | None = None
    language: str = "en"


PEOPLE = (
    Person("coordinator", Role.SITE_COORDINATOR, SITE),
    Person("radiologist", Role.SITE_RADIOLOGIST, SITE),
    Person("investigator", Role.INVESTIGATOR, SITE),
    Person("elsewhere", Role.SITE_COORDINATOR, OTHER_SITE),
    Person("manager", Role.DATA_MANAGER),
    Person("kanri", Role.DATA_MANAGER, language="ja"),
    Person("reader", Role.CENTRAL_READER),
    Person("adjudicator", Role.ADJUDICATOR),
    Person("statistician", Role.STATISTICIAN),
    Person("monitor", Role.MONITOR),
    Person("forgetful", Role.MONITOR),
    Person("admin", Role.ADMINISTRATOR),
)
LESIONS = {
    "L1": ("VIII", "18.0", (SEEN, SEEN, SEEN, SEEN)),
    "L2": ("IVb", "11.0", (GONE, GONE, GONE, GONE)),
    "L3": ("VI", "9.0", (GONE, GONE, GONE, SEEN)),
    "L4": ("III", "10.0", (GONE, GONE, GONE, GONE)),
    "L5": ("VII", "7.0", (GONE, UNCLEAR, GONE, GONE)),
}
ROLES = {
    Role_.CT_PORTAL_VENOUS: 60,
    Role_.DWI: 128,
    Role_.ADC: 32,
    Role_.T1_IN_PHASE: 32,
    Role_.T1_OPPOSED_PHASE: 32,
    Role_.T2: 36,
    Role_.EOB_PRE: 72,
    Role_.EOB_ARTERIAL: 72,
    Role_.EOB_PORTAL_VENOUS: 72,
    Role_.EOB_HEPATOBILIARY: 72,
}


def day(number: int) -> date:
    return REGISTERED_ON + timedelta(days=number)


def open_registry(session: Session) -> None:
    """Load the study and make the people."""
    load_definition(session, MACHINE, text=DREAM.read_text(encoding="utf-8"), now=NOW)
    for person in PEOPLE:
        add_account(
            session,
            MACHINE,
            login=person.login,
            display_name=f"{person.login.title()} 佐藤",
            password=PASSWORD,
            language=person.language,
        )
        grant_role(
            session,
            MACHINE,
            login=person.login,
            role=person.role,
            study_code=STUDY,
            site_code=person.site,
            now=NOW - timedelta(days=1),
        )


def a_patient(session: Session, site: str = SITE, *, road: str = "prospective") -> Subject:
    return a_registration(
        session,
        MACHINE,
        site_code=site,
        road=road,
        registered_on=REGISTERED_ON,
        key=KEY,
        now=NOW,
        answers={**ELIGIBLE, "road": road, "consented_on": str(day(-3))},
    )


def fill(session: Session, subject: Subject, form: str, data: dict, *, timepoint: str | None = None) -> None:
    save_entry(
        session,
        MACHINE,
        subject_id=subject.id,
        form_code=form,
        timepoint_code=timepoint,
        ordinal=1,
        data=data,
        version=None,
        reason=None,
        now=NOW,
    )


def a_full_course(session: Session) -> Subject:
    """A patient of the drawing: five lesions, two imaged timepoints, forms up to month 6, month 12 due."""
    subject = a_patient(session)
    for label, (segment, diameter_mm, _) in LESIONS.items():
        session.add(
            Lesion(subject_id=subject.id, label=label, segment=segment, baseline_diameter_mm=Decimal(diameter_mm))
        )
    session.flush()
    subject.baseline_locked_at, subject.baseline_locked_by = NOW, "radiologist"
    some_images(session, subject, "baseline", -8)
    some_images(session, subject, "preoperative", 98, without={Role_.ADC})
    _a_missing_role(session, subject, "preoperative", Role_.ADC)
    an_accepted_read(session, subject)
    some_forms(session, subject)
    return subject


def some_images(session: Session, subject: Subject, timepoint: str, on: int, *, without=frozenset()) -> None:
    timepoint_id = images.ensure_timepoint(session, subject.id, timepoint)
    stem = f"2.25.{subject.number[-4:].lstrip('0')}{on + 100}"
    study = ImagingStudy(
        timepoint_id=timepoint_id,
        study_uid=stem,
        study_on=day(on) + timedelta(days=date_shift_days(KEY, subject.number)),
    )
    session.add(study)
    session.flush()
    for number, (role, n_frames) in enumerate(ROLES.items(), start=1):
        if role not in without:
            _a_series(session, study, timepoint_id, f"{stem}.{number}", role, n_frames)
    submission = Submission(
        timepoint_id=timepoint_id, road="folder", submitted_by="coordinator", state="complete", report=_report()
    )
    session.add(submission)
    session.flush()
    _files(session, submission)


def _a_series(session: Session, study: ImagingStudy, timepoint_id, uid: str, role: Role_, n_frames: int) -> None:
    series = Series(
        imaging_study_id=study.id,
        series_uid=uid,
        modality="CT" if role is Role_.CT_PORTAL_VENOUS else "MR",
        n_instances=n_frames,
        n_frames=n_frames,
        described_at=NOW,
    )
    session.add(series)
    session.flush()
    b_values = (50.0, 800.0) if role is Role_.DWI else ()
    proposal = RoleProposal(uid, role, 0.95, (Text("measured", "測定"),), "a rule", b_values_s_per_mm2=b_values)
    session.add(SeriesRole(series_id=series.id, role=role, confidence=0.95, rule="a rule", proposal=proposal.to_json()))
    if role is Role_.DWI:
        session.add(
            ImageCheck(
                timepoint_id=timepoint_id,
                series_id=series.id,
                code="too-few-b-values",
                severity="deviation",
                found="50, 800",
                expected="≥ 3",
                message_en="Fewer b-values than asked",
                message_ja="b値の数が不足しています",
                rule_version="1.0",
            )
        )


def _a_missing_role(session: Session, subject: Subject, timepoint: str, role: Role_) -> None:
    session.add(
        ImageCheck(
            timepoint_id=images.ensure_timepoint(session, subject.id, timepoint),
            code="role-missing",
            severity="repeat",
            found="",
            expected=role.value,
            message_en="None arrived",
            message_ja="受領なし",
            rule_version="1.0",
        )
    )


def _report() -> dict:
    return {
        "files": 2,
        "lines": [
            ["00080060", "kept", "rule", 2],
            ["00100010", "replaced", "rule", 2],
            ["00080020", "shifted", "rule", 2],
            ["00080080", "removed", "rule", 2],
        ],
        "texts": [["00080060", "CT", 2]],
    }


def _files(session: Session, submission: Submission) -> None:
    held = QuarantineItem(
        timepoint_id=submission.timepoint_id,
        sha256=b"h" * 32,
        n_bytes=2048,
        file_key="ab",
        reason_code="other-patient",
        message="The header names another patient than this subject's earlier images; check whose images these are.",
    )
    session.add(held)
    session.flush()
    for number, outcome in enumerate(("archived", "archived", "duplicate", "quarantined")):
        is_held = outcome == "quarantined"
        session.add(
            ReceivedObject(
                submission_id=submission.id,
                sha256=bytes([number]) * 32,
                n_bytes=2048,
                outcome=outcome,
                reason_code=held.reason_code if is_held else None,
                message=held.message if is_held else None,
                quarantine_id=held.id if is_held else None,
            )
        )
    session.flush()


def an_accepted_read(session: Session, subject: Subject) -> None:
    reader = accounts.by_login(session, "reader")
    timepoint_id = images.ensure_timepoint(session, subject.id, "preoperative")
    reading = Reading(
        timepoint_id=timepoint_id, account_id=reader.id, kind="central", state="signed", accepted=True, signed_at=NOW
    )
    session.add(reading)
    session.flush()
    for lesion in session.query(Lesion).filter_by(subject_id=subject.id):
        for sequence, seen in zip(("ct", "dwi", "t1t2", "eob"), LESIONS[lesion.label][2], strict=True):
            session.add(
                Finding(
                    reading_id=reading.id,
                    lesion_id=lesion.id,
                    sequence=sequence,
                    visibility=seen,
                    diameter_mm=Decimal("8.6") if seen is SEEN else None,
                    not_evaluable_reason="motion" if seen is UNCLEAR else None,
                )
            )
    session.flush()


ELIGIBLE = {
    "colorectal_liver_metastases": "yes",
    "unresectable_or_borderline": "yes",
    "baseline_ct_and_mri": "yes",
    "chemotherapy_road": "yes",
    "adult": "yes",
    "written_consent": "yes",
    "mri_contraindicated": "no",
    "liver_treated_before": "no",
    "road": "prospective",
    "resectability": "unresectable",
}
FATES = {"L1": "resected", "L2": "resected", "L3": "resected", "L4": "left-in-place", "L5": "left-in-place"}


def some_forms(session: Session, subject: Subject) -> None:
    fill(
        session,
        subject,
        "baseline-disease",
        {
            "birth_year": "1958",
            "sex": "female",
            "primary_site": "left-colon",
            "synchronous": "yes",
            "n_metastases": "5",
            "largest_diameter_mm": "18",
            "extrahepatic": "no",
        },
    )
    fill(session, subject, "chemotherapy", {**CHEMOTHERAPY, "started_on": str(day(7)), "ended_on": str(day(77))})
    fill(
        session,
        subject,
        "mdt-decision",
        {
            "decided_on": str(day(105)),
            "members": [{"role": "liver-surgeon", "name": "Dr. B"}],
            "resectability": "resectable",
            "lesions": {label: {"plan": "resect", "reason": "with margin"} for label in FATES},
        },
    )
    a_second_registration(session, MACHINE, subject, registered_on=day(109), now=NOW)
    fill(
        session,
        subject,
        "surgery",
        {
            "operated_on": str(day(121)),
            "procedure": "Parenchyma-sparing resections",
            "resection_type": "non-anatomical",
            "segments_resected": ["IVb", "VI", "VIII"],
            "ultrasound": "with-contrast",
            "lesions": {
                label: {
                    "ultrasound_finding": "seen" if label in {"L1", "L3"} else "not-seen",
                    "found_by_surgeon": "yes" if label in {"L1", "L3"} else "no",
                    "fate": fate,
                }
                for label, fate in FATES.items()
            },
        },
    )
    fill(session, subject, "pathology", a_pathology(("L1", "L2", "L3")))
    for timepoint, number in (("month-3", 121 + 92), ("month-6", 121 + 180)):
        fill(session, subject, "follow-up", a_follow_up(number), timepoint=timepoint)


CHEMOTHERAPY = {"regimen": "folfox", "antibody": "bevacizumab", "n_cycles": "6", "retrospective": "no"}


def a_pathology(labels) -> dict:
    return {
        "operated_on": str(day(121)),
        "reported_on": str(day(131)),
        "lesions": {
            label: {
                "matching": "certain",
                "viable_cells": "none" if label == "L2" else "present",
                "regression_grade": "1" if label == "L2" else "4",
            }
            for label in labels
        },
    }


def a_follow_up(number: int) -> dict:
    return {
        "imaged_on": str(day(number)),
        "modalities": ["eob-mri"],
        "adequate": "yes",
        "elsewhere_in_liver": "no",
        "outside_liver": "no",
        "lesions": {label: {"at_site": "no-recurrence", "local_treatment": "none"} for label in ("L4", "L5")},
    }


def form_version(session: Session, subject: Subject, form: str) -> int:
    return next(row.version for row in forms.entries(session, subject.id) if row.form_code == form)
