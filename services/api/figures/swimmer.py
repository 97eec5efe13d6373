"""The swimmer plot: one lane a lesion left in place, from surgery on; signs differ in shape, then in colour."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from casebook.domain.endpoint.followed import Lane, Sign
from casebook.domain.endpoint.words import STATUS_LABELS, reason_text
from casebook.domain.outcome import TruthStatus
from casebook.domain.study.model import OutcomeParameters
from casebook.domain.texts import Language, Text
from services.api.figures.shapes import (
    BLUE,
    GREEN,
    INK,
    LINE,
    MUTED,
    ORANGE,
    SMALL,
    VERMILLION,
    Figure,
    Look,
    Path,
    Run,
    Words,
    bold,
    box,
    fill,
    n,
    shortened,
    stroke,
    width_of,
    words,
)

WIDTH: Final = 1080.0
PLOT_LEFT, PLOT_RIGHT = 150.0, 698.0
SAID_X: Final = 712.0
"""The longest verdict fits between here and the edge."""
TOP: Final = 62.0
ROW: Final = 17.0
BAR: Final = 8.0
LANES_A_PAGE: Final = 50
TICK_EVERY_DAYS: Final = 180
DAYS_AFTER: Final = 60
"""Room behind the last day."""

SIGN_LABELS: Final[Mapping[Sign, Text]] = {
    Sign.CLEAR: Text("imaging, no recurrence at the site", "画像：同部位の再発なし"),
    Sign.UNCLEAR: Text("imaging not adequate for the site", "画像：同部位の判定不能"),
    Sign.RECURRENCE: Text("recurrence at the site", "同部位の再発"),
    Sign.TREATED: Text("site treated", "同部位の治療"),
    Sign.DEATH: Text("death", "死亡"),
    Sign.LEFT: Text("end of follow-up", "追跡終了"),
}
_BARS: Final[Mapping[TruthStatus, Look]] = {
    TruthStatus.NON_VIABLE: {**fill("#cfe6f5"), "stroke": BLUE, "stroke-width": 1.0},
    TruthStatus.VIABLE: {**fill("#f6d3bd"), "stroke": VERMILLION, "stroke-width": 1.0},
    TruthStatus.NOT_EVALUABLE: {**fill("#ffffff"), "stroke": MUTED, "stroke-width": 1.0, "stroke-dasharray": "4 3"},
    TruthStatus.PENDING: {**fill("#ffffff"), "stroke": MUTED, "stroke-width": 1.0, "stroke-dasharray": "1 2.5"},
}
"""Frames told apart without colour: whole, whole with a line within (see `_bar`), broken, dotted."""

Address = Callable[[Lane], str]


def swimmer_figure(
    lanes: Sequence[Lane],
    *,
    n_all: int,
    rule: OutcomeParameters,
    language: Language,
    address: Address,
    title: str,
    note: str,
) -> Figure:
    """Draw some lanes of `n_all`, as ordered; the horizon of the rule as a line, its windows shaded."""
    last = max([rule.horizon_days + rule.late_window_days, *(lane.until_day for lane in lanes)]) + DAYS_AFTER
    scale = _Scale(last)
    bottom = TOP + ROW * len(lanes) + 6
    shapes: list[Words | Path] = [*_frame(scale, rule, bottom, language)]
    for number, lane in enumerate(lanes):
        shapes += _lane(lane, TOP + ROW * number + ROW / 2 + 2, scale, language, address)
    shapes += _legend(bottom + 44, language)
    shown = Text(
        f"{len(lanes)} of {n_all} lesions are drawn. {note}", f"{n_all}病変のうち{len(lanes)}病変を表示。{note}"
    )
    shapes.append(words(10, bottom + 92, shown.into(language), size=SMALL, colour=MUTED))
    described = "; ".join(
        f"{lane.patient} {lane.label}: {STATUS_LABELS[lane.status].into(language)}, {lane.until_day}" for lane in lanes
    )
    return Figure(WIDTH, bottom + 102, title, described, shapes, language)


class _Scale:
    """Days on the drawing."""

    def __init__(self, last_day: int) -> None:
        self.last_day = last_day

    def x(self, day: int) -> float:
        return PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * max(0, day) / self.last_day


def _frame(scale: _Scale, rule: OutcomeParameters, bottom: float, language: Language) -> Iterator[Words | Path]:
    opens, closes = rule.horizon_days - rule.early_window_days, rule.horizon_days + rule.late_window_days
    left = scale.x(opens)
    yield Path(box(left, TOP - 4, scale.x(closes) - left, bottom - TOP + 4), fill("#eef1f4"))
    for day in range(0, scale.last_day + 1, TICK_EVERY_DAYS):
        yield Path(f"M{n(scale.x(day))} {n(TOP - 4)}V{n(bottom)}", stroke("#dde3e9"))
        yield words(scale.x(day), bottom + 16, str(day), anchor="middle", size=SMALL, colour=MUTED)
    x = scale.x(rule.horizon_days)
    yield Path(f"M{n(x)} {n(TOP - 10)}V{n(bottom)}", stroke(INK, 1.6, **{"stroke-dasharray": "6 3"}))
    horizon = Text(
        f"horizon, day {rule.horizon_days} (window {opens} – {closes})",
        f"判定時点 {rule.horizon_days}日（許容 {opens} – {closes}日）",
    )
    yield words(PLOT_RIGHT, TOP - 36, horizon.into(language), anchor="end", size=SMALL)
    yield Path(f"M{n(x)} {n(TOP - 10)}V{n(TOP - 32)}", stroke(INK, 1.0))
    yield Path(f"M{n(PLOT_LEFT)} {n(TOP - 4)}V{n(bottom)}H{n(PLOT_RIGHT)}", stroke(LINE))
    days = Text("days from surgery", "手術からの日数")
    yield words(PLOT_LEFT, TOP - 16, days.into(language), size=SMALL, colour=MUTED)
    yield words(10, TOP - 16, Text("patient, lesion", "患者・病変").into(language), size=SMALL, colour=MUTED)
    verdict = Text("what the rule says", "規則による判定")
    yield words(SAID_X, TOP - 16, verdict.into(language), size=SMALL, colour=MUTED)


def _lane(lane: Lane, y: float, scale: _Scale, language: Language, address: Address) -> Iterator[Words | Path]:
    status, end = STATUS_LABELS[lane.status].into(language), scale.x(lane.until_day)
    yield Words(10, y + 4, (Run(f"{lane.patient} {lane.label}", address(lane)),), size=SMALL)
    yield from _bar(lane.status, PLOT_LEFT, y, max(1.0, end - PLOT_LEFT))
    if lane.goes_on:
        yield Path(f"M{n(end)} {n(y)}h16m-5 -4l5 4l-5 4", stroke(MUTED, 1.4))
    for mark in lane.marks:
        said = f"{lane.patient} {lane.label}: {SIGN_LABELS[mark.sign].into(language)}, {mark.day}"
        yield _sign(mark.sign, scale.x(mark.day), y, said)
    said = shortened(f"{status} · {reason_text(lane.reason).into(language)}", WIDTH - SAID_X - 6, SMALL)
    yield words(SAID_X, y + 4, said, size=SMALL)


def _bar(status: TruthStatus, x: float, y: float, width: float) -> Iterator[Path]:
    yield Path(box(x, y - BAR / 2, width, BAR), _BARS[status])
    if status is TruthStatus.VIABLE:
        yield Path(f"M{n(x)} {n(y)}h{n(width)}", stroke(VERMILLION, 2.0))


def _sign(sign: Sign, x: float, y: float, said: str = "") -> Path:
    """Draw a sign: ring, short bar, filled triangle, diamond, cross, square."""
    at = f"M{n(x)} {n(y)}"
    drawn: Mapping[Sign, tuple[str, Look]] = {
        Sign.CLEAR: (
            f"M{n(x - 4)} {n(y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
            {**fill("#ffffff"), "stroke": GREEN, "stroke-width": 1.8},
        ),
        Sign.UNCLEAR: (
            f"M{n(x - 4)} {n(y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M{n(x - 3)} {n(y + 3)}l6 -6",
            {**fill("#ffffff"), "stroke": "#8f5b00", "stroke-width": 1.5},
        ),
        Sign.RECURRENCE: (f"{at}m0 -6l6 10.5h-12Z", fill(VERMILLION, stroke=INK, **{"stroke-width": 0.6})),
        Sign.TREATED: (f"{at}m0 -6l6 6l-6 6l-6 -6Z", fill(ORANGE, stroke=INK, **{"stroke-width": 0.8})),
        Sign.DEATH: (f"{at}m-4.5 -4.5l9 9m0 -9l-9 9", stroke("#000000", 2.2)),
        Sign.LEFT: (f"{at}m-5 -7h5v14h-5", stroke(INK, 1.8)),
    }
    outline, look = drawn[sign]
    return Path(outline, look, said)


def _legend(y: float, language: Language) -> Iterator[Words | Path]:
    x = 10.0
    for sign, text in SIGN_LABELS.items():
        label = text.into(language)
        yield _sign(sign, x + 8, y - 4)
        yield words(x + 20, y, label, size=SMALL)
        x += 38 + width_of(label, SMALL)
    x = 10.0
    for status in _BARS:
        label = STATUS_LABELS[status].into(language)
        yield from _bar(status, x, y + 16, 26)
        yield words(x + 34, y + 21, label, size=SMALL)
        x += 54 + width_of(label, SMALL)
    pending = Text("→ follow-up goes on", "→ 追跡継続中")
    yield bold(x, y + 21, pending.into(language), size=SMALL)
