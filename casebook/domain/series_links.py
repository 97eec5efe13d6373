"""How two series lie to each other, by what that is known and how wrong it may be. Never a silent identity.

Breathing moves the liver between series of one frame of reference, so a series has a place of its own in its frame:
measured against the series that stands for the frame, set by a reader's landmarks, or not known. Between frames of
reference the link of those two series holds, unless a reader's landmarks say better. Errors add as independent.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.imaging import LocationBasis, SeriesRole
from casebook.domain.rigid import IDENTITY, Matrix, followed_by, inverted, shifted_by
from casebook.domain.series_facts import Vector

DIFFUSION_ROLES: Final = frozenset({SeriesRole.DWI, SeriesRole.ADC})


@dataclass(frozen=True, slots=True)
class Link:
    """A known transform between two frames of reference, made from the series that stand for them."""

    from_frame_uid: str
    to_frame_uid: str
    basis: LocationBasis
    matrix: Matrix
    quality_mm: float | None = None


@dataclass(frozen=True, slots=True)
class ShownSeries:
    """A series, or the part of it that has one role, and its frame of reference; `role` None where nobody told."""

    series_uid: str
    frame_uid: str | None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class SeriesOffset:
    """How breathing moved a series of a frame of reference: p_series = p_standing + shift (LPS, mm).

    `standing` is the series that stands for the frame.
    """

    standing: ShownSeries
    series: ShownSeries
    shift_mm: Vector
    quality_mm: float


@dataclass(frozen=True, slots=True)
class Correction:
    """What a reader's landmarks say: p_to = matrix . p_from, with what remains between the pairs."""

    from_series: ShownSeries
    to_series: ShownSeries
    matrix: Matrix
    residual_mm: float | None


@dataclass(frozen=True, slots=True)
class KnownLinks:
    """All that is known about a subject's images; later corrections count before earlier ones."""

    links: Sequence[Link] = ()
    offsets: Sequence[SeriesOffset] = ()
    corrections: Sequence[Correction] = ()


@dataclass(frozen=True, slots=True)
class SeriesLink:
    """p_b = matrix . p_a, by what, and the estimated error where there is one; no matrix where nothing is known.

    `is_breathing_known` is false where breathing may have moved the liver between the two and nobody measured it.
    """

    basis: LocationBasis
    matrix: Matrix | None = None
    quality_mm: float | None = None
    is_breathing_known: bool = False


NOT_LINKED = SeriesLink(LocationBasis.NOT_KNOWN)


def link_between(known: KnownLinks, a: ShownSeries, b: ShownSeries) -> SeriesLink:
    """Return how points of `a` are carried to `b`."""
    if a.series_uid == b.series_uid and a.role == b.role:
        return SeriesLink(LocationBasis.SAME_FRAME, IDENTITY, 0.0, is_breathing_known=True)
    for correction in reversed(known.corrections):
        if (matrix := _direct(correction, a, b)) is not None:
            return SeriesLink(LocationBasis.LANDMARKS, matrix, correction.residual_mm, is_breathing_known=True)
    if a.frame_uid is None or b.frame_uid is None:
        return NOT_LINKED
    if _is_one_breath(known.offsets, a, b):
        return SeriesLink(LocationBasis.BREATHING, IDENTITY, 0.0, is_breathing_known=True)
    start, end = _place(known, a), _place(known, b)
    if a.frame_uid == b.frame_uid:
        return _within(start, end)
    between = _best(list(_between(known, a.frame_uid, b.frame_uid)))
    return NOT_LINKED if between is None else _across(start, between, end)


@dataclass(frozen=True, slots=True)
class _Step:
    """A transform with what it rests on; the error is None where it is not known."""

    matrix: Matrix
    basis: LocationBasis
    quality_mm: float | None


_UNMEASURED = _Step(IDENTITY, LocationBasis.SAME_FRAME, None)
_STANDING = _Step(IDENTITY, LocationBasis.BREATHING, 0.0)


def _direct(correction: Correction, a: ShownSeries, b: ShownSeries) -> Matrix | None:
    pair = (correction.from_series.series_uid, correction.to_series.series_uid)
    if pair == (a.series_uid, b.series_uid):
        return correction.matrix
    return inverted(correction.matrix) if pair == (b.series_uid, a.series_uid) else None


