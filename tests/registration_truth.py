"""How far links and expected places are from the truth of a sample patient."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casebook.dicom.deidentification.keyed import keyed_uid
from casebook.domain.lesion_location import Location
from casebook.domain.rigid import IDENTITY, transformed
from casebook.domain.series_links import KnownLinks, SeriesLink, ShownSeries, link_between
from casebook.installation import Installation
from casebook.store import series_links
from casebook.store.tables import Subject

Places = dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class TruePart:
    """A part of a series, and where its lesions truly lie (LPS, mm)."""

    timepoint: str
    role: str
    shown: ShownSeries
    places: Places


@dataclass(frozen=True, slots=True)
class PairError:
    """How far the link between two parts takes lesions from the truth; the farthest of them, mm."""

    a: TruePart
    b: TruePart
    link: SeriesLink
    error_mm: float
    uncorrected_mm: float
    """What an identity within a frame of reference would give; infinite between frames."""


def true_parts(
    installation: Installation, patient: dict[str, Any], timepoints: Sequence[str] = ("baseline",)
) -> list[TruePart]:
    """Return every part of every series of the patient at these timepoints; b-values of one acquisition count once."""
    found: dict[tuple[str, str], TruePart] = {}
    for timepoint in timepoints:
        for exam in patient["timepoints"][timepoint]:
            for series in exam["series"]:
                for part in series["parts"]:
                    uid, frame = (
                        keyed_uid(installation.settings.key, series[name])
                        for name in ("series_uid", "frame_of_reference_uid")
                    )
                    places = {label: tuple(mark["position_mm"]) for label, mark in part["lesions"].items()}
                    shown = ShownSeries(uid, frame, part["role"])
                    found.setdefault((uid, part["role"]), TruePart(timepoint, part["role"], shown, places))
    return list(found.values())


def known_of(installation: Installation, patient: dict[str, Any]) -> tuple[UUID, KnownLinks]:
    """Return the subject and what the machine knows about its images."""
    with installation.database.session() as session:
        subject_id = session.scalars(select(Subject.id).where(Subject.number == patient["subject"])).one()
        return subject_id, series_links.known_links(session, subject_id)


def pair_errors(installation: Installation, patient: dict[str, Any]) -> Iterator[PairError]:
    """Return the error of the linked cursor for every pair of parts at baseline."""
    parts = true_parts(installation, patient)
    _, known = known_of(installation, patient)
    for a in parts:
        for b in parts:
            if a is not b:
                link = link_between(known, a.shown, b.shown)
                error_mm = math.inf if link.matrix is None else _farthest(link.matrix, a.places, b.places)
                same = a.shown.frame_uid == b.shown.frame_uid
                yield PairError(a, b, link, error_mm, _farthest(IDENTITY, a.places, b.places) if same else math.inf)


def _farthest(matrix: tuple[float, ...], here: Places, there: Places) -> float:
    return max(math.dist(transformed(matrix, here[label]), there[label]) for label in here)


def place_error_mm(location: Location, part: TruePart, label: str) -> float:
    """Return how far a lesion's expected place on a part is from the truth; infinite where none is known."""
    return math.inf if location.position_mm is None else math.dist(location.position_mm, part.places[label])
