"""The worklist, and a case as the viewer opens it: everything about one timepoint in one answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.lesions import PlacedSeries, locations, placed_series
from casebook.actions.reads import reading_action
from casebook.actions.studies import definition_of
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain.actors import Action, Actor
from casebook.domain.lesion_location import Link, Location
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint as PlannedTimepoint
from casebook.store import images, lesions, reads, registry, worklist
from casebook.store.accounts import SignedIn
from casebook.store.tables import Finding, ImageCheck, ImagingStudy, Lesion, Reading, Series, Subject, Timepoint


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the worklist, as the actor may see it."""

    subject_id: UUID
    case_code: str
    timepoint: PlannedTimepoint
    day: int | None
    site_name: tuple[str, str] | None
    n_series: int
    n_lesions: int
    n_cells_done: int
    n_cells: int
    read_state: str


def list_cases(session: Session, who: SignedIn, *, key: bytes) -> list[Row]:
    """Return the actor's worklist, in order of case and of the study's timepoints."""
    progress = reads.progress(session, who.account_id)
    rows = [_row(session, who.actor, item, progress, key) for item in worklist.cases(session, who.actor)]
    return sorted(rows, key=lambda row: (row.case_code, _rank(row.timepoint)))


def _rank(timepoint: PlannedTimepoint) -> tuple[str, int]:
    return (
        ("0" if timepoint.kind == "baseline" else "1" if timepoint.kind == "preoperative" else "2"),
        timepoint.offset_days,
    )


def _row(
    session: Session, actor: Actor, item: worklist.WorklistRow, progress: Mapping[UUID, tuple[str, int]], key: bytes
) -> Row:
    definition = definition_of(session, item.study_version_id)
    state, n_done = progress.get(item.timepoint_id, ("not-started", 0))
    blinded = actor.is_blinded
    return Row(
        subject_id=item.subject_id,
        case_code=item.reading_code if blinded else item.number,
        timepoint=definition.timepoint(item.timepoint_code),
        day=_day(item.first_study_on, item.registered_on, key, item.number),
        site_name=None if blinded else (item.site_name_en, item.site_name_ja),
        n_series=item.n_series,
        n_lesions=item.n_lesions,
        n_cells_done=n_done,
        n_cells=item.n_lesions * len(definition.charter.sequences),
        read_state=state,
    )


def _day(study_on: date | None, registered_on: date, key: bytes, number: str) -> int | None:
    if study_on is None:
        return None
    return (study_on - timedelta(days=date_shift_days(key, number)) - registered_on).days


@dataclass(frozen=True, slots=True)
class SeriesOfCase:
    """A series with its roles and study."""

    timepoint: str
    row: Series
    study_uid: str
    roles: Sequence[RoleProposal]
    is_confirmed: bool
    checks: Sequence[ImageCheck]


@dataclass(frozen=True, slots=True)
class OwnRead:
    """The actor's own read of one timepoint."""

    state: str
    version: int
    saved_at: datetime | None
    findings: Sequence[Finding]
    baseline_findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Everything the viewer needs."""

    subject: Subject
    definition: StudyDefinition
    case_code: str
    site_name: tuple[str, str] | None
    timepoint: PlannedTimepoint
    days: Mapping[str, int | None]
    timepoints: Sequence[PlannedTimepoint]
    series: Sequence[SeriesOfCase]
    lesions: Sequence[Lesion]
    locations: Mapping[UUID, list[tuple[PlacedSeries, Location]]]
    links: Sequence[Link]
    read: OwnRead | None
    may_edit_lesions: bool
    next_case: tuple[UUID, str] | None


def open_case(session: Session, who: SignedIn, *, subject_id: UUID, timepoint_code: str, key: bytes) -> OpenCase:
    """Return the case with all timepoints that have images. Raises NotFound for others' cases too."""
    actor = who.actor
    subject = registry.subject(session, actor, Action.SEE_CASES, subject_id=subject_id)
    current = registry.timepoint(session, subject.id, timepoint_code)
    definition = definition_of(session, subject.study_version_id)
    timepoints = registry.timepoints(session, subject.id)
    studies = images.studies_of_timepoints(session, [row.id for row in timepoints])
    placed = placed_series(session, timepoints)
    found = lesions.active_of_subject(session, subject.id)
    site = registry.site_by_id(session, subject.site_id)
    planned = sorted({item.timepoint for item in placed}, key=lambda code: _rank(definition.timepoint(code)))
    return OpenCase(
        subject=subject,
        definition=definition,
        case_code=subject.reading_code if actor.is_blinded else subject.number,
        site_name=None if actor.is_blinded else (site.name_en, site.name_ja),
        timepoint=definition.timepoint(current.code),
        days=_days(timepoints, studies, subject, key),
        timepoints=[definition.timepoint(code) for code in planned],
        series=_series_of_case(session, placed, studies),
        lesions=found,
        locations=locations(session, subject.id, [lesion.id for lesion in found], placed),
        links=lesions.links(session, subject.id),
        read=_own_read(session, who, timepoints, current, definition),
        may_edit_lesions=actor.may(Action.EDIT_LESIONS) and subject.baseline_locked_at is None,
        next_case=_next_case(session, who, subject.id, timepoint_code, key),
    )


