"""Time to recurrence at the site: recurrence-free lesions, and recurrence beside death as a competing event."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.texts import Language, Text
from casebook.stats.intervals import Interval
from casebook.stats.probabilities import Probability, at_horizon
from casebook.stats.rounding import percent
from casebook.stats.survival import Curves, Observation, Status
from services.api.figures.shapes import (
    BLUE,
    INK,
    LINE,
    MUTED,
    SMALL,
    VERMILLION,
    Figure,
    Path,
    Words,
    bold,
    fill,
    n,
    stroke,
    words,
)

WIDTH: Final = 1080.0
PANEL_WIDTH: Final = 440.0
PANELS_X: Final = (60.0, 620.0)
TOP, BOTTOM = 60.0, 300.0
TICK_EVERY_DAYS: Final = 180
HEIGHT: Final = 440.0
AT_RISK_Y: Final = 364.0
MOST_TICKS: Final = 400
"""Censorings that are drawn; more run into one line."""


@dataclass(frozen=True, slots=True)
class _Panel:
    """A frame of days and shares."""

    left: float
    last_day: int

    def x(self, day: int) -> float:
        return self.left + PANEL_WIDTH * min(day, self.last_day) / self.last_day

    def y(self, share: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * share

    def steps(self, points: Sequence[tuple[int, float]], until_day: int) -> str:
        """A step curve through (day, share), level until the last day."""
        d = f"M{n(self.x(points[0][0]))} {n(self.y(points[0][1]))}"
        for day, share in points[1:]:
            d += f"H{n(self.x(day))}V{n(self.y(share))}"
        return f"{d}H{n(self.x(until_day))}"


def curves_figure(
    found: Curves,
    observations: Sequence[Observation],
    *,
    horizon_days: int,
    level: float,
    language: Language,
    title: str,
    note: str,
) -> Figure:
    """Draw both curves until the last day of observation, with the values at the horizon and who is still at risk."""
    last = max(found.last_day, horizon_days) + 30
    free, events = (_Panel(left, last) for left in PANELS_X)
    probabilities = at_horizon(found, horizon_days, level=level)
    heads = (
        (free, Text("Without recurrence at the site (Kaplan-Meier)", "同部位の無再発（カプラン・マイヤー法）")),
        (events, Text("Recurrence and death (Aalen-Johansen)", "再発と死亡の累積発生（Aalen-Johansen法）")),
    )
    shapes: list[Words | Path] = []
    for panel, head in heads:
        shapes.append(bold(panel.left, 20, head.into(language)))
        shapes += _frame(panel, horizon_days, language)
        shapes += _at_risk(panel, observations, language)
    shapes += _band(free, found, level)
    shapes.append(
        Path(
            free.steps([(0, 1.0), *((step.day, step.recurrence_free) for step in found.steps)], found.last_day),
            stroke(BLUE, 2.0),
        )
    )
    shapes += _censored(free, found, observations)
    shapes += _incidences(events, found, language)
    said = [
        (free, Text("without recurrence", "無再発"), probabilities.recurrence_free),
        (events, Text("recurrence", "再発"), probabilities.incidence_recurrence),
    ]
    for panel, text, probability in said:
        day = Text(f"day {horizon_days}", f"{horizon_days}日").into(language)
        line = f"{day}: {text.into(language)} {_said(probability)}"
        shapes.append(words(panel.left, 40, line, size=SMALL))
    shapes.append(words(PANELS_X[0] - 50, HEIGHT - 14, note, size=SMALL, colour=MUTED))
    described = "; ".join(f"{text.into(language)} {_said(probability)}" for _, text, probability in said)
    return Figure(WIDTH, HEIGHT, title, described, shapes, language)


def _said(probability: Probability) -> str:
    if probability.value is None:
        return "–"
    interval = probability.interval
    if interval is None:
        return percent(probability.value)
    return f"{percent(probability.value)} ({percent(interval.lower).removesuffix(' %')} – {percent(interval.upper)})"


def _frame(panel: _Panel, horizon_days: int, language: Language) -> Iterator[Words | Path]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = panel.y(share)
        yield Path(f"M{n(panel.left)} {n(y)}h{n(PANEL_WIDTH)}", stroke("#dde3e9"))
        yield words(panel.left - 8, y + 4, percent(share, 0), anchor="end", size=SMALL, colour=MUTED)
    for day in range(0, panel.last_day + 1, TICK_EVERY_DAYS):
        yield words(panel.x(day), BOTTOM + 18, str(day), anchor="middle", size=SMALL, colour=MUTED)
        yield Path(f"M{n(panel.x(day))} {n(BOTTOM)}v4", stroke(LINE))
    x = panel.x(horizon_days)
    yield Path(f"M{n(x)} {n(TOP)}V{n(BOTTOM)}", stroke(INK, 1.4, **{"stroke-dasharray": "6 3"}))
    days = Text("days from surgery", "手術からの日数")
    yield words(panel.left + PANEL_WIDTH, BOTTOM + 36, days.into(language), anchor="end", size=SMALL, colour=MUTED)


def _at_risk(panel: _Panel, observations: Sequence[Observation], language: Language) -> Iterator[Words]:
    yield words(
        panel.left - 8,
        AT_RISK_Y - 4,
        Text("lesions at risk", "リスク集合の病変数").into(language),
        size=SMALL,
        colour=MUTED,
    )
    for day in range(0, panel.last_day + 1, TICK_EVERY_DAYS):
        at_risk = sum(item.day >= day for item in observations)
        yield words(panel.x(day), AT_RISK_Y + 16, str(at_risk), anchor="middle", size=SMALL)


def _band(panel: _Panel, found: Curves, level: float) -> Iterator[Path]:
    """Draw the pointwise interval, clustered in patients, as far as there is one."""
    known: list[tuple[int, Interval]] = []
    for step in found.steps:
        interval = at_horizon(found, step.day, level=level).recurrence_free.interval
        if interval is not None:
            known.append((step.day, interval))
    if not known:
        return
    ends = [*(day for day, _ in known[1:]), found.last_day]
    d = "".join(
        f"M{n(panel.x(day))} {n(panel.y(interval.upper))}H{n(panel.x(end))}V{n(panel.y(interval.lower))}"
        f"H{n(panel.x(day))}Z"
        for (day, interval), end in zip(known, ends, strict=True)
    )
    yield Path(d, fill("#d9eaf5"))


def _censored(panel: _Panel, found: Curves, observations: Sequence[Observation]) -> Iterator[Path]:
    days = sorted({item.day for item in observations if item.status is not Status.RECURRENCE})[:MOST_TICKS]
    d = "".join(f"M{n(panel.x(day))} {n(panel.y(found.recurrence_free(day)) - 4)}v8" for day in days)
    if d:
        yield Path(d, stroke(INK, 1.0))


def _incidences(panel: _Panel, found: Curves, language: Language) -> Iterator[Words | Path]:
    kinds: Sequence[tuple[Text, Callable[[int], float], str, str]] = (
        (Text("recurrence", "再発"), found.incidence_recurrence, VERMILLION, ""),
        (Text("death", "死亡"), found.incidence_death, INK, "6 4"),
    )
    ends = [panel.y(value(found.last_day)) for _, value, _, _ in kinds]
    above = [min(ends[0], ends[1] - 18) - 6, ends[1] - 6]
    for place, (text, value, colour, dashes) in enumerate(kinds):
        points = [(0, 0.0), *((step.day, value(step.day)) for step in found.steps)]
        look = stroke(colour, 2.0, **({"stroke-dasharray": dashes} if dashes else {}))
        yield Path(panel.steps(points, found.last_day), look)
        x = panel.x(found.last_day) - 6
        yield words(x, above[place], text.into(language), anchor="end", size=SMALL, colour=INK)
