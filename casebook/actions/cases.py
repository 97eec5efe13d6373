"""The worklist, and a case as the viewer opens it: everything about one timepoint in one answer."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.lesions import PlacedSeries, locations, placed_series
from casebook.actions.opened_read import OpenedCase, opened_case, opened_timepoint, reading_action, to_read
from casebook.actions.studies import definition_of
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain.actors import Action, Actor
from casebook.domain.lesion_location import Location
from casebook.domain.series_links import Link, SeriesOffset
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint as PlannedTimepoint
from casebook.store import assignments, corrections, images, lesions, reads, registry, series_links, worklist
from casebook.store.accounts import SignedIn
from casebook.store.assignments import Opened
from casebook.store.reads import ReadParts
from casebook.store.tables import (
    Finding,
    ImageCheck,
    ImagingStudy,
    Lesion,
    Reading,
    ReadingAssignment,
    Series,
    SeriesCorrection,
    Subject,
    Timepoint,
)

WAITING = "waiting"
"""A read whose turn has not come: an earlier timepoint is to be signed, or its images are not ready."""
STALE = "stale"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the worklist, as the actor may see it; `case_id` is what addresses name the case by."""

    case_id: UUID
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
    """Return the actor's worklist: of blinded roles what they were given, in their own order; else by case."""
    if who.actor.is_blinded:
        return list(_given(session, who.actor, key))
    progress = reads.progress(session, who.account_id)
    rows = [_row(session, item, progress, key) for item in worklist.cases(session, who.actor)]
    return sorted(rows, key=lambda row: (row.case_code, _rank(row.timepoint)))


def _rank(timepoint: PlannedTimepoint) -> tuple[str, int]:
    return (
        ("0" if timepoint.kind == "baseline" else "1" if timepoint.kind == "preoperative" else "2"),
        timepoint.offset_days,
    )


