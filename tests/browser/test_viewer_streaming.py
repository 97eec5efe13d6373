"""Images that come in by themselves: around the reader first, then the rest, then the next case."""

import pytest
from playwright.sync_api import expect

from tests.browser.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHOLE = "async () => { const { nLoaded, nFrames } = await window.casebook.loading(); return nLoaded === nFrames }"


def wait_for_the_whole(case: Workspace) -> None:
    for _ in range(200):
        if case.page.evaluate(WHOLE):
            return
        case.page.wait_for_timeout(100)
    pytest.fail("the case never was complete")


def test_the_whole_visit_comes_in_while_the_reader_does_nothing(onlooker: Workspace) -> None:
    asked: list[str] = []
    onlooker.page.on("request", lambda request: asked.append(request.url))
    onlooker.open_first_case()
    wait_for_the_whole(onlooker)
    onlooker.page.wait_for_timeout(1500)
    n_asked = len([url for url in asked if "/frames/" in url])
    for key in ("End", "Home", "d", "End", "e", "Home"):
        onlooker.press(key)
    assert n_asked >= onlooker.page.evaluate("async () => (await window.casebook.loading()).nFrames") > 100
    assert len([url for url in asked if "/frames/" in url]) == n_asked


def test_links_between_cases_keep_the_program_and_hang_the_other_case(onlooker: Workspace) -> None:
    onlooker.open_first_case()
    onlooker.page.evaluate("() => { window.kept = true }")
    before = onlooker.pane(1)["series"]
    onlooker.page.locator(".visits a").first.click()
    expect(onlooker.page.locator(".visits .here")).to_contain_text("Pre-operative")
    onlooker.wait_until_hung()
    assert onlooker.page.evaluate("() => window.kept")
    assert onlooker.pane(1)["series"] != before
    assert all(onlooker.pixels(number)["share"] > 0.2 for number in (1, 2, 3, 4))
    onlooker.page.go_back()
    expect(onlooker.page.locator(".visits .here")).to_contain_text("Baseline")
    onlooker.wait_until_hung()
    assert onlooker.pane(1)["series"] == before


def test_keys_act_once_after_another_case_was_opened(onlooker: Workspace) -> None:
    onlooker.open_first_case()
    onlooker.page.locator(".visits a").first.click()
    expect(onlooker.page.locator(".visits .here")).to_contain_text("Pre-operative")
    onlooker.wait_until_hung()
    onlooker.press("Home")
    onlooker.press("ArrowDown")
    assert onlooker.pane(1)["slice"] == 2


def test_the_first_images_of_the_next_case_arrive_before_it_is_opened(onlooker: Workspace) -> None:
    asked: list[str] = []
    onlooker.page.on("request", lambda request: asked.append(request.url))
    onlooker.sign_in("manager")
    onlooker.page.goto("/viewer/")
    onlooker.page.locator("tbody tr").first.click()
    onlooker.wait_until_hung()
    link = onlooker.page.locator(".footer .progress a")
    name = link.get_attribute("href").removeprefix("/viewer/case/")
    for _ in range(200):
        if any(url.endswith(f"/api/v1/cases/{name}") for url in asked):
            break
        onlooker.page.wait_for_timeout(100)
    onlooker.page.wait_for_timeout(1500)
    before = set(asked)
    link.click()
    onlooker.page.wait_for_url(f"**/{name}")
    onlooker.wait_until_hung()
    shown = {pane["imageId"].removeprefix("wadors:") for pane in onlooker.panes()}
    assert len(shown) == 4
    assert shown <= before
