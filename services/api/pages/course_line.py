"""Where the events of a course stand on its line: in proportion to time, moved apart so that no labels touch.

Lengths are in the units of the drawing, about a pixel each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.api.pages.course_events import Event, Span

WIDTH: Final = 1320
LEFT: Final = 64
RIGHT: Final = WIDTH - 64
POINT_GAP: Final = 44
LABEL_GAP: Final = 124
"""Between events whose labels stand on one side."""
SPAN_LENGTH: Final = 190
"""At least, so that the words of a span have room."""


@dataclass(frozen=True, slots=True)
class Point:
    """An event with its place."""

    x: int
    event: Event


@dataclass(frozen=True, slots=True)
class Bar:
    """A span with its place."""

    x: int
    width: int
    span: Span

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A drawn course; `today_x` is None where today lies outside of it."""

    points: tuple[Point, ...]
    bars: tuple[Bar, ...]
    today_x: int | None = None


@dataclass(frozen=True, slots=True)
class _Stop:
    """What takes room on the line: an event, or the start or end of a span."""

    on: date | None
    rank: int
    event: Event | None = None
    ends: int | None = None
    starts: int | None = None


def course_line(events: Sequence[Event], spans: Sequence[Span], *, today: date) -> CourseLine:
    """Place events and spans on the line, earliest first; undated events come last."""
    stops = _stops(events, spans, today)
    places = _places(stops)
    starts = {stop.starts: x for stop, x in zip(stops, places, strict=True) if stop.starts is not None}
    ends = {stop.ends: x for stop, x in zip(stops, places, strict=True) if stop.ends is not None}
    return CourseLine(
        points=tuple(Point(x, stop.event) for stop, x in zip(stops, places, strict=True) if stop.event is not None),
        bars=tuple(Bar(starts[n], ends[n] - starts[n], span) for n, span in enumerate(spans)),
        today_x=_today(stops, places, today),
    )


def _today(stops: Sequence[_Stop], places: Sequence[int], today: date) -> int | None:
    """Return where today stands between the nearest days before and after it, which need not be in proportion."""
    dated = [(stop.on, x) for stop, x in zip(stops, places, strict=True) if stop.on is not None]
    before = max((item for item in dated if item[0] <= today), default=None)
    after = min((item for item in dated if item[0] > today), default=None)
    if before is None or after is None:
        return None
    return before[1] + round((after[1] - before[1]) * ((today - before[0]).days / (after[0] - before[0]).days))


def _stops(events: Sequence[Event], spans: Sequence[Span], today: date) -> list[_Stop]:
    stops = [_Stop(event.on, rank, event=event) for rank, event in enumerate(events)]
    for number, span in enumerate(spans):
        stops.append(_Stop(span.start_on, -1, starts=number))
        stops.append(_Stop(max(span.start_on, span.end_on or today), len(events), ends=number))
    return sorted(stops, key=lambda stop: (stop.on is None, stop.on or date.max, stop.rank))


def _places(stops: Sequence[_Stop]) -> list[int]:
    wanted = _in_proportion(stops)
    for n in range(len(stops)):
        wanted[n] = max([wanted[n], *(wanted[m] + _gap(stops, m, n) for m in range(n))])
    if wanted and wanted[-1] > RIGHT:
        wanted[-1] = RIGHT
        for n in reversed(range(len(stops) - 1)):
            wanted[n] = min([wanted[n], *(wanted[m] - _gap(stops, n, m) for m in range(n + 1, len(stops)))])
    return [round(x) for x in _fitted(wanted)]


def _fitted(places: list[float]) -> list[float]:
    """Squeeze a line that has too many labels for its length."""
    if not places or places[0] >= LEFT:
        return places
    scale = (RIGHT - LEFT) / (places[-1] - places[0])
    return [LEFT + (x - places[0]) * scale for x in places]


def _in_proportion(stops: Sequence[_Stop]) -> list[float]:
    days = [stop.on for stop in stops if stop.on is not None]
    if not days:
        return [float(LEFT)] * len(stops)
    first, length = days[0], max(1, (days[-1] - days[0]).days)
    return [LEFT + (RIGHT - LEFT) * ((stop.on - first).days / length) if stop.on else float(LEFT) for stop in stops]


def _gap(stops: Sequence[_Stop], earlier: int, later: int) -> int:
    """Return how far apart two stops must be at least."""
    one, other = stops[earlier], stops[later]
    if one.starts is not None and one.starts == other.ends:
        return SPAN_LENGTH
    if one.event and other.event and one.event.above is other.event.above:
        return LABEL_GAP
    return POINT_GAP if later == earlier + 1 else 0
