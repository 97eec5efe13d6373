"""Images in the reading workspace: numbers and pixels, not screenshots."""

import pytest

from tests.browser.workspace import Workspace, distance

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROLES = ["ct-portal-venous", "eob-hepatobiliary", "dwi", "adc"]


@pytest.fixture
def case(onlooker: Workspace) -> Workspace:
    onlooker.open_first_case()
    return onlooker


def test_one_click_on_the_worklist_opens_the_case_hung(case: Workspace) -> None:
    panes = case.panes()
    assert [pane["role"] for pane in panes] == ROLES
    assert panes[2]["bValue"] == max(case.series_in_truth("baseline", "dwi")["b_values"])
    for number, role in enumerate(ROLES, start=1):
        assert panes[number - 1]["nSlices"] == case.series_in_truth("baseline", role)["n_slices"]
        assert case.pixels(number)["share"] > 0.2


def test_all_panes_have_the_same_physical_scale(case: Workspace) -> None:
    scales = [pane["mmPerPixel"] for pane in case.panes()]
    assert scales == pytest.approx([scales[0]] * 4, rel=1e-6)
    first, second = case.to_world(1, 100, 100), case.to_world(1, 200, 100)
    assert distance(first, second) == pytest.approx(100 * scales[0], rel=1e-3)


def test_scrolling_moves_one_slice_by_its_spacing(case: Workspace) -> None:
    case.press("Home")
    before, pixels = case.pane(1), case.pixels(1)
    case.press("ArrowDown")
    after = case.pane(1)
    assert (before["slice"], after["slice"]) == (1, 2)
    assert distance(before["centre"], after["centre"]) == pytest.approx(
        case.series_in_truth("baseline", "ct-portal-venous")["step_mm"], abs=0.01
    )
    assert after["mmPerPixel"] == pytest.approx(before["mmPerPixel"], rel=1e-6)
    assert case.pixels(1)["digest"] != pixels["digest"]


def test_the_wheel_scrolls_the_pane_under_the_pointer(case: Workspace) -> None:
    case.press("Home")
    case.page.locator('[data-pane="2"] .picture').hover()
    before = case.pane(2)["slice"]
    case.page.mouse.wheel(0, -100)
    case.settle()
    back = case.pane(2)["slice"]
    case.page.mouse.wheel(0, 100)
    case.settle()
    assert (back, case.pane(2)["slice"]) in {(before - 1, before), (1, 2)}


def test_linked_panes_of_one_frame_of_reference_follow(case: Workspace) -> None:
    case.press("d")
    case.press("Home")
    case.press("ArrowDown")
    dwi, adc = case.pane(3), case.pane(4)
    assert dwi["slice"] == 2
    assert abs(dwi["centre"][2] - adc["centre"][2]) <= case.series_in_truth("baseline", "adc")["step_mm"] / 2


def test_unlinked_panes_stay(case: Workspace) -> None:
    case.press("d")
    case.press("Home")
    case.press("x")
    before = case.pane(4)["slice"]
    case.press("End")
    assert case.pane(3)["slice"] == case.pane(3)["nSlices"]
    assert case.pane(4)["slice"] == before


def test_a_drag_to_the_right_widens_the_window(case: Workspace) -> None:
    before, pixels = case.pane(1)["window"], case.pixels(1)
    case.drag(1, (100, 200), (300, 200))
    after = case.pane(1)["window"]
    assert after["width"] > before["width"] * 1.3
    assert after["center"] == pytest.approx(before["center"], abs=0.1)
    assert case.pixels(1)["digest"] != pixels["digest"]


def test_a_preset_sets_its_window_and_is_remembered_for_the_role(case: Workspace) -> None:
    case.page.select_option('[data-pane="1"] select.window', "lung")
    case.settle()
    assert case.pane(1)["window"] == pytest.approx({"center": -600, "width": 1500})
    case.page.reload()
    case.wait_until_hung()
    assert case.pane(1)["window"] == pytest.approx({"center": -600, "width": 1500})


