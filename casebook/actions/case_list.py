"""The worklist: a blinded reader's own cases in their own order, everyone else's by case; and which comes next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain.actors import Actor
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint as PlannedTimepoint
from casebook.store import assignments, images, lesions, reads, registry, worklist
from casebook.store.accounts import SignedIn
from casebook.store.tables import ImagingStudy, Reading, ReadingAssignment, Subject, Timepoint

WAITING = "waiting"
"""A read whose turn has not come: an earlier timepoint is to be signed, or its images are not ready."""
STALE = "stale"
NOTHING_READ = ("not-started", 0)
DONE = frozenset({"signed", WAITING})
"""Reads that are not the next to open."""


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
        return list(_given(session, _turns(session, who.actor), key))
    progress = reads.progress(session, who.account_id)
    return [_row(session, item, progress, key) for item in _seen(session, who.actor)]


def next_case(session: Session, who: SignedIn, *, case_id: UUID, timepoint_code: str) -> tuple[UUID, str] | None:
    """Return the case and timepoint that waits after this one on the actor's worklist, from its end on to its top."""
    if who.actor.is_blinded:
        listed = [(turn.assignment.id, turn.timepoint.code, turn.state) for turn in _turns(session, who.actor)]
    else:
        progress = reads.progress(session, who.account_id)
        listed = [
            (item.subject_id, item.timepoint_code, progress.get(item.timepoint_id, NOTHING_READ)[0])
            for item in _seen(session, who.actor)
        ]
    here = next((n for n, (*at, _) in enumerate(listed) if at == [case_id, timepoint_code]), None)
    if here is None:
        return None
    later = listed[here + 1 :] + listed[:here]
    return next(((at, code) for at, code, state in later if state not in DONE), None)


def _seen(session: Session, actor: Actor) -> list[worklist.WorklistRow]:
    def place(item: worklist.WorklistRow) -> tuple[str, tuple[str, int]]:
        return item.number, rank(definition_of(session, item.study_version_id).timepoint(item.timepoint_code))

    return sorted(worklist.cases(session, actor), key=place)


def rank(timepoint: PlannedTimepoint) -> tuple[str, int]:
    """Where a timepoint stands among those of a case: as it is read."""
    return (
        ("0" if timepoint.kind == "baseline" else "1" if timepoint.kind == "preoperative" else "2"),
        timepoint.offset_days,
    )


def _row(session: Session, item: worklist.WorklistRow, progress: Mapping[UUID, tuple[str, int]], key: bytes) -> Row:
    definition = definition_of(session, item.study_version_id)
    state, n_done = progress.get(item.timepoint_id, NOTHING_READ)
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
class _Turn:
    """A timepoint of a case that a blinded reader was given; `stored` and `roles` only once its images are open."""

    assignment: ReadingAssignment
    subject: Subject
    definition: StudyDefinition
    timepoint: PlannedTimepoint
    stored: Timepoint | None
    roles: Sequence[str] | None
    read: Reading | None

    @property
    def state(self) -> str:
        """How far the read is."""
        return WAITING if self.stored is None else state_of(self.read)


def _turns(session: Session, actor: Actor) -> list[_Turn]:
    """Return the timepoints of every case a blinded reader was given, in a constant number of queries."""
    listed = assignments.own_list(session, actor)
    ids = [assignment.id for assignment, _ in listed]
    opened, newest = assignments.opened_of(session, ids), assignments.newest_reads_of(session, ids)
    timepoints = registry.timepoints_of(session, [subject.id for _, subject in listed])
    found = []
    for assignment, subject in listed:
        definition, open_here = definition_of(session, subject.study_version_id), opened.get(assignment.id, {})
        open_rows = {row.code: row for row in timepoints[subject.id] if row.id in open_here}
        read_rows = {row.code: newest.get(assignment.id, {}).get(row.id) for row in timepoints[subject.id]}
        for timepoint in definition.read_centrally:
            row = open_rows.get(timepoint.code)
            roles = open_here[row.id] if row else None
            read = read_rows.get(timepoint.code)
            found.append(_Turn(assignment, subject, definition, timepoint, row, roles, read))
    return found


def _given(session: Session, turns: Sequence[_Turn], key: bytes) -> Iterator[Row]:
    """Yield the lines of a blinded reader's list, in a constant number of queries."""
    timepoint_ids = sorted({turn.stored.id for turn in turns if turn.stored is not None})
    lesions_of = lesions.of_subjects(session, sorted({turn.subject.id for turn in turns}))
    series = images.roles_by_series(session, timepoint_ids)
    first_on = _first_days(images.studies_of_timepoints(session, timepoint_ids))
    n_done = reads.n_findings(session, [turn.read.id for turn in turns if turn.read is not None])
    for turn in turns:
        n_lesions = sum(lesions.is_read_centrally(row) for row in lesions_of.get(turn.subject.id, ()))
        at = turn.stored.id if turn.stored is not None else None
        yield Row(
            case_id=turn.assignment.id,
            case_code=turn.assignment.code,
            timepoint=turn.timepoint,
            day=_day(first_on.get(at), turn.subject.registered_on, key, turn.subject.number) if at else None,
            site_name=None,
            n_series=len(shown(series.get(at, {}), turn.roles)) if at else 0,
            n_lesions=n_lesions,
            n_cells_done=n_done.get(turn.read.id, 0) if turn.read is not None else 0,
            n_cells=n_lesions * len(turn.definition.charter.steps),
            read_state=turn.state,
        )


def shown(series: Mapping[UUID, frozenset[str]], open_roles: Sequence[str] | None) -> list[UUID]:
    """Return the series (given with their roles) of which every role is open; `open_roles` None opens all."""
    if open_roles is None:
        return list(series)
    return [series_id for series_id, roles in series.items() if roles and roles <= set(open_roles)]


def state_of(reading: Reading | None) -> str:
    """Return the state of somebody's own read: not-started, draft, signed, or stale."""
    if reading is None:
        return NOTHING_READ[0]
    return STALE if reading.stale_at is not None and reading.state == "signed" else reading.state


def days(
    timepoints: Sequence[Timepoint], studies: Sequence[ImagingStudy], subject: Subject, key: bytes
) -> Mapping[str, int | None]:
    """Return the day of each timepoint's first examination, counted from registration, by code."""
    first_on = _first_days(studies)
    return {row.code: _day(first_on.get(row.id), subject.registered_on, key, subject.number) for row in timepoints}


def _first_days(studies: Sequence[ImagingStudy]) -> dict[UUID, date]:
    found: dict[UUID, date] = {}
    for study in studies:
        if study.study_on is not None:
            found.setdefault(study.timepoint_id, study.study_on)
    return found


def _day(study_on: date | None, registered_on: date, key: bytes, number: str) -> int | None:
    if study_on is None:
        return None
    return (study_on - timedelta(days=date_shift_days(key, number)) - registered_on).days
