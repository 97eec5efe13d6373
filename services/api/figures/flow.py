"""The flow diagram: stations down the left, who leaves and why beside each step, every number a way to its list."""

from collections.abc import Callable, Iterator
from typing import Final

from casebook.domain.endpoint.flow import Flow, Leaving, Station
from casebook.domain.endpoint.picks import Pick
from casebook.domain.endpoint.places import Level
from casebook.domain.endpoint.words import STRATEGY_LABELS
from casebook.domain.outcome import TruthStatus
from casebook.domain.texts import Language, Text
from services.api.figures.shapes import (
    INK,
    MUTED,
    SMALL,
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
MAIN_X, MAIN_WIDTH, MAIN_HEIGHT = 10.0, 400.0, 58.0
SIDE_X, SIDE_WIDTH = 470.0, 600.0
STEP: Final = 18.0
GAP: Final = 14.0
PADDING: Final = 14.0
END_WIDTH: Final = 192.0

Address = Callable[[str, Pick], str]
"""The address of the list behind a number: of `lesions` or of `patients`."""

PATIENTS: Final = Text("patients", "例")
LESIONS: Final = Text("lesions", "病変")


def flow_figure(flow: Flow, *, language: Language, address: Address, note: str) -> Figure:
    """Draw the flow of a strategy; `note` is what stands below, such as the day and that it is interim."""
    pen = _Pen(flow, language, address)
    shapes: list[Words | Path] = []
    y = 10.0
    for number, station in enumerate(flow.stations):
        shapes += pen.station(station, y)
        if number + 1 == len(flow.stations):
            break
        side = _side_height(station)
        below = y + MAIN_HEIGHT + max(side + 2 * GAP, 2.5 * GAP)
        shapes += _arrow_down(MAIN_X + MAIN_WIDTH / 2, y + MAIN_HEIGHT, below)
        if station.leaving:
            shapes += pen.leaving(station, y + MAIN_HEIGHT + GAP, side)
        y = below
    shapes += pen.verdicts(y + MAIN_HEIGHT)
    height = y + 2 * MAIN_HEIGHT + 3 * GAP + 30
    shapes.append(words(MAIN_X, height - 10, note, size=SMALL, colour=MUTED))
    label = STRATEGY_LABELS[flow.strategy].into(language)
    title = Text(f"Flow of lesions: {label}", f"病変の流れ：{label}").into(language)
    return Figure(WIDTH, height, title, _described(flow, language), shapes, language)


def _described(flow: Flow, language: Language) -> str:
    stations = [
        f"{station.text.into(language)}: {station.n_patients} {PATIENTS.into(language)}, "
        f"{station.n_lesions} {LESIONS.into(language)}"
        for station in flow.stations
    ]
    return "; ".join(stations)


def _side_height(station: Station) -> float:
    return 2 * PADDING + STEP * (len(station.leaving) + 1) - 6 if station.leaving else 0.0


def _arrow_down(x: float, start: float, end: float) -> Iterator[Path]:
    yield Path(f"M{n(x)} {n(start)}V{n(end - 8)}", stroke(INK, 1.2))
    yield Path(f"M{n(x)} {n(end)}l-4.5 -9h9Z", fill(INK))


def _arrow_right(start: float, end: float, y: float) -> Iterator[Path]:
    yield Path(f"M{n(start)} {n(y)}H{n(end - 8)}", stroke(INK, 1.2))
    yield Path(f"M{n(end)} {n(y)}l-9 -4.5v9Z", fill(INK))


def _many(things: Text, count: int) -> Text:
    return Text(things.en.removesuffix("s"), things.ja) if count == 1 else things


class _Pen:
    """Draws the parts of one flow in one language."""

    def __init__(self, flow: Flow, language: Language, address: Address) -> None:
        self.flow = flow
        self.language = language
        self.address = address

    def say(self, text: Text) -> str:
        return text.into(self.language)

    def counted(self, n_patients: int, n_lesions: int, pick: Pick) -> tuple[Run, ...]:
        """Say how many, each number a link."""
        return (
            Run(str(n_patients), self.address("patients", pick), is_bold=True),
            Run(f" {self.say(_many(PATIENTS, n_patients))} · "),
            Run(str(n_lesions), self.address("lesions", pick), is_bold=True),
            Run(f" {self.say(_many(LESIONS, n_lesions))}"),
        )

    def station(self, station: Station, y: float) -> Iterator[Words | Path]:
        is_last = station.level is Level.EVALUABLE
        yield Path(
            box(MAIN_X, y, MAIN_WIDTH, MAIN_HEIGHT),
            {**fill("#ffffff"), "stroke": INK, "stroke-width": 2.0 if is_last else 1.2},
        )
        yield bold(MAIN_X + PADDING, y + 24, self.say(station.text))
        pick = Pick(self.flow.strategy, level=station.level)
        yield Words(MAIN_X + PADDING, y + 44, self.counted(station.n_patients, station.n_lesions, pick))

    def leaving(self, station: Station, y: float, height: float) -> Iterator[Words | Path]:
        yield from _arrow_right(MAIN_X + MAIN_WIDTH / 2, SIDE_X, y + height / 2)
        yield Path(box(SIDE_X, y, SIDE_WIDTH, height), {**fill("#ffffff"), "stroke": MUTED, "stroke-width": 1.0})
        yield from self.head_of_leaving(station, y + PADDING + 8)
        for number, item in enumerate(station.leaving, start=1):
            yield from self.reason(item, y + PADDING + 8 + STEP * number)

    def head_of_leaving(self, station: Station, y: float) -> Iterator[Words]:
        lost = Pick(self.flow.strategy, lost=station.level)
        yield Words(
            SIDE_X + PADDING,
            y,
            (
                Run(self.say(Text("Left here: ", "ここで除外：")), is_bold=True),
                Run(str(station.n_lesions_lost), self.address("lesions", lost), is_bold=True),
                Run(self.say(Text(" lesions; patients of whom none goes on: ", " 病変、後に続く病変のない患者 "))),
                Run(str(station.n_patients_lost), self.address("patients", lost), is_bold=True),
            ),
        )

    def reason(self, item: Leaving, y: float) -> Iterator[Words]:
        pick = Pick(self.flow.strategy, left=item.code)
        lesions, patients = self.address("lesions", pick), self.address("patients", pick)
        yield Words(SIDE_X + 58, y, (Run(str(item.n_lesions), lesions),), anchor="end")
        yield words(SIDE_X + 70, y, shortened(self.say(item.text), 330))
        yield Words(
            SIDE_X + SIDE_WIDTH - PADDING,
            y,
            (Run(self.say(Text("patients: ", "患者 "))), Run(str(item.n_patients), patients)),
            anchor="end",
            colour=MUTED,
        )

    def verdicts(self, y: float) -> Iterator[Words | Path]:
        """Draw the two boxes that the evaluable lesions part into."""
        top, flow = y + 2 * GAP, self.flow
        parts = (
            (
                MAIN_X,
                Text("Non-viable (gone)", "腫瘍残存なし"),
                TruthStatus.NON_VIABLE,
                flow.n_patients_nonviable,
                flow.n_nonviable,
            ),
            (
                MAIN_X + MAIN_WIDTH - END_WIDTH,
                Text("Viable", "腫瘍残存"),
                TruthStatus.VIABLE,
                flow.n_patients_viable,
                flow.n_viable,
            ),
        )
        for x, label, status, n_patients, n_lesions in parts:
            yield from _arrow_down(x + END_WIDTH / 2, y, top)
            yield Path(box(x, top, END_WIDTH, MAIN_HEIGHT), {**fill("#ffffff"), "stroke": INK, "stroke-width": 1.2})
            yield bold(x + PADDING, top + 24, self.say(label))
            pick = Pick(flow.strategy, level=Level.EVALUABLE, status=status)
            yield Words(x + PADDING, top + 44, self.counted(n_patients, n_lesions, pick))
