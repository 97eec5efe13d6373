"""Where lesions stand on the drawing of the liver: by Couinaud segment, seen from the front."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.actions.patient import OpenPatient
from casebook.domain.cdlm import Blocking, Cdlm, CdlmStatus

SEGMENT_AT: Final[Mapping[str, tuple[int, int]]] = {
    "I": (149, 104),
    "II": (212, 40),
    "III": (209, 72),
    "IVa": (156, 36),
    "IVb": (156, 72),
    "V": (104, 128),
    "VI": (50, 124),
    "VII": (48, 64),
    "VIII": (104, 52),
}
"""Middle of each segment, in the units of the drawing (268 x 190)."""
APART: Final = 17
"""Between lesions of one segment."""
IN_A_ROW: Final = 2


@dataclass(frozen=True, slots=True)
class MapMark:
    """A lesion on the map with the mark that sums up its read."""

    label: str
    x: int
    y: int
    kind: str


def liver_map(patient: OpenPatient) -> list[MapMark]:
    """Return a mark per lesion; lesions of one segment stand side by side."""
    marks: list[MapMark] = []
    by_segment: dict[str, list[str]] = defaultdict(list)
    kinds = {}
    for lesion in patient.lesions:
        by_segment[lesion.segment].append(lesion.label)
        kinds[lesion.label] = summary(patient.course.cdlm(lesion)) if patient.course else "open"
    for segment, labels in by_segment.items():
        marks += [
            MapMark(label, x, y, kinds[label]) for label, (x, y) in zip(labels, _around(segment, labels), strict=True)
        ]
    return marks


def _around(segment: str, labels: Sequence[str]) -> list[tuple[int, int]]:
    x, y = SEGMENT_AT.get(segment, SEGMENT_AT["I"])
    n_columns = min(IN_A_ROW, len(labels))
    left = x - (n_columns - 1) * APART
    return [(left + 2 * APART * (n % IN_A_ROW), y + APART * (n // IN_A_ROW)) for n in range(len(labels))]


def summary(cdlm: Cdlm) -> str:
    """Return the one mark for all sequences: seen somewhere, gone everywhere, not to be judged, or not read yet."""
    if cdlm.status is CdlmStatus.YES:
        return "not-visible"
    if cdlm.status is CdlmStatus.NO:
        return "visible"
    return "open" if any(block.what is Blocking.MISSING for block in cdlm.blocked_by) else "not-evaluable"
