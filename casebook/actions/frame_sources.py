"""The series that stands for each frame of reference of a subject when frames are registered with each other."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.dicom.volumes import NotAVolume, Plane, Stack, plane_of, stack_of
from casebook.domain.frame_links import CT_ROLES, MR_ROLES, PlacedFrame
from casebook.domain.imaging import SeriesRole as Role
from casebook.domain.series_facts import InstanceFacts
from casebook.domain.series_roles import RoleProposal
from casebook.store import images, registry
from casebook.store.tables import Instance, Series, SeriesRole

DIGEST_CHARACTERS: Final = 32
STANDING_ROLES: Final = (*CT_ROLES, *MR_ROLES)
DIFFUSION_ROLES: Final = (Role.DWI, Role.ADC)


@dataclass(frozen=True, slots=True)
class FrameSource:
    """A frame of reference with the frames, in the order of the stack, that show the patient in it.

    `digest` changes when other images stand for it.
    """

    placed: PlacedFrame
    series_uid: str
    stack: Stack
    frames: tuple[tuple[Instance, int], ...]
    digest: str

    def said(self) -> dict[str, Any]:
        """What is kept of it with a result, so that equal images are not registered again."""
        return {
            "series_uid": self.series_uid,
            "role": self.placed.role,
            "n_planes": len(self.frames),
            "digest": self.digest,
        }


def frame_sources(session: Session, subject_id: UUID) -> list[FrameSource]:
    """Return one source for each frame of reference that a suitable, evenly spaced series shows."""
    found = [standing_source(session, candidates) for candidates in candidates_by_frame(session, subject_id).values()]
    return sorted(
        (source for source in found if source is not None),
        key=lambda source: (source.placed.timepoint, source.placed.frame_uid),
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A series with one of its roles, and the frame of reference it lies in."""

    placed: PlacedFrame
    series: Series
    confidence: float
    proposal: RoleProposal


def standing_source(session: Session, candidates: Sequence[Candidate]) -> FrameSource | None:
    """Return the source that stands for the frame of reference of the candidates, if any of them can."""
    ordered = sorted(
        (item for item in candidates if item.placed.role in STANDING_ROLES),
        key=lambda item: (item.placed.preference, -item.confidence, item.series.series_uid),
    )
    return next(_sources(session, ordered), None)


def candidates_by_frame(session: Session, subject_id: UUID) -> Mapping[str, list[Candidate]]:
    """Return every series with each of its roles that shows the liver, by frame of reference."""
    order = _course(session, subject_id)
    placed = images.series_of_timepoints(session, list(order))
    roles = images.roles_of_series(session, [series.id for _, series in placed])
    found: dict[str, list[Candidate]] = {}
    for timepoint_id, series in placed:
        if series.frame_of_reference_uid is None:
            continue
        for row in _in_force([role for role in roles if role.series_id == series.id]):
            role = Role(row.role)
            if role in (*STANDING_ROLES, *DIFFUSION_ROLES):
                frame = PlacedFrame(series.frame_of_reference_uid, order[timepoint_id], role)
                candidate = Candidate(frame, series, row.confidence, RoleProposal.from_json(row.proposal))
                found.setdefault(frame.frame_uid, []).append(candidate)
    return found


def _course(session: Session, subject_id: UUID) -> dict[UUID, int]:
    """Return the subject's timepoints by their place in the course: in order of their first examination."""
    timepoints = {row.id: row.code for row in registry.timepoints(session, subject_id)}
    first_on: dict[UUID, date] = {}
    for study in images.studies_of_timepoints(session, list(timepoints)):
        if study.study_on is not None:
            first_on.setdefault(study.timepoint_id, study.study_on)
    ordered = sorted(timepoints, key=lambda one: (first_on.get(one, date.max), timepoints[one]))
    return {timepoint_id: place for place, timepoint_id in enumerate(ordered)}


def _in_force(roles: Sequence[SeriesRole]) -> Sequence[SeriesRole]:
    return [role for role in roles if role.confirmed_at is not None] or roles


def _sources(session: Session, candidates: Iterable[Candidate]) -> Iterator[FrameSource]:
    for candidate in candidates:
        source = source_of(candidate, planes(session, candidate))
        if source is not None:
            yield source


@dataclass(frozen=True, slots=True)
class PlacedPlane:
    """A frame of an instance (1-based), where it lies, and its b-value (s/mm2)."""

    instance: Instance
    number: int
    plane: Plane
    b_value: int | None


def source_of(candidate: Candidate, placed: Sequence[PlacedPlane] | None) -> FrameSource | None:
    """Return the planes as a source; None where they are no evenly spaced box."""
    try:
        stack = stack_of([item.plane for item in placed or ()])
    except NotAVolume:
        return None
    ordered = [(placed or ())[index] for index in stack.order]
    frames = tuple((item.instance, item.number) for item in ordered)
    return FrameSource(candidate.placed, candidate.series.series_uid, stack, frames, _digest(frames))


def planes(session: Session, candidate: Candidate) -> list[PlacedPlane] | None:
    """Return the planes that have the candidate's role; None where a header does not place one."""
    try:
        return list(_planes(session, candidate))
    except NotAVolume:
        return None


def _planes(session: Session, candidate: Candidate) -> Iterator[PlacedPlane]:
    wanted, numbers = candidate.proposal.sop_uids, candidate.proposal.frame_numbers
    instances = images.instances_of_series(session, [candidate.series.id])
    for instance, plain in zip(instances, images.instance_facts(session, candidate.series.id), strict=True):
        if wanted is not None and instance.sop_uid not in wanted:
            continue
        frames = InstanceFacts.from_json(plain).frames
        for number in numbers or range(1, len(frames) + 1):
            facts = frames[number - 1]
            plane = plane_of(facts, n_rows=instance.n_rows or 0, n_columns=instance.n_columns or 0)
            yield PlacedPlane(instance, number, plane, facts.b_value.displayed if facts.b_value else None)


def _digest(frames: Sequence[tuple[Instance, int]]) -> str:
    text = "\n".join(f"{instance.sop_uid} {number}" for instance, number in frames)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS]
