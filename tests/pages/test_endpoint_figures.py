"""The figures of the endpoint as drawings: nothing is lost, nothing leaves its frame, everything is said in words."""

import re
from xml.etree import ElementTree as ET

import pytest

from casebook.domain.endpoint.flow import flow_of
from casebook.domain.endpoint.followed import lanes
from casebook.domain.outcome import Strategy
from casebook.stats.intervals import Interval
from casebook.stats.survival import Observation, Status, curves
from services.api.figures.curves import curves_figure
from services.api.figures.flow import flow_figure
from services.api.figures.forest import Group, Line, forest_figure, place
from services.api.figures.shapes import Figure, Path, Run, Words, shortened, svg, width_of
from services.api.figures.swimmer import LANES_A_PAGE, swimmer_figure
from tests.domain.builders import dream, imaging, left_in_place, recurrence
from tests.domain.endpoint.records import a_lesion, a_patient

NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


def said(figure: Figure) -> list[str]:
    return ["".join(run.words for run in shape.runs) for shape in figure.shapes if isinstance(shape, Words)]


def a_line(label="all", p=0.5, interval=(0.4, 0.6), weight=10.0, **more):
    counts = (Run("5", "/nonviable"), Run(" / "), Run("10", "/all"))
    return Line(label, counts, "4", p, Interval(*interval) if interval else None, weight, **more)


def a_forest(*lines, language="en"):
    return forest_figure(
        [Group("By strategy", lines)],
        threshold=0.85,
        level=0.95,
        polarity="higher is better",
        language=language,
        title="Shares",
        note="INTERIM",
    )


def a_swimmer(found, language="en", n_all=None):
    return swimmer_figure(
        found,
        n_all=len(found) if n_all is None else n_all,
        rule=dream().rules.outcome,
        language=language,
        address=lambda lane: f"/{lane.label}",
        title="Left in place",
        note="INTERIM",
    )


def some_lanes():
    lesions = [a_lesion("L1", left_in_place(imaging(90), imaging(760))), a_lesion("L2", left_in_place(recurrence(200)))]
    patient = a_patient("JP-01-0001", *lesions)
    return lanes((patient, lesion) for lesion in lesions)


def a_flow(language="en"):
    found = [
        a_patient("JP-01-0001", a_lesion()),
        a_patient("JP-01-0002"),
        a_patient("JP-01-0003", left="data-withdrawn"),
    ]
    flow = flow_of(found, Strategy.CT_MRI, contrast_required=True)
    return flow_figure(flow, language=language, address=lambda what, _: f"/{what}", note="INTERIM")


def some_curves(language="en"):
    observations = [
        Observation(90, Status.RECURRENCE, "A"),
        Observation(250, Status.DEATH, "B"),
        Observation(760, Status.CENSORED, "C"),
    ]
    return curves_figure(
        curves(observations),
        observations,
        horizon_days=730,
        level=0.95,
        language=language,
        title="Time",
        note="INTERIM",
    )


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("draw", [a_flow, some_curves])
def test_words_stay_within_the_drawing(draw, language):
    figure = draw(language)
    for shape in figure.shapes:
        if isinstance(shape, Words):
            wide = sum(width_of(run.words, shape.size) for run in shape.runs)
            left = shape.x - {"start": 0.0, "middle": wide / 2, "end": wide}[shape.anchor]
            assert left >= -1, shape
            assert left + wide <= figure.width + 1, shape


@pytest.mark.parametrize("language", ["en", "ja"])
def test_lanes_and_lines_stay_within_the_drawing(language):
    for figure in (a_swimmer(some_lanes(), language), a_forest(a_line(), language=language)):
        for shape in figure.shapes:
            if isinstance(shape, Words) and shape.anchor == "start":
                assert shape.x + sum(width_of(run.words, shape.size) for run in shape.runs) <= figure.width, shape


def test_a_drawing_links_on_a_page_and_not_in_a_file():
    figure = a_forest(a_line())
    assert 'href="/nonviable"' in svg(figure, key="forest", on_page=True)
    file = svg(figure, key="forest", on_page=False)
    assert "href" not in file
    assert ET.fromstring(file.encode()).get("width") == "1080"


