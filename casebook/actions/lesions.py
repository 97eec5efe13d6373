"""Lesions come about: from a list with a submission, or by hand on an image; and where they are expected."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.lesion_book import current_book
from casebook.actions.progress import refresh_progress
from casebook.dicom.deidentification.keyed import keyed_uid
from casebook.domain import lesion_events as rules
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, NotFound, Refused
from casebook.domain.imaging import SEGMENTS
from casebook.domain.lesion_events import LesionState
from casebook.domain.lesion_list import LesionListError, ListedLesion
from casebook.domain.lesion_location import Location, Mark, SeriesPlanes, locate, pixel_position
from casebook.domain.series_facts import InstanceFacts, Vector
from casebook.domain.series_links import Correction, KnownLinks
from casebook.domain.series_roles import RoleProposal
from casebook.store import images, lesions, registry, series_links
from casebook.store.tables import Lesion, Series, Subject, Timepoint


def take_lesion_list(
    session: Session, actor: Actor, *, subject_number: str, rows: Sequence[ListedLesion], key: bytes
) -> list[Lesion]:
    """Make the lesions of a list and put their marks; all of it or nothing.

    A list adds: lesions, marks, and values that were missing. Raises LesionListError where a row names a series or
    image that is not archived for the subject, an ended lesion, or another segment than the saved one; Refused once
    the baseline list is locked.
    """
    named = registry.subject_by_number(session, actor, Action.EDIT_LESIONS, number=subject_number)
    subject = lesions.hold(session, actor, Action.EDIT_LESIONS, subject_id=named.id)
    rules.require_open(current_book(session, subject)[0])
    series = {row.series_uid: row for row in images.series_of_subject(session, subject.id)}
    known = {lesion.label: lesion for lesion in lesions.of_subject(session, subject.id)}
    problems: list[str] = []
    for row in rows:
        home = series.get(keyed_uid(key, row.series_uid))
        if home is None or home.frame_of_reference_uid is None:
            problems.append(f"line {row.line}: the series is not among the subject's archived images")
            continue
        position = row.position_mm or _from_pixel(session, home, row, key)
        if position is None:
            problems.append(f"line {row.line}: the image is not in the series, or has no geometry")
            continue
        lesion = known.get(row.label)
        if lesion is not None and lesion.state != LesionState.ACTIVE:
            problems.append(f"line {row.line}: {row.label} has ended ({lesion.state})")
            continue
        if lesion is not None and lesion.segment != row.segment:
            problems.append(f"line {row.line}: {row.label} is saved in segment {lesion.segment}; change it by hand")
            continue
        lesion = lesion or lesions.add(session, subject_id=subject.id, label=row.label, segment=row.segment)
        known[row.label] = lesion
        lesion.baseline_diameter_mm = lesion.baseline_diameter_mm or row.diameter_mm
        _put(session, lesion, home, position, "lesion-list", row.diameter_mm)
    if problems:
        raise LesionListError(problems)
    _listed(session, subject)
    return list(known.values())


def place_lesion(
    session: Session,
    actor: Actor,
    *,
    subject_id: UUID,
    timepoint_code: str,
    label: str,
    segment: str,
    diameter_mm: Decimal | None,
    series_uid: str,
    position_mm: Vector,
) -> Lesion:
    """Put a lesion by hand on a series of the timepoint: a new one, or a further mark of a known one."""
    subject = lesions.hold(session, actor, Action.EDIT_LESIONS, subject_id=subject_id)
    book, known = current_book(session, subject)
    rules.require_open(book)
    if segment not in SEGMENTS:
        raise Invalid(f"The segment is to be one of {', '.join(SEGMENTS)}.", field="segment")
    timepoint = registry.timepoint(session, subject.id, timepoint_code)
    home = next(
        (row for row in images.series_of_timepoint(session, timepoint.id) if row.series_uid == series_uid), None
    )
    if home is None or home.frame_of_reference_uid is None:
        raise NotFound("The timepoint has no such series with a frame of reference.", field="series_uid")
    if label in known:
        rules.require_changeable(book, label)
    else:
        rules.added(book, label)
    lesion = known.get(label) or lesions.add(session, subject_id=subject.id, label=label, segment=segment)
    if lesion.segment != segment:
        raise Refused(f"{label} lies in segment {lesion.segment}; a lesion keeps its identity.", field="segment")
    lesion.baseline_diameter_mm = lesion.baseline_diameter_mm or diameter_mm
    _put(session, lesion, home, position_mm, "by hand", diameter_mm)
    _listed(session, subject)
    return lesion


@dataclass(frozen=True, slots=True)
class PlacedSeries:
    """A series of one timepoint with its planes, None where it has no single geometry."""

    timepoint: str
    series: Series
    planes: SeriesPlanes | None


def placed_series(session: Session, timepoints: Sequence[Timepoint]) -> list[PlacedSeries]:
    """Return the described series of the timepoints with their planes."""
    code_of = {timepoint.id: timepoint.code for timepoint in timepoints}
    return [
        PlacedSeries(
            code_of[timepoint_id],
            row,
            SeriesPlanes.from_json(row.series_uid, row.geometry) if row.geometry else None,
        )
        for timepoint_id, row in images.series_of_timepoints(session, list(code_of))
    ]


def locations(
    session: Session,
    subject_id: UUID,
    lesion_ids: Sequence[UUID],
    placed: Sequence[PlacedSeries],
    *,
    marked_at: str | None = None,
    corrections: Sequence[Correction] = (),
) -> Mapping[UUID, list[tuple[PlacedSeries, Location]]]:
    """Return where each lesion is expected on each series that has planes, by all marks or those of one timepoint.

    `corrections` are a reader's own. A series whose parts were taken in several breaths has a location for each role.
    """
    marks = lesions.marks(session, lesion_ids, at=marked_at)
    known = series_links.known_links(session, subject_id, corrections)
    roles: dict[UUID, list[RoleProposal]] = defaultdict(list)
    for row in images.roles_of_series(session, [item.series.id for item in placed]):
        roles[row.series_id].append(RoleProposal.from_json(row.proposal))
    parts = [
        (item, part)
        for item in placed
        if item.planes is not None
        for part in _parts(item.planes, roles[item.series.id], known)
    ]
    return {
        lesion_id: [(item, _located(marks[lesion_id], known, part)) for item, part in parts] for lesion_id in lesion_ids
    }


@dataclass(frozen=True, slots=True)
class _Part:
    """Planes of a series, the role they have, and whether they are all of it."""

    planes: SeriesPlanes
    role: str | None
    is_whole: bool


def _located(marks: Sequence[Mark], known: KnownLinks, part: _Part) -> Location:
    found = locate(marks, known, part.planes, part.role)
    return found if part.is_whole else replace(found, role=part.role)


def _parts(planes: SeriesPlanes, roles: Sequence[RoleProposal], known: KnownLinks) -> list[_Part]:
    """The series as a whole, or by role where its parts were taken in several breaths."""
    if len(roles) == 1:
        return [_Part(planes, roles[0].role, is_whole=True)]
    if not any(one.series.series_uid == planes.series_uid for one in known.offsets):
        return [_Part(planes, None, is_whole=True)]
    return [_Part(_of_role(planes, proposal), proposal.role, is_whole=False) for proposal in roles]


def _of_role(planes: SeriesPlanes, proposal: RoleProposal) -> SeriesPlanes:
    wanted, numbers = proposal.sop_uids, proposal.frame_numbers
    kept = tuple(
        plane
        for plane in planes.planes
        if (wanted is None or plane.sop_uid in wanted) and (numbers is None or plane.frame in numbers)
    )
    return replace(planes, planes=kept or planes.planes)


def _listed(session: Session, subject: Subject) -> None:
    subject.baseline_version += 1
    session.flush()
    refresh_progress(session, subject.id)


def _put(
    session: Session, lesion: Lesion, home: Series, position: Vector, source: str, diameter_mm: Decimal | None
) -> None:
    session.flush()
    lesions.put_mark(
        session,
        lesion_id=lesion.id,
        series_id=home.id,
        values={
            "frame_of_reference_uid": home.frame_of_reference_uid,
            "x_mm": position[0],
            "y_mm": position[1],
            "z_mm": position[2],
            "source": source,
            "diameter_mm": diameter_mm,
        },
    )


def _from_pixel(session: Session, home: Series, row: ListedLesion, key: bytes) -> Vector | None:
    if row.pixel is None:
        return None
    instance = images.instance(session, home.id, keyed_uid(key, row.pixel.sop_uid))
    if instance is None:
        return None
    frames = InstanceFacts.from_json(instance.facts).frames
    if row.pixel.frame > len(frames):
        return None
    return pixel_position(frames[row.pixel.frame - 1], row.pixel.column_px, row.pixel.row_px)