def test_b_values_are_all_there_and_change_at_the_same_place(case: Workspace) -> None:
    b_values = sorted(case.series_in_truth("baseline", "dwi")["b_values"])
    buttons = case.page.locator('[data-pane="3"] .b-values button').all_inner_texts()
    assert [int(text.removeprefix("b ")) for text in buttons] == b_values
    before = case.pane(3)
    case.press("d")
    case.press("[")
    after = case.pane(3)
    assert (before["bValue"], after["bValue"]) == (b_values[-1], b_values[-2])
    assert after["centre"] == pytest.approx(before["centre"], abs=0.5)
    assert after["nSlices"] == before["nSlices"]


@pytest.mark.parametrize("key", ["1", "2", "4"])
def test_a_digit_moves_the_panes_to_the_lesion_where_the_truth_says_it_is(case: Workspace, key: str) -> None:
    label = f"L{key}"
    case.press(key)
    for number, role in enumerate(ROLES[:2], start=1):
        truth = case.lesion_in_truth("baseline", role, label)
        step = case.series_in_truth("baseline", role)["step_mm"]
        x, y, radius = case.ring(number) or pytest.fail(f"no ring in pane {number}")
        assert abs(case.to_world(number, x, y)[2] - truth[2]) <= step
        shift = case.to_canvas(number, truth)
        assert ((shift[0] - x) ** 2 + (shift[1] - y) ** 2) ** 0.5 < radius


def test_a_metastasis_is_darker_than_liver_in_the_hepatobiliary_phase_and_brighter_at_high_b(case: Workspace) -> None:
    case.press("1")
    for number, role, sign in ((2, "eob-hepatobiliary", -1), (3, "dwi", 1)):
        x, y = case.to_canvas(number, case.lesion_in_truth("baseline", role, "L1"))
        lesion = case.grey(number, x, y, 3)
        around = [case.grey(number, x + dx, y + dy, 3) for dx, dy in ((-38, 0), (38, 0), (0, 38), (-27, 27))]
        assert sign * (lesion - sorted(around)[len(around) // 2]) > 15


def test_one_pane_fills_the_stage_and_gives_it_back(case: Workspace) -> None:
    before = case.pixels(1)
    width = case.page.locator('[data-pane="2"]').bounding_box()["width"]
    case.page.locator('[data-pane="2"] .picture').dblclick(position={"x": 200, "y": 200})
    case.settle()
    assert case.page.locator('[data-pane="2"]').bounding_box()["width"] > 1.9 * width
    case.press("0")
    assert case.page.locator('[data-pane="2"]').bounding_box()["width"] == pytest.approx(width)
    assert case.pixels(1)["digest"] == before["digest"]


def test_three_planes_meet_in_the_lesion_and_leave_the_panes_as_they_were(case: Workspace) -> None:
    case.press("1")
    before = [case.pixels(number) for number in (1, 2, 3, 4)]
    case.page.keyboard.press("m")
    case.page.wait_for_function("() => document.querySelectorAll('.planes .letter.left:not(:empty)').length === 3")
    case.page.wait_for_timeout(1500)
    case.page.keyboard.press("m")
    case.page.wait_for_selector(".planes", state="detached")
    case.settle()
    assert [case.pixels(number) for number in (1, 2, 3, 4)] == before


def test_the_earlier_visit_hangs_beside_the_present_one(case: Workspace) -> None:
    case.page.goto(case.page.url.replace("/baseline", "/preoperative"))
    case.wait_until_hung()
    case.press("p")
    roles = [pane["role"] for pane in case.panes()]
    assert roles == ["ct-portal-venous", "ct-portal-venous", "eob-hepatobiliary", "eob-hepatobiliary"]
    visits = case.page.locator(".corner .visit").all_inner_texts()
    assert visits == ["Pre-operative", "Baseline"] * 2
    case.press("p")
    assert [pane["role"] for pane in case.panes()] == ROLES