def _days(
    timepoints: Sequence[Timepoint], studies: Sequence[ImagingStudy], subject: Subject, key: bytes
) -> Mapping[str, int | None]:
    first: dict[UUID, date] = {}
    for study in studies:
        if study.study_on is not None:
            first.setdefault(study.timepoint_id, study.study_on)
    return {
        timepoint.code: _day(first.get(timepoint.id), subject.registered_on, key, subject.number)
        for timepoint in timepoints
    }


def _series_of_case(
    session: Session, placed: Sequence[PlacedSeries], studies: Sequence[ImagingStudy]
) -> list[SeriesOfCase]:
    uid_of = {study.id: study.study_uid for study in studies}
    roles = images.roles_of_series(session, [item.series.id for item in placed])
    checks = images.checks_of_series(session, [item.series.id for item in placed])
    return [
        SeriesOfCase(
            timepoint=item.timepoint,
            row=item.series,
            study_uid=uid_of[item.series.imaging_study_id],
            roles=[RoleProposal.from_json(role.proposal) for role in roles if role.series_id == item.series.id],
            is_confirmed=any(role.confirmed_at for role in roles if role.series_id == item.series.id),
            checks=[check for check in checks if check.series_id == item.series.id],
        )
        for item in placed
    ]


def _own_read(
    session: Session,
    who: SignedIn,
    timepoints: Sequence[Timepoint],
    current: Timepoint,
    definition: StudyDefinition,
) -> OwnRead | None:
    if reading_action(who.actor) is None:
        return None
    baseline = next((row for row in timepoints if definition.timepoint(row.code).kind == "baseline"), None)
    mine = reads.own(session, timepoint_id=current.id, account_id=who.account_id)
    before = reads.own(session, timepoint_id=baseline.id, account_id=who.account_id) if baseline else None
    earlier = [before.id] if before is not None and baseline is not None and baseline.id != current.id else []
    return OwnRead(
        state=mine.state if mine else "not-started",
        version=mine.version if mine else 0,
        saved_at=_saved_at(mine),
        findings=reads.findings(session, [mine.id]) if mine else [],
        baseline_findings=reads.findings(session, earlier) if earlier else [],
    )


def _saved_at(reading: Reading | None) -> datetime | None:
    return reading.saved_at if reading is not None and reading.version > 0 else None


def _next_case(
    session: Session, who: SignedIn, subject_id: UUID, timepoint_code: str, key: bytes
) -> tuple[UUID, str] | None:
    rows = list_cases(session, who, key=key)
    here = next(
        (n for n, row in enumerate(rows) if (row.subject_id, row.timepoint.code) == (subject_id, timepoint_code)), None
    )
    if here is None:
        return None
    waiting = [row for row in rows[here + 1 :] + rows[:here] if row.read_state != "signed"]
    return (waiting[0].subject_id, waiting[0].timepoint.code) if waiting else None