def _row(session: Session, item: worklist.WorklistRow, progress: Mapping[UUID, tuple[str, int]], key: bytes) -> Row:
    definition = definition_of(session, item.study_version_id)
    state, n_done = progress.get(item.timepoint_id, ("not-started", 0))
    return Row(
        case_id=item.subject_id,
        case_code=item.number,
        timepoint=definition.timepoint(item.timepoint_code),
        day=_day(item.first_study_on, item.registered_on, key, item.number),
        site_name=(item.site_name_en, item.site_name_ja),
        n_series=item.n_series,
        n_lesions=item.n_lesions,
        n_cells_done=n_done,
        n_cells=item.n_lesions * len(definition.charter.sequences),
        read_state=state,
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """What is known of the cases a blinded reader was given."""

    opened: Mapping[UUID, Opened]
    newest: Mapping[UUID, Mapping[UUID, Reading]]
    n_done: Mapping[UUID, int]
    timepoints: Mapping[UUID, Sequence[Timepoint]]
    studies: Sequence[ImagingStudy]
    lesions: Mapping[UUID, Sequence[Lesion]]
    series: Mapping[UUID, Sequence[tuple[Series, frozenset[str]]]]


def _given(session: Session, actor: Actor, key: bytes) -> Iterator[Row]:
    """Yield the timepoints of every case a blinded reader was given, in a constant number of queries."""
    listed = assignments.own_list(session, actor)
    given = _gather_given(session, listed)
    for assignment, subject in listed:
        definition = definition_of(session, subject.study_version_id)
        known = {row.code: row for row in given.timepoints[subject.id]}
        days = _days(list(known.values()), given.studies, subject, key)
        for timepoint in definition.read_centrally:
            yield _given_row(assignment, definition, timepoint, known.get(timepoint.code), given, days)


def _gather_given(session: Session, listed: Sequence[tuple[ReadingAssignment, Subject]]) -> _Given:
    ids = [assignment.id for assignment, _ in listed]
    subject_ids = [subject.id for _, subject in listed]
    opened, newest = assignments.opened_of(session, ids), assignments.newest_reads_of(session, ids)
    timepoint_ids = sorted({timepoint_id for one in opened.values() for timepoint_id in one})
    return _Given(
        opened=opened,
        newest=newest,
        n_done=reads.n_findings(session, [row.id for one in newest.values() for row in one.values()]),
        timepoints=registry.timepoints_of(session, subject_ids),
        studies=images.studies_of_timepoints(session, timepoint_ids),
        lesions=lesions.of_subjects(session, subject_ids),
        series=_series_with_roles(session, timepoint_ids),
    )


def _given_row(
    assignment: ReadingAssignment,
    definition: StudyDefinition,
    timepoint: PlannedTimepoint,
    known: Timepoint | None,
    given: _Given,
    days: Mapping[str, int | None],
) -> Row:
    opened = given.opened.get(assignment.id, {})
    is_open = known is not None and known.id in opened
    read = given.newest.get(assignment.id, {}).get(known.id) if known is not None else None
    n_lesions = sum(lesions.is_read_centrally(row) for row in given.lesions.get(assignment.subject_id, ()))
    return Row(
        case_id=assignment.id,
        case_code=assignment.code,
        timepoint=timepoint,
        day=days.get(timepoint.code) if is_open else None,
        site_name=None,
        n_series=len(_shown(given.series.get(known.id, ()), opened[known.id])) if known is not None and is_open else 0,
        n_lesions=n_lesions,
        n_cells_done=given.n_done.get(read.id, 0) if read is not None else 0,
        n_cells=n_lesions * len(definition.charter.steps),
        read_state=state_of(read) if is_open else WAITING,
    )


def _series_with_roles(
    session: Session, timepoint_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[tuple[Series, frozenset[str]]]]:
    rows = images.series_of_timepoints(session, timepoint_ids)
    roles: dict[UUID, set[str]] = defaultdict(set)
    for role in images.roles_of_series(session, [series.id for _, series in rows]):
        roles[role.series_id].add(role.role)
    found: dict[UUID, list[tuple[Series, frozenset[str]]]] = defaultdict(list)
    for timepoint_id, series in rows:
        found[timepoint_id].append((series, frozenset(roles[series.id])))
    return found


def _shown(series: Sequence[tuple[Series, frozenset[str]]], open_roles: Sequence[str] | None) -> list[Series]:
    """Return the series of which every role is open."""
    if open_roles is None:
        return [row for row, _ in series]
    return [row for row, roles in series if roles and roles <= set(open_roles)]


def state_of(reading: Reading | None) -> str:
    """Return the state of somebody's own read: not-started, draft, signed, or stale."""
    if reading is None:
        return "not-started"
    return STALE if reading.stale_at is not None and reading.state == "signed" else reading.state


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
    """The actor's own read of one timepoint; without steps where nothing is locked step by step.

    `corrections` are those of the own read of the baseline too, each with the timepoint of its read, oldest first.
    """

    state: str
    version: int
    edition: int
    saved_at: datetime | None
    may_reopen: bool
    n_steps_locked: int | None
    parts: ReadParts
    baseline_findings: Sequence[Finding]
    corrections: Sequence[tuple[str, SeriesCorrection]]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Everything the viewer needs; `subject_id` is for the access log alone."""

    case_id: UUID
    subject_id: UUID
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
    offsets: Sequence[SeriesOffset]
    read: OwnRead | None
    may_edit_lesions: bool
    next_case: tuple[UUID, str] | None


def open_case(session: Session, who: SignedIn, *, case_id: UUID, timepoint_code: str, key: bytes) -> OpenCase:
    """Return the case with all timepoints whose images are open. Raises NotFound for others' cases too."""
    actor = who.actor
    case = opened_case(session, who, Action.SEE_CASES, case_id=case_id)
    subject, definition = case.subject, case.definition
    current = opened_timepoint(session, case, timepoint_code)
    timepoints, placed = shown_images(session, case)
    read = _own_read(session, who, case, timepoints, current)
    studies = images.studies_of_timepoints(session, [row.id for row in timepoints])
    found = to_read(session, case)
    site = registry.site_by_id(session, subject.site_id)
    planned = sorted({item.timepoint for item in placed}, key=lambda code: _rank(definition.timepoint(code)))
    return OpenCase(
        case_id=case_id,
        subject_id=subject.id,
        definition=definition,
        case_code=case.assignment.code if case.assignment else subject.number,
        site_name=None if actor.is_blinded else (site.name_en, site.name_ja),
        timepoint=definition.timepoint(current.code),
        days=_days(timepoints, studies, subject, key),
        timepoints=[definition.timepoint(code) for code in planned],
        series=_series_of_case(session, placed, studies),
        lesions=found,
        locations=locations(
            session,
            subject.id,
            [lesion.id for lesion in found],
            placed,
            marked_at=None if case.assignment is None else definition.read_centrally[0].code,
            corrections=corrections.as_known(session, [row for _, row in read.corrections] if read else []),
        ),
        links=_links(session, subject.id, placed, all_of_them=case.assignment is None),
        offsets=series_links.offsets(session, subject.id),
        read=read,
        may_edit_lesions=actor.may(Action.EDIT_LESIONS) and subject.baseline_locked_at is None,
        next_case=_next_case(session, who, case_id, timepoint_code, key),
    )


def shown_images(session: Session, case: OpenedCase) -> tuple[list[Timepoint], list[PlacedSeries]]:
    """Return the timepoints and series that may be shown."""
    timepoints = list(registry.timepoints(session, case.subject.id))
    if case.assignment is None:
        return timepoints, placed_series(session, timepoints)
    opened = assignments.opened(session, case.assignment.id)
    series = _series_with_roles(session, list(opened))
    shown = {row.id for timepoint_id, roles in opened.items() for row in _shown(series.get(timepoint_id, ()), roles)}
    timepoints = [row for row in timepoints if row.id in opened]
    return timepoints, [item for item in placed_series(session, timepoints) if item.series.id in shown]


def _links(session: Session, subject_id: UUID, placed: Sequence[PlacedSeries], *, all_of_them: bool) -> Sequence[Link]:
    """Return the links between frames of reference, of a reader's case only those between images that are open."""
    frames = {item.series.frame_of_reference_uid for item in placed}
    links = lesions.links(session, subject_id)
    return [link for link in links if all_of_them or {link.from_frame_uid, link.to_frame_uid} <= frames]


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
    session: Session, who: SignedIn, case: OpenedCase, timepoints: Sequence[Timepoint], current: Timepoint
) -> OwnRead | None:
    if reading_action(who.actor) is None:
        return None
    definition, assignment = case.definition, case.assignment
    baseline = next((row for row in timepoints if definition.timepoint(row.code).kind == "baseline"), None)

    def own(timepoint_id: UUID) -> Reading | None:
        return reads.own(session, timepoint_id=timepoint_id, account_id=who.account_id, assignment=assignment)

    mine = own(current.id)
    before = own(baseline.id) if baseline is not None and baseline.id != current.id else None
    state = state_of(mine)
    nothing = ReadParts((), (), (), ())
    parts, earlier = (reads.parts(session, one.id) if one else nothing for one in (mine, before))
    return OwnRead(
        state=state,
        version=mine.version if mine else 0,
        edition=mine.edition if mine else 1,
        saved_at=_saved_at(mine),
        may_reopen=state in {"signed", STALE},
        n_steps_locked=None if assignment is None else mine.n_steps_locked if mine else 0,
        parts=parts,
        baseline_findings=earlier.findings,
        corrections=[
            (code, row)
            for code, of_read in ((baseline.code if baseline else "", earlier), (current.code, parts))
            for row in of_read.corrections
        ],
    )


def _saved_at(reading: Reading | None) -> datetime | None:
    return reading.saved_at if reading is not None and reading.version > 0 else None


def _next_case(
    session: Session, who: SignedIn, case_id: UUID, timepoint_code: str, key: bytes
) -> tuple[UUID, str] | None:
    rows = list_cases(session, who, key=key)
    here = next(
        (n for n, row in enumerate(rows) if (row.case_id, row.timepoint.code) == (case_id, timepoint_code)), None
    )
    if here is None:
        return None
    waiting = [row for row in rows[here + 1 :] + rows[:here] if row.read_state not in {"signed", WAITING}]
    return (waiting[0].case_id, waiting[0].timepoint.code) if waiting else None
