"""The forest plot: shares with their intervals, squares by weight, the study's threshold as a line."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.texts import Language, Text
from casebook.stats.clustered import ClusteredProportion
from casebook.stats.intervals import Interval
from casebook.stats.rounding import percent
from services.api.figures.shapes import (
    ACCENT,
    INK,
    LINE,
    MUTED,
    SMALL,
    VERMILLION,
    Figure,
    Path,
    Run,
    Words,
    bold,
    box,
    fill,
    n,
    shortened,
    stroke,
    words,
)

WIDTH: Final = 1080.0
LABEL_X, INDENT = 10.0, 14.0
COUNT_X: Final = 410.0
PATIENTS_X: Final = 480.0
PLOT_LEFT, PLOT_RIGHT = 510.0, 830.0
SHARE_X: Final = 850.0
ROW: Final = 24.0
TOP: Final = 52.0
SMALLEST, LARGEST = 5.0, 15.0
"""The side of a square, from the lightest to the heaviest line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One estimate. `weight` is its lesions; `is_exact` where the data are degenerate and an exact interval stands."""

    label: str
    counts: tuple[Run, ...]
    patients: str
    p: float | None
    interval: Interval | None
    weight: float
    is_primary: bool = False
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under a heading."""

    heading: str
    lines: Sequence[Line]


def line_of(
    label: str,
    estimate: ClusteredProportion,
    interval: Interval | None,
    *,
    hrefs: tuple[str, str],
    is_primary: bool = False,
) -> Line:
    """A line from an estimate; `hrefs` lead to its non-viable and to its evaluable lesions."""
    return Line(
        label=label,
        counts=(Run(str(estimate.y), hrefs[0]), Run(" / "), Run(str(estimate.n), hrefs[1])),
        patients=str(estimate.m),
        p=estimate.p,
        interval=interval,
        weight=float(estimate.n),
        is_primary=is_primary,
        is_exact=estimate.degenerate is not None,
    )


def forest_figure(
    groups: Sequence[Group], *, threshold: float, level: float, polarity: str, language: Language, title: str, note: str
) -> Figure:
    """Draw groups of estimates on one scale from 0 to 100 %."""
    heaviest = max((line.weight for group in groups for line in group.lines), default=1.0)
    shapes: list[Words | Path] = []
    y = TOP
    rows: list[Words | Path] = []
    for group in groups:
        if group.heading:
            rows.append(bold(LABEL_X, y + 16, group.heading))
            y += ROW
        for line in group.lines:
            rows += _row(line, y, heaviest, indent=INDENT if group.heading else 0.0)
            y += ROW
        y += 6
    shapes += _axis(y, threshold, level, language)
    shapes += rows
    shapes.append(words(LABEL_X, y + 38, polarity, size=SMALL, colour=INK))
    shapes.append(words(LABEL_X, y + 56, note, size=SMALL, colour=MUTED))
    described = "; ".join(f"{line.label}: {_said(line)}" for group in groups for line in group.lines)
    return Figure(WIDTH, y + 66, title, described, shapes, language)


def place(share: float) -> float:
    """Where a share lies on the scale."""
    return PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * share


def _axis(bottom: float, threshold: float, level: float, language: Language) -> Iterator[Words | Path]:
    heads = (
        (COUNT_X, Text("non-viable / evaluable", "残存なし / 評価可能")),
        (PATIENTS_X, Text("patients", "患者")),
    )
    for x, text in heads:
        yield words(x, TOP - 10, text.into(language), anchor="end", size=SMALL, colour=MUTED)
    share = Text(f"share ({percent(level, 0)} interval)", f"割合（{percent(level, 0)}信頼区間）")
    yield words(SHARE_X, TOP - 10, share.into(language), size=SMALL, colour=MUTED)
    yield Path(f"M{n(LABEL_X)} {n(TOP - 2)}H{n(WIDTH - 10)}", stroke(LINE))
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = place(value)
        yield Path(f"M{n(x)} {n(TOP - 2)}V{n(bottom)}", stroke("#dde3e9"))
        yield words(x, bottom + 16, percent(value, 0), anchor="middle", size=SMALL, colour=MUTED)
    x = place(threshold)
    yield Path(f"M{n(x)} {n(TOP - 14)}V{n(bottom)}", stroke(VERMILLION, 1.5, **{"stroke-dasharray": "5 3"}))
    said = Text(f"threshold {percent(threshold, 0)}", f"閾値 {percent(threshold, 0)}").into(language)
    yield words(x, TOP - 20, said, anchor="middle", size=SMALL)


def _row(line: Line, y: float, heaviest: float, *, indent: float) -> Iterator[Words | Path]:
    baseline, middle = y + 16, y + 12
    if line.is_primary:
        yield Path(box(LABEL_X - 6, y + 1, WIDTH - 8, ROW - 2), fill("#eef6f5"))
    label = shortened(line.label, COUNT_X - LABEL_X - indent - 110)
    yield Words(LABEL_X + indent, baseline, (Run(label, is_bold=line.is_primary),))
    yield Words(COUNT_X, baseline, line.counts, anchor="end")
    yield words(PATIENTS_X, baseline, line.patients, anchor="end")
    yield Words(SHARE_X, baseline, (Run(_said(line), is_bold=line.is_primary),))
    if line.p is None:
        return
    if line.interval is not None:
        yield from _interval(line.interval, middle, dashed=line.is_exact)
    yield _square(line, middle, heaviest)


def _square(line: Line, middle: float, heaviest: float) -> Path:
    assert line.p is not None
    side = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(line.weight / heaviest) if heaviest else SMALLEST
    colour = ACCENT if line.is_primary else INK
    look = {**fill("#ffffff"), "stroke": colour, "stroke-width": 1.5} if line.is_exact else fill(colour)
    return Path(box(place(line.p) - side / 2, middle - side / 2, side, side), look, f"{line.label}: {_said(line)}")


def _interval(interval: Interval, y: float, *, dashed: bool) -> Iterator[Path]:
    """Draw the interval; where it leaves the scale, an arrowhead says so."""
    lower, upper = max(interval.lower, 0.0), min(interval.upper, 1.0)
    dashes = {"stroke-dasharray": "4 3"} if dashed else {}
    yield Path(f"M{n(place(lower))} {n(y)}H{n(place(upper))}", stroke(INK, 1.4, **dashes))
    for end, is_clipped, way in ((lower, interval.lower < 0, 1), (upper, interval.upper > 1, -1)):
        x = place(end)
        if is_clipped:
            yield Path(f"M{n(x)} {n(y)}l{n(8.0 * way)} -5v10Z", fill(INK))
        else:
            yield Path(f"M{n(x)} {n(y - 4)}v8", stroke(INK, 1.4))


def _said(line: Line) -> str:
    if line.p is None:
        return "–"
    if line.interval is None:
        return percent(line.p)
    return f"{percent(line.p)} ({percent(line.interval.lower).removesuffix(' %')} – {percent(line.interval.upper)})"
