"""Where lesions stand on the drawing of the liver at one timepoint: by Couinaud segment, seen from the front."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.actions.course import Course
from casebook.domain.cdlm import Blocking, Cdlm, CdlmStatus
from casebook.domain.imaging import SEGMENTS
from casebook.domain.lesion_events import LesionState, Origin, in_order
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint, TimepointKind
from casebook.store.lesion_history import RecordedEvent
from casebook.store.tables import Lesion

ENDED: Final = "ended"
CELL: Final = (42.0, 16.0)
"""Room that a mark with its label takes at full size, in the units of the drawing (268 x 196)."""


@dataclass(frozen=True, slots=True)
class Box:
    """The room for the lesions of a segment; its name stands above."""

    x: float
    y: float
    width: float
    height: float


BOXES: Final[Mapping[str, Box]] = {
    "I": Box(188, 128, 70, 48),
    "II": Box(188, 34, 62, 22),
    "III": Box(188, 68, 52, 20),
    "IVa": Box(136, 27, 44, 26),
    "IVb": Box(136, 65, 46, 30),
    "V": Box(85, 105, 48, 48),
    "VI": Box(29, 105, 50, 46),
    "VII": Box(28, 48, 46, 40),
    "VIII": Box(82, 30, 46, 56),
}
"""Within the outline of each segment; the caudate lobe has its room beside the liver, at the end of a line."""


@dataclass(frozen=True, slots=True)
class MapMark:
    """A lesion on the map: top left corner and size of its mark and label, and the mark that sums up its read."""

    label: str
    segment: str
    x: float
    y: float
    scale: float
    kind: str


@dataclass(frozen=True, slots=True)
class LiverMap:
    """The drawing of one timepoint, and the timepoints that it can be drawn for."""

    at: Timepoint
    timepoints: tuple[Timepoint, ...]
    marks: tuple[MapMark, ...]

    @property
    def by_segment(self) -> Mapping[str, Sequence[MapMark]]:
        """The same in words: the marks of each segment that has any, in the order of the segments."""
        found: dict[str, list[MapMark]] = defaultdict(list)
        for mark in self.marks:
            found[mark.segment].append(mark)
        return {segment: found[segment] for segment in SEGMENTS if segment in found}


def liver_map(
    definition: StudyDefinition,
    lesions: Sequence[Lesion],
    events: Sequence[RecordedEvent],
    course: Course | None,
    *,
    at: str | None = None,
) -> LiverMap:
    """Draw the lesions as they stood at a timepoint, by default the one before surgery; ended ones stay as thin rings.

    Without a course (for who may not see reads) lesions are open, except at baseline, whose list says what was seen.
    """
    timepoints = tuple(
        item for item in definition.timepoints if item.kind in {TimepointKind.BASELINE, TimepointKind.PREOPERATIVE}
    )
    shown = next((item for item in timepoints if item.code == at), timepoints[-1])
    order = [item.code for item in definition.timepoints]
    life = {lesion.label: _life(lesion, events, order) for lesion in lesions}
    here = order.index(shown.code)
    kinds = {
        lesion.label: ENDED if here >= life[lesion.label][1] else _kind(lesion, course, shown)
        for lesion in lesions
        if life[lesion.label][0] <= here
    }
    return LiverMap(shown, timepoints, _placed(lesions, kinds))


def _life(lesion: Lesion, events: Sequence[RecordedEvent], order: Sequence[str]) -> tuple[float, float]:
    """Return from which timepoint, and until which one, the lesion stood; one entered in error never did."""
    came = [event for event in events if lesion.label in event.came]
    ended = [event for event in events if lesion.label in event.ended]
    if lesion.state == LesionState.VOID:
        return (0 if ended else float("inf")), 0
    first = order.index(came[0].row.timepoint_code) if came and came[0].row.timepoint_code in order else 0
    last = order.index(ended[0].row.timepoint_code) if ended and ended[0].row.timepoint_code in order else None
    return first, float("inf") if last is None else last


def _kind(lesion: Lesion, course: Course | None, shown: Timepoint) -> str:
    found = course.cdlm_at(lesion, shown.code) if course else None
    if found is not None:
        return summary(found)
    is_listed = shown.kind is TimepointKind.BASELINE and lesion.origin == Origin.BASELINE
    return "visible" if is_listed else "open"


def _placed(lesions: Sequence[Lesion], kinds: Mapping[str, str]) -> tuple[MapMark, ...]:
    by_segment: dict[str, list[str]] = defaultdict(list)
    for lesion in lesions:
        if lesion.label in kinds and lesion.segment in BOXES:
            by_segment[lesion.segment].append(lesion.label)
    return tuple(
        MapMark(label, segment, x, y, scale, kinds[label])
        for segment, labels in by_segment.items()
        for label, (x, y, scale) in zip(sorted(labels, key=in_order), grid(BOXES[segment], len(labels)), strict=True)
    )


def grid(box: Box, n: int) -> list[tuple[float, float, float]]:
    """Return x, y and scale of `n` cells in a box: as large as they can be side by side, never larger than 1."""
    width, height = CELL
    scale, n_columns = max(
        (min(1.0, box.width / (columns * width), box.height / (-(-n // columns) * height)), -columns)
        for columns in range(1, n + 1)
    )
    n_columns = -n_columns
    n_rows = -(-n // n_columns)
    left = box.x + (box.width - min(n, n_columns) * width * scale) / 2
    top = box.y + (box.height - n_rows * height * scale) / 2
    return [
        (
            round(left + width * scale * (k % n_columns), 2),
            round(top + height * scale * (k // n_columns), 2),
            round(scale, 3),
        )
        for k in range(n)
    ]


def summary(cdlm: Cdlm) -> str:
    """Return the one mark for all sequences: seen somewhere, gone everywhere, not to be judged, or not read yet."""
    if cdlm.status is CdlmStatus.YES:
        return "not-visible"
    if cdlm.status is CdlmStatus.NO:
        return "visible"
    return "open" if any(block.what is Blocking.MISSING for block in cdlm.blocked_by) else "not-evaluable"