def test_what_a_drawing_says_is_escaped():
    figure = a_forest(a_line(label='<b> & "c"'))
    assert "<b>" not in svg(figure, key="forest", on_page=True)
    ET.fromstring(svg(figure, key="forest", on_page=False).encode())


def test_an_interval_that_leaves_the_scale_ends_in_arrowheads():
    def heads(interval):
        return sum(
            isinstance(one, Path) and one.d.endswith("v10Z") for one in a_forest(a_line(interval=interval)).shapes
        )

    assert (heads((0.4, 0.6)), heads((-0.1, 0.6)), heads((-0.1, 1.2))) == (0, 1, 2)


def test_squares_grow_with_their_weight_and_are_open_where_the_interval_is_exact():
    figure = a_forest(a_line("light", weight=1.0), a_line("heavy", weight=100.0), a_line("exact", is_exact=True))
    squares = {shape.says.split(":")[0]: shape for shape in figure.shapes if isinstance(shape, Path) and shape.says}
    side = {label: float(NUMBERS.findall(shape.d)[2]) for label, shape in squares.items()}
    assert side["light"] < side["exact"] < side["heavy"]
    assert squares["exact"].look["fill"] == "#ffffff"
    assert squares["heavy"].look["fill"] != "#ffffff"


def test_the_threshold_is_a_broken_line_at_its_place():
    lines = [one for one in a_forest(a_line()).shapes if isinstance(one, Path) and "stroke-dasharray" in one.look]
    assert [float(NUMBERS.findall(line.d)[0]) for line in lines] == [place(0.85)]
    assert "threshold 85 %" in said(a_forest(a_line()))


def test_a_line_without_an_estimate_is_said_and_not_drawn():
    figure = a_forest(a_line("none", p=None, interval=None))
    assert "–" in said(figure)
    assert not any(isinstance(one, Path) and one.says for one in figure.shapes)


def test_the_swimmer_plot_says_how_many_of_all_it_shows():
    found = some_lanes() * LANES_A_PAGE
    figure = a_swimmer(found[:LANES_A_PAGE], n_all=len(found))
    assert f"{LANES_A_PAGE} of {len(found)} lesions are drawn. INTERIM" in said(figure)
    assert "horizon, day 730 (window 700 – 790)" in said(figure)
    assert "non-viable · no recurrence at the site at the horizon" in said(figure)


def test_signs_and_bars_of_the_swimmer_plot_are_told_apart_without_colour():
    drawn = [one for one in a_swimmer([]).shapes if isinstance(one, Path)]
    signs = [re.sub(r"-?[\d.]+ -?[\d.]+", "", one.d, count=1) for one in drawn[-11:-5]]
    assert len(set(signs)) == 6
    bars = [one for one in drawn[-5:] if one.d.endswith("Z")]
    within = len(drawn[-5:]) - len(bars)
    assert (len(bars), within) == (4, 1)
    assert len({bar.look.get("stroke-dasharray", "") for bar in bars}) == 3


def test_the_flow_shows_the_numbers_of_each_station():
    figure = a_flow()
    assert "3 patients · 1 lesion" in said(figure)
    assert "1 patient · 1 lesion" in said(figure)
    assert "Left here: 0 lesions; patients of whom none goes on: 2" in said(figure)


def test_curves_say_their_values_at_the_horizon():
    assert any(line.startswith("day 730: without recurrence 66.7 %") for line in said(some_curves()))


def test_curves_of_nothing_are_an_empty_frame():
    figure = curves_figure(curves([]), [], horizon_days=730, level=0.95, language="en", title="Time", note="INTERIM")
    assert "day 730: recurrence –" in said(figure)


def test_words_too_wide_are_cut_with_an_ellipsis():
    assert shortened("short", 100) == "short"
    assert shortened("a very long label of a stratum", 60).endswith("…")
    assert width_of(shortened("同部位の再発までの時間", 60)) <= 60
