"""A whole study as rows, for measuring: 400 patients on every step of their course, with 3 000 lesions.

Study, accounts and derivations are made by the program's own actions; subjects, images as rows, lesions, reads and
form entries are written in bulk by the application's role in the name of an actor, so that the trail is as long as
in a running study. The same seed gives the same study.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from casebook.actions.accounts import add_account
from casebook.actions.derive import derive_subject
from casebook.actions.grants import grant_role
from casebook.actions.studies import load_definition, newest_definition
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain.actors import Role
from casebook.domain.imaging import SEGMENTS, ReadingSequence, SeriesRole, Visibility
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Necessity
from casebook.domain.texts import Text
from casebook.store import accounts, registry, tables
from casebook.store.database import Database
from services.command.demo_forms import Filled, course_forms, eligibility
from services.command.machine import operator

STUDY = "DREAM"
PASSWORD = "a benchmark's password"
BATCH = 25
"""Patients of one transaction."""
SECOND_REGISTRATION_DAY = 109
IMAGED_DAYS = {"baseline": -8, "preoperative": 95}
N_FORMS_OF_COURSE = 15
STEPS_REGISTERED = {"first": 0, "second": 7}
PEOPLE: Mapping[str, tuple[Role, str | None]] = {
    "manager": (Role.DATA_MANAGER, None),
    "coordinator": (Role.SITE_COORDINATOR, "JP-03"),
    "radiologist": (Role.SITE_RADIOLOGIST, "JP-03"),
    "investigator": (Role.INVESTIGATOR, "JP-03"),
    "statistician": (Role.STATISTICIAN, None),
    "monitor": (Role.MONITOR, None),
    "admin": (Role.ADMINISTRATOR, None),
    "reader": (Role.CENTRAL_READER, None),
}
STATES = ("complete", "complete", "verified", "signed", "frozen", "locked")


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each; lesions are dealt out to the patients that have a list."""

    n_patients: int = 400
    n_lesions: int = 3000
    n_readers: int = 1


