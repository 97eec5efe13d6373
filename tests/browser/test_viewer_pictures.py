"""What a reader does with pictures beyond scrolling: play, magnify, tile, cut planes, and keep windows."""

import pytest
from playwright.sync_api import expect

from tests.browser.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TILE_SHARES = """() => [...document.querySelectorAll('.tile:not([hidden]) canvas')].map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  let bright = 0
  for (let at = 0; at < data.length; at += 4) bright += data[at] > 16 ? 1 : 0
  return bright / (data.length / 4)
})"""
PLANE_DIGEST = """() => {
  const canvas = document.querySelector('.planes .axial canvas')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  let sum = 0
  for (let at = 0; at < data.length; at += 4) sum = (sum * 31 + data[at]) % 2147483647
  return sum
}"""


@pytest.fixture
def case(onlooker: Workspace) -> Workspace:
    onlooker.open_first_case()
    return onlooker


def test_the_space_bar_plays_the_slices_and_pauses_them(case: Workspace) -> None:
    case.press("Home")
    case.page.keyboard.press(" ")
    case.page.wait_for_function("() => window.casebook.panes()[0].slice > 2")
    button = case.page.locator('[data-pane="1"] .cine')
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("/s")
    case.press(" ")
    expect(button).to_have_attribute("aria-pressed", "false")
    resting = case.pane(1)["slice"]
    case.page.wait_for_timeout(600)
    assert case.pane(1)["slice"] == resting


def test_a_turn_of_the_wheel_stops_what_plays(case: Workspace) -> None:
    case.page.keyboard.press(" ")
    case.page.locator('[data-pane="1"] .picture').hover()
    case.page.mouse.wheel(0, 100)
    expect(case.page.locator('[data-pane="1"] .cine')).to_have_attribute("aria-pressed", "false")


def test_the_magnifier_shows_while_its_key_is_held_and_changes_nothing(case: Workspace) -> None:
    before = case.pixels(1)
    case.page.locator('[data-pane="1"] .picture').hover(position={"x": 150, "y": 150})
    case.page.keyboard.down("z")
    expect(case.page.locator('[data-pane="1"] .magnifier')).to_be_visible()
    case.page.keyboard.up("z")
    expect(case.page.locator(".magnifier")).to_have_count(0)
    case.settle()
    assert case.page.evaluate("() => document.querySelectorAll('[data-pane=\"1\"] .picture canvas').length") == 1
    assert case.pixels(1)["share"] == pytest.approx(before["share"], abs=0.001)


def test_tiles_show_successive_slices_and_a_click_takes_one_back_to_its_pane(case: Workspace) -> None:
    case.press("Home")
    n_slices = case.pane(1)["nSlices"]
    case.page.keyboard.press("Shift+T")
    tiles = case.page.locator(".tile:not([hidden])")
    expect(tiles).to_have_count(min(9, n_slices))
    case.page.wait_for_timeout(800)
    assert min(case.page.evaluate(TILE_SHARES)) > 0.05
    case.page.keyboard.press("ArrowDown")
    expect(tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    tiles.nth(4).click()
    expect(case.page.locator(".tiles")).to_have_count(0)
    case.settle()
    assert case.pane(1)["slice"] == 5


def test_planes_become_slabs_by_key_thicker_and_thinner(case: Workspace) -> None:
    case.press("1")
    case.page.keyboard.press("m")
    case.page.wait_for_function("() => document.querySelectorAll('.planes .letter.left:not(:empty)').length === 3")
    case.page.wait_for_timeout(1500)
    seen = [case.page.evaluate(PLANE_DIGEST)]
    for _ in range(3):
        case.page.keyboard.press("Shift+M")
        case.page.wait_for_timeout(1200)
        seen.append(case.page.evaluate(PLANE_DIGEST))
    case.page.keyboard.press("]")
    expect(case.page.locator(".planes .slab select").nth(1)).to_have_value("15")
    assert len(set(seen)) == 4
    case.page.keyboard.press("Escape")
    expect(case.page.locator(".planes")).to_have_count(0)


def test_a_window_of_mr_comes_back_in_another_browser_as_the_same_share_of_the_image(workspace: Workspace) -> None:
    workspace.open_first_case()
    workspace.page.select_option('[data-pane="2"] select.window', "narrow")
    workspace.settle()
    chosen = workspace.pane(2)["window"]
    workspace.page.reload()
    workspace.page.evaluate("() => { localStorage.clear(); localStorage.setItem('casebook.language', 'en') }")
    workspace.page.reload()
    workspace.wait_until_hung()
    assert workspace.pane(2)["window"] == pytest.approx(chosen, rel=1e-6)
    expect(workspace.page.locator('[data-pane="2"] select.window option').first).to_contain_text("narrow")


def test_without_a_graphics_card_the_page_says_so_and_why_there_are_no_planes(case: Workspace) -> None:
    case.page.goto(f"{case.page.url}?renderer=cpu")
    case.wait_until_hung()
    expect(case.page.locator('[data-pane="1"] .warnings')).to_contain_text("without graphics card")
    case.page.keyboard.press("m")
    expect(case.page.get_by_role("alert").filter(has_text="graphics card")).to_be_visible()
    case.page.keyboard.press("Escape")
    case.press("Home")
    assert case.pane(1)["slice"] == 1
