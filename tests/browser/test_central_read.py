"""Central reads in the browser: six lesions through every step by keyboard, and nothing lost when the server dies."""

import pytest
from playwright.sync_api import expect

from casebook.installation import Installation
from services.command.demonstration.people import PASSWORD
from tests.browser.central import READER, STEPS, Desk, add_lesions
from tests.browser.conftest import reader_at, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESIONS = ("L1", "L2", "L3", "L4", "L5", "L6")
GONE_BEFORE_SURGERY = ("L2", "L3", "L6")


@pytest.fixture
def desk(chromium, sample: Installation, truth):
    """Give a central reader before a case of six lesions that nobody has read."""
    add_lesions(sample)
    with served(sample) as address, reader_at(chromium, address, truth, Desk) as desk:
        yield desk


def read_step(desk: Desk, step: str, gone: tuple[str, ...] = ()) -> None:
    """Give a verdict on every lesion: gone, or visible with a diameter measured by keyboard.

    Enter after “gone” puts the mark down where nothing says where the lesion would be; elsewhere it does nothing.
    """
    for number, label in enumerate(LESIONS, start=1):
        desk.key(str(number))
        if label in gone:
            desk.settle()
            desk.key("a", "Enter")
        elif step == "combined":
            desk.key("v")
        else:
            desk.settle()
            desk.key("v", "l", "ArrowLeft", "Tab", "ArrowRight", "Enter")
        desk.key(".", ",")
        assert desk.page.evaluate("() => window.casebook.lesion()") == label


def read_timepoint(desk: Desk, gone: tuple[str, ...] = ()) -> None:
    for step in STEPS:
        desk.wait_for_step(step)
        read_step(desk, step, gone)
        if step != STEPS[-1]:
            desk.key("Shift+L")
    desk.wait_until_saved()


def test_one_reader_completes_six_lesions_at_both_timepoints_by_keyboard_alone(desk: Desk, sample: Installation):
    desk.speak_english()
    desk.page.goto("/login?next=/viewer/")
    expect(desk.page.locator("input[name=login]")).to_be_focused()
    desk.page.keyboard.type(READER)
    desk.key("Tab")
    desk.page.keyboard.type(PASSWORD)
    desk.key("Enter")
    expect(desk.page.locator(".lead .primary")).to_be_focused()
    desk.key("Enter")
    desk.wait_until_open()
    desk.case_id = desk.page.url.split("/")[-2]

    read_timepoint(desk)
    desk.sign()
    baseline = desk.read("baseline")
    assert (baseline["state"], len(baseline["findings"])) == ("signed", 30)
    assert {step["state"] for step in baseline["steps"]} == {"locked"}

    desk.key("Shift+J")
    desk.page.wait_for_url("**/preoperative")
    desk.wait_until_open()
    read_timepoint(desk, GONE_BEFORE_SURGERY)
    desk.sign()
    read = desk.read("preoperative")
    assert (read["state"], len(read["findings"])) == ("signed", 30)
    known = {one["id"]: one["label"] for one in desk.case("preoperative")["lesions"]}
    gone = {known[one["lesion_id"]] for one in read["findings"] if one["visibility"] == "not-visible"}
    assert gone == set(GONE_BEFORE_SURGERY)
    for one in read["findings"]:
        if one["visibility"] == "not-visible":
            assert one["position_by"] in ("expected", "reader")
            assert len(one["position_mm"]) == 3
        elif one["sequence"] != "combined":
            assert len(one["measurement_mm"]) == 2
