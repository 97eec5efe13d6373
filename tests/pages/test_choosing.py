"""Rows of a list are chosen together, and the page says how many are."""

import pytest

from tests.pages import hospital


@pytest.mark.browser
def test_one_box_chooses_every_row_and_coming_back_to_the_page_still_says_how_many(chromium, address):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en", base_url=address)
    page = context.new_page()
    page.goto("/login")
    page.fill("input[name=login]", "manager")
    page.fill("input[name=password]", hospital.PASSWORD)
    page.click("button.primary")
    page.goto("/entries?lang=en")
    rows = page.locator("input[name=entry]")
    n_rows = rows.count()
    assert n_rows > 2
    every = page.get_by_label("choose every row")
    every.check()
    assert page.locator("input[name=entry]:checked").count() == n_rows
    assert page.get_by_text(f"({n_rows} chosen)").is_visible()
    rows.first.uncheck()
    assert every.evaluate("one => one.indeterminate")
    page.get_by_role("button", name="…").first.click()
    page.go_back()
    page.get_by_text(f"({n_rows - 1} chosen)").wait_for()
    every.check()
    every.uncheck()
    assert page.locator("input[name=entry]:checked").count() == 0
    assert page.get_by_text("chosen)").count() == 0
    context.close()
