"""The reading form beside the images: what is entered reaches the server and comes back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def case(workspace: Workspace) -> Workspace:
    workspace.open_first_case()
    return workspace


def verdict(case: Workspace, text: str):
    return case.page.get_by_role("group", name="Verdict").get_by_role("button", name=text)


def test_a_verdict_by_key_is_saved_and_comes_back_after_a_reload(case: Workspace) -> None:
    case.press("2")
    case.page.keyboard.press("a")
    expect(case.page.locator(".save")).to_contain_text("Saved")
    case.page.reload()
    case.wait_until_hung()
    case.press("2")
    expect(verdict(case, "not visible")).to_have_attribute("aria-pressed", "true")


def test_a_drawn_length_is_the_diameter_in_millimetres(case: Workspace) -> None:
    case.press("e")
    case.press("l")
    case.drag(2, (200, 180), (240, 180))
    expected = 40 * case.pane(2)["mmPerPixel"]
    expect(verdict(case, "visible").first).to_have_attribute("aria-pressed", "true")
    assert float(case.page.locator("#diameter").input_value()) == pytest.approx(expected, abs=0.06)
    expect(case.page.locator(".ruler text")).to_have_text(f"{expected:.1f} mm")
    expect(case.page.locator(".save")).to_contain_text("Saved")
    case.page.reload()
    case.wait_until_hung()
    case.press("e")
    assert float(case.page.locator("#diameter").input_value()) == pytest.approx(expected, abs=0.06)
    expect(case.page.locator(".ruler text")).to_have_count(1)


def test_an_end_of_a_length_can_be_moved(case: Workspace) -> None:
    case.press("l")
    case.drag(1, (200, 180), (240, 180))
    case.drag(1, (240, 180), (260, 180))
    expected = 60 * case.pane(1)["mmPerPixel"]
    assert float(case.page.locator("#diameter").input_value()) == pytest.approx(expected, abs=0.06)


def test_not_evaluable_waits_for_its_reason(case: Workspace) -> None:
    case.page.keyboard.press("n")
    expect(case.page.locator(".notes")).to_contain_text("choose a reason")
    case.page.select_option("#reason", "not-covered")
    expect(case.page.locator(".save")).to_contain_text("Saved")
    expect(case.page.locator(".lesion[aria-pressed=true] .note")).to_contain_text("Region not covered")


def test_keys_are_off_while_typing(case: Workspace) -> None:
    case.page.keyboard.press("v")
    case.page.locator("#comment").fill("")
    case.page.locator("#comment").press_sequentially("a nodule at 2")
    assert case.page.evaluate("() => window.casebook.lesion()") == "L1"
    expect(verdict(case, "visible").first).to_have_attribute("aria-pressed", "true")
    assert case.page.locator("#comment").input_value() == "a nodule at 2"


def test_entries_made_while_the_line_is_broken_are_saved_when_it_is_back(case: Workspace) -> None:
    calls = re.compile("/api/v1/cases/.*/findings/")
    case.page.route(calls, lambda route: route.abort())
    case.page.keyboard.press("a")
    expect(case.page.locator(".save")).to_contain_text("Not saved")
    case.page.unroute(calls)
    expect(case.page.locator(".save")).to_contain_text("Saved", timeout=15_000)


def test_a_verdict_given_elsewhere_meanwhile_is_not_overwritten_unasked(case: Workspace) -> None:
    other = case.page.context.new_page()
    other.goto(case.page.url)
    other.wait_for_function("() => window.casebook?.panes().every(({ imageId }) => imageId)")
    other.keyboard.press("a")
    expect(other.locator(".save")).to_contain_text("Saved")
    case.page.bring_to_front()
    case.page.keyboard.press("v")
    expect(case.page.get_by_role("alert").filter(has_text="changed elsewhere")).to_be_visible()
    case.page.get_by_role("button", name="Take theirs").click()
    expect(verdict(case, "not visible")).to_have_attribute("aria-pressed", "true")


def test_signing_names_what_is_still_open(case: Workspace) -> None:
    case.page.get_by_role("button", name="Sign the read").click()
    dialog = case.page.get_by_role("dialog")
    expect(dialog).to_contain_text("cells are still open")
    expect(dialog).to_contain_text("L1 · CT: no verdict")
    expect(dialog.locator("input")).to_have_count(0)


def test_the_page_speaks_japanese_and_remembers_it(case: Workspace) -> None:
    case.page.get_by_role("button", name="日本語").click()
    expect(case.page.locator(".lesions h2").first).to_have_text("病変")
    expect(case.page.locator("html")).to_have_attribute("lang", "ja")
    case.page.reload()
    case.wait_until_hung()
    expect(case.page.locator(".lesions h2").first).to_have_text("病変")


@pytest.mark.parametrize(("width", "height"), [(1600, 900), (1280, 800), (800, 450), (640, 400)])
def test_no_control_covers_another_at(case: Workspace, width: int, height: int) -> None:
    case.page.set_viewport_size({"width": width, "height": height})
    case.settle()
    assert case.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert case.page.evaluate(COVERED) == []


COVERED = """() => {
  const shown = [...document.querySelectorAll('button, select, input, a, .corner span:not(:empty), .letter')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.lesion, .places, .maximised'))
    .map((one) => ({ one, box: one.getBoundingClientRect() }))
    .filter(({ one, box }) => box.width > 0 && box.height > 0 && !one.closest('.about'))
  const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1
  const name = ({ one }) => `${one.className} ${one.textContent.trim().slice(0, 20)}`
  return shown.flatMap((a, n) => shown.slice(n + 1)
    .filter((b) => !a.one.contains(b.one) && !b.one.contains(a.one) && !a.one.closest('.top-bar') && !b.one.closest('.top-bar'))
    .filter((b) => !apart(a.box, b.box)).map((b) => `${name(a)} / ${name(b)}`))
}"""
