"""How panes are linked, in numbers: where the linked cursor lands, and where it lands after landmarks."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from casebook.dicom.deidentification.keyed import keyed_uid
from casebook.installation import Installation
from casebook.store import series_links
from tests.browser.conftest import reader_at, served
from tests.browser.workspace import Point, Workspace
from tests.registration_truth import known_of
from tests.tall_sample import tall, tall_dir, tall_truth

__all__ = ["tall", "tall_dir", "tall_truth"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

ROLES = {1: "ct-portal-venous", 2: "eob-hepatobiliary", 3: "dwi", 4: "adc"}
LABELS = ("L1", "L2", "L3", "L4", "L5")
NEAR_MM = 5.0
"""What the linked cursor is held to."""
WRONG_MM = 14.0
CURSOR = """([pane]) => {
  const arms = [...document.querySelectorAll(`[data-pane="${pane}"] .cursor line`)]
  const mean = (name) => arms.reduce((sum, arm) => sum + Number(arm.getAttribute(name)), 0) / arms.length
  return arms.length ? [mean('x1'), mean('y1')] : null
}"""


@pytest.fixture(scope="module")
def sample_dir(tall_dir: Path) -> Path:
    """Let the browser wait for the sample that these tests look at."""
    return tall_dir


@pytest.fixture
def case(chromium: Browser, tall: Installation, tall_truth: dict) -> Iterator[Workspace]:
    with served(tall) as address, reader_at(chromium, address, tall_truth) as workspace:
        workspace.open_first_case()
        yield workspace


@pytest.fixture
def misled(chromium: Browser, tall: Installation, tall_truth: dict) -> Iterator[Workspace]:
    """Give a case whose diffusion the machine has put in a wrong place."""
    mislead(tall, tall_truth["patients"][0])
    with served(tall) as address, reader_at(chromium, address, tall_truth) as workspace:
        workspace.open_first_case()
        yield workspace


def mislead(installation: Installation, patient: dict[str, Any]) -> None:
    subject_id, _ = known_of(installation, patient)
    (series,) = (one for exam in patient["timepoints"]["baseline"] for one in exam["series"] if one["roles"] == ["dwi"])
    uid = keyed_uid(installation.settings.key, series["series_uid"])
    with installation.database.transaction(actor="tester", reason="a test") as session:
        (row,) = (row for row in series_links.rows(session, subject_id) if row.to_series_uid == uid)
        row.shift_mm = [row.shift_mm[0], row.shift_mm[1], row.shift_mm[2] + WRONG_MM]


def truth(case: Workspace, pane: int, label: str) -> Point:
    return case.lesion_in_truth("baseline", ROLES[pane], label)


def carried(case: Workspace, a: int, b: int, point: Point) -> Point | None:
    found = case.page.evaluate("([a, b, p]) => window.casebook.carried(a, b, p)", [a - 1, b - 1, list(point)])
    return tuple(found) if found else None


def farthest_mm(case: Workspace, a: int, b: int) -> float:
    return max(math.dist(carried(case, a, b, truth(case, a, label)), truth(case, b, label)) for label in LABELS)


def link_text(case: Workspace, pane: int) -> str:
    return case.page.locator(f'[data-pane="{pane}"] .link').inner_text()


def hover(case: Workspace, pane: int, point: Point) -> None:
    box = case.page.locator(f'[data-pane="{pane}"] .picture').bounding_box()
    x, y = case.to_canvas(pane, point)
    case.page.mouse.move(box["x"] + x, box["y"] + y)


def click(case: Workspace, pane: int, point: Point) -> None:
    hover(case, pane, point)
    case.page.mouse.down()
    case.page.mouse.up()
    case.settle()


def scroll_to(case: Workspace, pane: int, point: Point) -> None:
    """Turn the wheel over the pane until the nearest slice to the point is shown."""
    series = case.series_in_truth("baseline", ROLES[pane])
    case.page.locator(f'[data-pane="{pane}"] .picture').hover()
    turn, away = 100, away_mm(case, pane, point, series["orientation"])
    for _ in range(2 * series["n_slices"]):
        if away <= series["step_mm"] / 2 + 0.01:
            return
        case.page.mouse.wheel(0, turn)
        case.settle()
        now = away_mm(case, pane, point, series["orientation"])
        turn, away = (turn if now < away else -turn), now
    raise AssertionError("no slice is near the point")


def away_mm(case: Workspace, pane: int, point: Point, orientation: list[float]) -> float:
    """Return how far the point lies from the shown slice."""
    (ax, ay, az), (bx, by, bz) = orientation[:3], orientation[3:]
    normal = (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
    return abs(sum(n * (p - c) for n, p, c in zip(normal, point, case.pane(pane)["centre"], strict=True)))


def test_the_linked_cursor_lands_near_the_truth_between_ct_oblique_diffusion_and_hepatobiliary_phase(case) -> None:
    for a in (1, 2, 3, 4):
        for b in (1, 2, 3, 4):
            assert farthest_mm(case, a, b) < NEAR_MM, (ROLES[a], ROLES[b])
    case.press("1")
    hover(case, 2, truth(case, 2, "L1"))
    for pane in (1, 3, 4):
        x, y = case.page.evaluate(CURSOR, [pane])
        there = carried(case, 2, pane, case.to_world(2, *case.to_canvas(2, truth(case, 2, "L1"))))
        assert (x, y) == pytest.approx(case.to_canvas(pane, there), abs=0.1)


def test_each_pane_says_by_what_it_is_linked_and_how_well(case) -> None:
    case.press("e")
    assert "registered" in link_text(case, 1)
    assert "mm" in link_text(case, 1)
    assert "same frame, breathing" in link_text(case, 3)
    assert "oblique 12°" in link_text(case, 3)
    assert link_text(case, 4).split(",")[1] == link_text(case, 3).split(",")[1]


def test_landmarks_bring_the_linked_cursor_to_the_truth_survive_a_reload_and_are_taken_back(misled: Workspace) -> None:
    case = misled
    assert farthest_mm(case, 2, 3) > NEAR_MM
    case.press("e")
    case.press("x")
    case.press("Shift+x")
    for number, label in enumerate(LABELS[:3], start=1):
        case.press(str(number))
        scroll_to(case, 2, truth(case, 2, label))
        click(case, 2, truth(case, 2, label))
        scroll_to(case, 3, truth(case, 3, label))
        click(case, 3, truth(case, 3, label))
    expect(case.page.locator(".landmark-bar")).to_contain_text("3 pairs")
    expect(case.page.locator(".landmark-bar")).to_contain_text("mm remain")
    case.press("Enter")
    assert farthest_mm(case, 2, 3) < NEAR_MM
    expect(case.page.locator(".save")).to_contain_text("Saved")
    case.press("x")
    case.press("e")
    assert "by landmarks" in link_text(case, 3)
    assert "by you" in link_text(case, 3)
    case.page.reload()
    case.wait_until_hung()
    assert max(farthest_mm(case, 2, 3), farthest_mm(case, 3, 2), farthest_mm(case, 1, 3)) < NEAR_MM
    case.press("e")
    case.press("Shift+x")
    for _ in range(3):
        case.press("Backspace")
    case.press("Enter")
    assert farthest_mm(case, 2, 3) > NEAR_MM
    assert "same frame, breathing" in link_text(case, 3)


def test_landmarks_are_set_by_keyboard_alone(misled: Workspace) -> None:
    case = misled
    case.press("e")
    case.press("Shift+x")
    case.press("Enter")
    expect(case.page.locator(".landmark-bar")).to_contain_text("Now the same spot")
    case.press("Shift+ArrowRight")
    case.press("Enter")
    expect(case.page.locator(".landmark-bar")).to_contain_text("1 pair")
    case.press("Enter")
    expect(case.page.locator(".landmark-bar")).to_be_hidden()
    expect(case.page.locator(".save")).to_contain_text("Saved")
    assert any("by you" in link_text(case, pane) for pane in (1, 3, 4))