@dataclass(slots=True)
class _Rows:
    """Rows by the name of their table."""

    by_table: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def add(self, table: type[tables.Base], **values: object) -> UUID:
        """Keep a row and return its key."""
        key = uuid4()
        self.by_table.setdefault(table.__tablename__, []).append({"id": key, **values})
        return key

    def write(self, session: Session) -> None:
        """Write them, what others refer to first."""
        for table in tables.Base.metadata.sorted_tables:
            if table.name in self.by_table:
                session.execute(insert(table), self.by_table[table.name])


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of one patient."""

    number: str
    site: tables.Site
    registered_on: date
    road: str
    n_steps: int
    n_lesions: int


def fill(database: Database, *, key: bytes, size: Size, now: datetime, seed: int = 1527) -> None:
    """Fill an empty installation."""
    actor, chance = operator(STUDY), random.Random(seed)
    with database.transaction(actor=actor.login, reason="benchmark") as session:
        _study_and_people(session, now)
        version_id, definition = newest_definition(session, STUDY)
        study = registry.study(session, STUDY)
        plans = _plans(registry.sites(session, study.id), size, now.date(), chance)
        _count_numbers(session, plans)
        readers = _readers(session, size.n_readers, now)
    for first in range(0, len(plans), BATCH):
        with database.transaction(actor=actor.login, reason="benchmark") as session:
            rows = _Rows()
            found = [
                _patient(rows, plan, study.id, version_id, definition, readers, key, now, chance)
                for plan in plans[first : first + BATCH]
            ]
            rows.write(session)
            session.flush()
            for subject in session.scalars(select(tables.Subject).where(tables.Subject.id.in_(found))):
                derive_subject(session, subject, as_of=now.date())


def _study_and_people(session: Session, now: datetime) -> None:
    actor = operator(STUDY)
    text = (Path(__file__).parents[1] / "studies" / "dream.toml").read_text(encoding="utf-8")
    load_definition(session, actor, text=text, now=now)
    for login, (role, site) in PEOPLE.items():
        add_account(session, actor, login=login, display_name=f"{login.title()} B.", password=PASSWORD)
        since = now - timedelta(days=1)
        grant_role(session, actor, login=login, role=role, study_code=STUDY, site_code=site, now=since)


def _readers(session: Session, n_readers: int, now: datetime) -> list[UUID]:
    """Return the accounts that read each case; those beside the first are made."""
    actor, logins = operator(STUDY), ["reader", *(f"reader-{number}" for number in range(2, n_readers + 1))]
    for login in logins[1:]:
        add_account(session, actor, login=login, display_name=f"{login.title()} B.", password=PASSWORD)
        since = now - timedelta(days=1)
        grant_role(session, actor, login=login, role=Role.CENTRAL_READER, study_code=STUDY, site_code=None, now=since)
    found = [accounts.by_login(session, login) for login in logins]
    return [account.id for account in found if account is not None]


def _plans(sites: Sequence[tables.Site], size: Size, today: date, chance: random.Random) -> list[_Plan]:
    steps = [chance.choice((0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15)) for _ in range(size.n_patients)]
    listed = [n for n, n_steps in enumerate(steps) if n_steps >= 2]
    shares = [0] * size.n_patients
    for turn in range(size.n_lesions):
        shares[listed[turn % len(listed)] if turn < len(listed) else chance.choice(listed)] += 1
    counts: dict[str, int] = {}
    plans = []
    for n, n_steps in enumerate(steps):
        site = chance.choice(sites)
        counts[site.code] = counts.get(site.code, 0) + 1
        days_ago = _days_needed(n_steps) + chance.randrange(-10, 60)
        road = "simultaneous" if n_steps > 6 and chance.random() < 0.2 else "prospective"
        number = f"{site.code}-{counts[site.code]:04d}"
        plans.append(_Plan(number, site, today - timedelta(days=max(1, days_ago)), road, n_steps, shares[n]))
    return plans


def _days_needed(n_steps: int) -> int:
    """Days since registration at which a patient has got so far."""
    return (0, 5, 10, 30, 90, 100, 106, 110, 122, 135, 220, 310, 490, 670, 860, 870)[n_steps]


def _count_numbers(session: Session, plans: list[_Plan]) -> None:
    for site in {plan.site.id for plan in plans}:
        n = sum(plan.site.id == site for plan in plans)
        session.execute(update(tables.Site).where(tables.Site.id == site).values(last_subject_number=n))


def _patient(
    rows: _Rows,
    plan: _Plan,
    study_id: UUID,
    version_id: UUID,
    definition: StudyDefinition,
    readers: Sequence[UUID],
    key: bytes,
    now: datetime,
    chance: random.Random,
) -> UUID:
    subject_id = rows.add(
        tables.Subject,
        study_id=study_id,
        site_id=plan.site.id,
        study_version_id=version_id,
        number=plan.number,
        reading_code=f"R-{plan.number}",
        road=plan.road,
        registered_on=plan.registered_on,
        baseline_locked_at=now if plan.n_steps >= 5 else None,
    )
    for step, n_days in (("first", 0), ("second", SECOND_REGISTRATION_DAY)):
        if plan.n_steps >= STEPS_REGISTERED[step]:
            _registration(rows, subject_id, version_id, step, plan.registered_on + timedelta(days=n_days))
    segments = {f"L{n + 1}": chance.choice(sorted(SEGMENTS)) for n in range(plan.n_lesions)}
    lesions = {label: _lesion(rows, subject_id, label, segment, chance) for label, segment in segments.items()}
    timepoints = {
        timepoint.code: rows.add(tables.Timepoint, subject_id=subject_id, code=timepoint.code)
        for timepoint in definition.timepoints
        if plan.n_steps > 0
    }
    shift = timedelta(days=date_shift_days(key, plan.number))
    for code, first_step in (("baseline", 1), ("preoperative", 5)):
        if plan.n_steps >= first_step:
            on = plan.registered_on + timedelta(days=IMAGED_DAYS[code]) + shift
            _images(rows, definition, timepoints[code], code, on, chance)
    gone = [label for label in segments if chance.random() < 0.35]
    if plan.n_steps >= 8 or (len(readers) > 1 and plan.n_steps > 0):
        for number, reader_id in enumerate(readers):
            is_accepted = number == 0 and plan.n_steps >= 8
            _read(rows, timepoints["preoperative"], reader_id, lesions, gone, now, chance, accepted=is_accepted)
    for filled in _forms(plan, segments, gone):
        rows.add(
            tables.FormEntry,
            subject_id=subject_id,
            form_code=filled.form,
            timepoint_id=timepoints[filled.timepoint] if filled.timepoint else None,
            study_version_id=version_id,
            data=filled.data,
            state=chance.choice(STATES),
            saved_at=now,
        )
    return subject_id


def _registration(rows: _Rows, subject_id: UUID, version_id: UUID, step: str, on: date) -> None:
    rows.add(
        tables.Registration,
        subject_id=subject_id,
        step=step,
        registered_on=on,
        registered_by="coordinator",
        study_version_id=version_id,
    )


def _lesion(rows: _Rows, subject_id: UUID, label: str, segment: str, chance: random.Random) -> UUID:
    return rows.add(
        tables.Lesion,
        subject_id=subject_id,
        label=label,
        segment=segment,
        baseline_diameter_mm=Decimal(chance.randrange(40, 400)) / 10,
    )


def _images(
    rows: _Rows, definition: StudyDefinition, timepoint_id: UUID, code: str, on: date, chance: random.Random
) -> None:
    stem = f"2.25.{uuid4().int}"
    study = rows.add(tables.ImagingStudy, timepoint_id=timepoint_id, study_uid=stem, study_on=on)
    required = [item.role for item in definition.requirements(code) if item.necessity is Necessity.REQUIRED]
    for number, role in enumerate(required, start=1):
        if chance.random() < 0.05:
            continue
        _series(rows, study, f"{stem}.{number}", role)
    if chance.random() < 0.4:
        rows.add(
            tables.ImageCheck,
            timepoint_id=timepoint_id,
            code="slices-too-thick",
            severity=chance.choice(("note", "deviation", "repeat")),
            found="6 mm",
            expected="≤ 5 mm",
            message_en="Slices are thicker than asked",
            message_ja="スライス厚が規定を超えています",
            rule_version="1.0",
        )
    submission = rows.add(
        tables.Submission, timepoint_id=timepoint_id, road="folder", submitted_by="coordinator", state="complete"
    )
    if chance.random() < 0.05:
        rows.add(
            tables.QuarantineItem,
            timepoint_id=timepoint_id,
            sha256=submission.bytes,
            n_bytes=2048,
            file_key=submission.hex,
            reason_code="other-patient",
            message="The header names another patient than this subject's earlier images.",
        )


def _series(rows: _Rows, study_id: UUID, uid: str, role: SeriesRole) -> None:
    proposal = RoleProposal(uid, role, 0.95, (Text("measured", "測定"),), "a rule")
    series = rows.add(
        tables.Series,
        imaging_study_id=study_id,
        series_uid=uid,
        modality="CT" if role.value.startswith("ct") else "MR",
        n_instances=60,
        n_frames=60,
        described_at=now_utc(),
    )
    rows.add(
        tables.SeriesRole, series_id=series, role=role, confidence=0.95, rule="a rule", proposal=proposal.to_json()
    )


def _read(
    rows: _Rows,
    timepoint_id: UUID,
    reader_id: UUID,
    lesions: Mapping[str, UUID],
    gone: list[str],
    now: datetime,
    chance: random.Random,
    *,
    accepted: bool,
) -> None:
    reading = rows.add(
        tables.Reading,
        timepoint_id=timepoint_id,
        account_id=reader_id,
        kind="central",
        state="signed",
        accepted=accepted,
        signed_at=now,
    )
    for label, lesion_id in lesions.items():
        for sequence in ReadingSequence:
            seen = Visibility.NOT_VISIBLE if label in gone else Visibility.VISIBLE
            if chance.random() < 0.05:
                seen = Visibility.NOT_EVALUABLE
            rows.add(
                tables.Finding,
                reading_id=reading,
                lesion_id=lesion_id,
                sequence=sequence,
                visibility=seen,
                diameter_mm=Decimal("8.6") if seen is Visibility.VISIBLE else None,
                not_evaluable_reason="motion" if seen is Visibility.NOT_EVALUABLE else None,
            )


def _forms(plan: _Plan, segments: Mapping[str, str], gone: list[str]) -> list[Filled]:
    imaged_on = {code: [plan.registered_on + timedelta(days=n)] for code, n in IMAGED_DAYS.items()}
    first = Filled("eligibility", eligibility(plan.registered_on))
    course = [first, *course_forms(plan.registered_on, imaged_on, segments, gone)]
    return course[: max(1, round(len(course) * plan.n_steps / N_FORMS_OF_COURSE))]


def now_utc() -> datetime:
    """The moment as of which the study stands."""
    return datetime.now(UTC)
