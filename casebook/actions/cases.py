"""A case as the viewer opens it: everything about one timepoint in one answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.case_list import STALE, days, next_case, rank, shown, state_of
from casebook.actions.lesions import PlacedSeries, locations, placed_series
from casebook.actions.opened_read import OpenedCase, opened_case, opened_timepoint, reading_action, to_read
from casebook.domain.actors import Action
from casebook.domain.lesion_location import Location
from casebook.domain.series_links import Link, SeriesOffset
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint as PlannedTimepoint
from casebook.store import assignments, corrections, images, lesions, reads, registry, series_links
from casebook.store.accounts import SignedIn
from casebook.store.reads import ReadParts
from casebook.store.tables import (
    Finding,
    ImageCheck,
    ImagingStudy,
    Lesion,
    Reading,
    Series,
    SeriesCorrection,
    Timepoint,
)


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
    planned = sorted({item.timepoint for item in placed}, key=lambda code: rank(definition.timepoint(code)))
    return OpenCase(
        case_id=case_id,
        subject_id=subject.id,
        definition=definition,
        case_code=case.assignment.code if case.assignment else subject.number,
        site_name=None if actor.is_blinded else (site.name_en, site.name_ja),
        timepoint=definition.timepoint(current.code),
        days=days(timepoints, studies, subject, key),
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
        next_case=next_case(session, who, case_id=case_id, timepoint_code=timepoint_code),
    )


def shown_images(session: Session, case: OpenedCase) -> tuple[list[Timepoint], list[PlacedSeries]]:
    """Return the timepoints and series that may be shown."""
    timepoints = list(registry.timepoints(session, case.subject.id))
    if case.assignment is None:
        return timepoints, placed_series(session, timepoints)
    opened = assignments.opened(session, case.assignment.id)
    series = images.roles_by_series(session, list(opened))
    open_ids = {one for timepoint_id, roles in opened.items() for one in shown(series.get(timepoint_id, {}), roles)}
    timepoints = [row for row in timepoints if row.id in opened]
    return timepoints, [item for item in placed_series(session, timepoints) if item.series.id in open_ids]


def _links(session: Session, subject_id: UUID, placed: Sequence[PlacedSeries], *, all_of_them: bool) -> Sequence[Link]:
    """Return the links between frames of reference, of a reader's case only those between images that are open."""
    frames = {item.series.frame_of_reference_uid for item in placed}
    links = lesions.links(session, subject_id)
    return [link for link in links if all_of_them or {link.from_frame_uid, link.to_frame_uid} <= frames]


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