def _place(known: KnownLinks, series: ShownSeries, seen: frozenset[str] = frozenset()) -> _Step:
    """From the series that stands for the frame of reference to this one."""
    for correction in reversed(known.corrections):
        first = correction.from_series
        is_within = first.frame_uid == series.frame_uid and not _is_one_breath(known.offsets, first, series)
        is_placed = correction.to_series.series_uid == series.series_uid or _is_one_breath(
            known.offsets, correction.to_series, series
        )
        if is_within and is_placed and first.series_uid not in seen:
            before = _place(known, first, seen | {series.series_uid})
            step = _Step(correction.matrix, LocationBasis.LANDMARKS, correction.residual_mm)
            return _Step(followed_by(before.matrix, step.matrix), step.basis, _error(before, step))
    return _measured(known.offsets, series)


def _measured(offsets: Sequence[SeriesOffset], series: ShownSeries) -> _Step:
    own = [item for item in offsets if _is_of(item.series, series)]
    if len(own) == 1 or (own and series.role is not None):
        return _Step(shifted_by(own[0].shift_mm), LocationBasis.BREATHING, own[0].quality_mm)
    stands = not own and any(_is_of(item.standing, series) for item in offsets)
    return _STANDING if stands else _UNMEASURED


def measured_shift(offsets: Sequence[SeriesOffset], series: ShownSeries) -> tuple[Vector, float] | None:
    """Return how breathing moved a series in its frame, with the error; none for the one that stands for the frame."""
    step = _measured(offsets, series)
    if step.quality_mm is None:
        return None
    return (step.matrix[3], step.matrix[7], step.matrix[11]), step.quality_mm


def _is_one_breath(offsets: Sequence[SeriesOffset], a: ShownSeries, b: ShownSeries) -> bool:
    """Whether two series are diffusion and its coefficient of one acquisition: they were taken in the same breaths."""
    are_diffusion = {a.role, b.role} <= DIFFUSION_ROLES and a.frame_uid == b.frame_uid
    return are_diffusion and measured_shift(offsets, a) == measured_shift(offsets, b)


def _is_of(item: ShownSeries, series: ShownSeries) -> bool:
    return item.series_uid == series.series_uid and (series.role is None or item.role == series.role)


def _between(known: KnownLinks, start: str, end: str) -> Iterator[_Step]:
    """Ways from one frame of reference to another: landmarks, else a link, else two links by way of a third frame."""
    direct = _edge(known, start, end)
    if direct is not None:
        yield direct
        return
    frames = {uid for link in known.links for uid in (link.from_frame_uid, link.to_frame_uid)}
    frames |= {uid for item in known.corrections if (uid := item.from_series.frame_uid) is not None}
    frames |= {uid for item in known.corrections if (uid := item.to_series.frame_uid) is not None}
    for middle in sorted(frames - {start, end}):
        first, second = _edge(known, start, middle), _edge(known, middle, end)
        if first is not None and second is not None:
            basis = LocationBasis.REGISTERED if LocationBasis.REGISTERED in (first.basis, second.basis) else first.basis
            yield _Step(followed_by(first.matrix, second.matrix), basis, _error(first, second))


def _edge(known: KnownLinks, start: str, end: str) -> _Step | None:
    for correction in reversed(known.corrections):
        a, b = correction.from_series, correction.to_series
        if {a.frame_uid, b.frame_uid} == {start, end}:
            standing = followed_by(
                followed_by(_place(known, a).matrix, correction.matrix), inverted(_place(known, b).matrix)
            )
            matrix = standing if a.frame_uid == start else inverted(standing)
            return _Step(matrix, LocationBasis.LANDMARKS, correction.residual_mm)
    return _best(
        [
            _Step(link.matrix, link.basis, link.quality_mm)
            for link in known.links
            if (link.from_frame_uid, link.to_frame_uid) == (start, end)
        ]
    )


def _best(steps: Sequence[_Step]) -> _Step | None:
    return min(steps, key=lambda step: math.inf if step.quality_mm is None else step.quality_mm, default=None)


def _within(start: _Step, end: _Step) -> SeriesLink:
    bases = {start.basis, end.basis}
    matrix = followed_by(inverted(start.matrix), end.matrix)
    is_known = LocationBasis.SAME_FRAME not in bases
    if LocationBasis.LANDMARKS in bases:
        basis = LocationBasis.LANDMARKS
    else:
        basis = LocationBasis.BREATHING if is_known else LocationBasis.SAME_FRAME
    return SeriesLink(basis, matrix, _error(start, end) if is_known else None, is_known)


def _across(start: _Step, between: _Step, end: _Step) -> SeriesLink:
    matrix = followed_by(followed_by(inverted(start.matrix), between.matrix), end.matrix)
    is_known = LocationBasis.SAME_FRAME not in (start.basis, end.basis)
    return SeriesLink(between.basis, matrix, _error(start, between, end), is_known)


def _error(*steps: _Step) -> float | None:
    known = [step.quality_mm for step in steps if step.quality_mm is not None]
    return math.hypot(*known) if known else None
