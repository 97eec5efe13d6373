"""Central reads in the browser: six lesions through every step by keyboard, and nothing lost when the server dies."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect

from casebook.installation import Installation
from services.command.demo import ROOT
from services.command.demonstration.people import PASSWORD
from tests.browser.central import CASE, READER, STEPS, Desk, add_lesions
from tests.browser.conftest import reader_at, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESIONS = ("L1", "L2", "L3", "L4", "L5", "L6")
ADC_TOLERANCE = 0.6
"""10^-6 mm2/s; the drawing library keeps rescaled values as whole numbers."""
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


def test_a_locked_step_is_read_only_and_a_closed_one_has_no_images(desk: Desk, sample: Installation):
    desk.open(sample)
    assert {one["sequence"] for one in desk.case("baseline")["series"]} == {"ct"}
    desk.key("d")
    expect(desk.page.locator(".notes")).to_contain_text("This step is closed")
    assert desk.step == "ct"
    desk.key("Shift+L")
    expect(desk.page.locator(".notes")).to_contain_text("cannot be locked yet")
    read_step(desk, "ct", gone=LESIONS)
    desk.key("Shift+L")
    desk.wait_for_step("dwi")
    assert {one["sequence"] for one in desk.case("baseline")["series"]} == {"ct", "dwi"}
    desk.key("c", "v", "l", "Backspace", ".")
    expect(desk.page.locator(".notes")).to_contain_text("CT is locked")
    assert {one["visibility"] for one in desk.read("baseline")["findings"]} == {"not-visible"}
    preoperative = desk.page.request.get(f"/api/v1/cases/{desk.case_id}/preoperative")
    assert preoperative.status == 404


def test_a_region_drawn_on_diffusion_is_measured_on_the_adc_map_once_it_is_confirmed(desk: Desk, sample: Installation):
    desk.open(sample)
    read_step(desk, "ct", gone=LESIONS)
    desk.key("Shift+L")
    desk.wait_for_step("dwi")
    assert (
        desk.pane(desk.page.evaluate("() => document.querySelector('.pane.focused').dataset.pane * 1"))["role"] == "dwi"
    )
    desk.key("1", "v", "q", "+", "Enter")
    expect(desk.page.locator(".offer")).to_be_visible()
    desk.wait_until_saved()
    assert desk.read("baseline")["findings"][-1]["adc"] is None
    desk.key("Enter")
    expect(desk.page.locator(".outline text")).to_contain_text("ADC")
    desk.wait_until_saved()
    (adc,) = [one["adc"] for one in desk.read("baseline")["findings"] if one["adc"]]
    assert adc["copied_from_series_uid"] in {one["series_uid"] for one in desk.case("baseline")["series"]}
    inside = adc_inside(np.array(adc["outline_mm"]))
    assert (adc["n_pixels"], adc["mean"], adc["sd"]) == (
        len(inside),
        pytest.approx(inside.mean(), abs=ADC_TOLERANCE),
        pytest.approx(inside.std(ddof=1), abs=ADC_TOLERANCE),
    )


def adc_inside(outline_mm: np.ndarray) -> np.ndarray:
    """Return the values of the sample's ADC map inside an outline, from the files themselves."""
    folder = ROOT / "sample_dicom" / "small" / "BE-02" / CASE / "baseline" / "MR_S014_0710"
    slices = [pydicom.dcmread(file) for file in sorted(Path(folder).iterdir())]

    def placed(one: pydicom.Dataset) -> np.ndarray:
        row, column = np.array(one.ImageOrientationPatient, float).reshape(2, 3)
        axes = np.array([row, column, np.cross(row, column)])
        return (outline_mm - np.array(one.ImagePositionPatient, float)) @ axes.T

    nearest = min(slices, key=lambda one: abs(placed(one)[0, 2]))
    down, along = (float(mm) for mm in nearest.PixelSpacing)
    corners = placed(nearest)[:, :2] / [along, down]
    values = nearest.pixel_array * float(nearest.RescaleSlope) + float(nearest.RescaleIntercept)
    rows, columns = np.indices(values.shape)
    inside = np.zeros(values.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crosses = (ay > rows) != (by > rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (columns < (bx - ax) * (rows - ay) / (by - ay) + ax)
    return values[inside]
