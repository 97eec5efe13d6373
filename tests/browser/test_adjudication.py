"""Two readers disagree on one of six lesions; the adjudicator settles it by keyboard, and the patient page says why."""

import re

import pytest
from playwright.sync_api import expect

from casebook.installation import Installation
from services.command.demonstration.people import MANAGER, PASSWORD
from tests.browser.adjudicating import DISPUTED, Bench, read_twice
from tests.browser.central import CASE, add_lesions
from tests.browser.conftest import reader_at, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def bench(chromium, sample: Installation, truth):
    """Give an adjudicator who has opened a case that two readers have signed."""
    add_lesions(sample)
    code = read_twice(sample)
    with served(sample) as address, reader_at(chromium, address, truth, Bench) as bench:
        bench.sign_in_to_settle()
        bench.open_listed(code)
        yield bench


def test_a_lesion_that_two_readers_differ_on_is_settled_by_keyboard_and_the_patient_page_says_why(bench: Bench) -> None:
    page = bench.page
    assert page.evaluate("() => [window.casebook.lesion(), window.casebook.step()]") == [DISPUTED, "eob"]
    told = bench.sides()
    seen_on = next(
        side
        for side in ("left", "right")
        if any(one["visibility"] == "visible" and one["diameter_mm"] == "4.0" for one in told[side]["findings"])
    )
    pane, other = (1, 2) if seen_on == "left" else (2, 1)
    expect(page.locator(f'[data-pane="{pane}"] .ruler text')).to_have_text("4.0 mm")
    expect(page.locator(f'[data-pane="{other}"] .ruler')).to_have_count(0)
    expect(page.locator(f'[data-pane="{other}"] .ring-not-visible')).to_have_count(1)
    expect(page.locator(".read-name")).to_have_text(["Left read", "Right read"])
    expect(page.locator(".beside tr.differs")).to_have_count(1)

    page.keyboard.press("1" if seen_on == "left" else "ArrowRight")
    page.keyboard.press("u")
    page.keyboard.type("a rim on the hepatobiliary phase")
    page.keyboard.press("Escape")
    expect(page.locator(".save")).to_have_text("Saved")
    page.reload()
    bench.wait_until_hung()
    expect(page.locator(".sides button[aria-pressed=true]")).to_have_attribute("data-choice", seen_on)
    expect(page.locator("#settle-comment")).to_have_value("a rim on the hepatobiliary phase")

    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="wrong")).to_be_visible()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".save")).to_contain_text("Decided and signed")

    bench.sign_in(MANAGER.login)
    page.goto(f"/patients/{CASE}")
    line = page.locator(f"#lesion-{DISPUTED}")
    expect(line).to_contain_text("no · EOB visible")
    expect(line).to_contain_text(re.compile("adjudicated: (first|second) reader"))
    expect(page.locator("#lesion-L2")).to_contain_text("yes")
    expect(page.locator("#lesion-L2")).to_contain_text("both readers agree")
    expect(page.locator("#central-reads")).to_contain_text("a rim on the hepatobiliary phase")
