"""The liver map: no two marks overlap, and each timepoint shows the lesions as they stood."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.imaging import SEGMENTS
from services.api.pages.liver_map import BOXES, CELL, grid
from tests.pages import hospital
from tests.pages.reading import section, words

HERE = f"{hospital.SITE}-0001"


def test_every_segment_has_its_room_and_no_two_share_any():
    assert set(BOXES) == set(SEGMENTS)
    for one, other in combinations(BOXES.values(), 2):
        apart_across = one.x + one.width <= other.x or other.x + other.width <= one.x
        apart_down = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert apart_across or apart_down, (one, other)


@pytest.mark.parametrize("segment", SEGMENTS)
@given(n=st.integers(1, 12))
def test_up_to_twelve_lesions_of_a_segment_stand_side_by_side_within_it(segment, n):
    box, cells = BOXES[segment], grid(BOXES[segment], n)
    assert len(cells) == n
    scale = cells[0][2]
    width, height, slack = CELL[0] * scale, CELL[1] * scale, 0.1
    for x, y, own in cells:
        assert own == scale <= 1
        assert box.x - slack <= x <= box.x + box.width - width + slack
        assert box.y - slack <= y <= box.y + box.height - height + slack
    for (x, y, _), (other_x, other_y, _) in combinations(cells, 2):
        assert abs(x - other_x) >= width - slack or abs(y - other_y) >= height - slack


def test_the_map_says_in_words_what_it_draws(browsers):
    shown = words(section(browsers("manager").get(f"/patients/{HERE}").text, "Liver map"))
    assert "VIII L1 visible" in shown
    assert "IVb L2 not visible" in shown
    assert "VII L5 not evaluable" in shown


def test_at_baseline_the_lesions_of_the_list_are_visible(browsers):
    for path in (f"/patients/{HERE}", f"/patients/{HERE}/lesions"):
        shown = words(section(browsers("radiologist").get(f"{path}?at=baseline").text, "Liver map"))
        assert "IVb L2 visible" in shown


def test_who_may_not_see_reads_sees_open_marks_before_surgery(browsers):
    shown = words(section(browsers("radiologist").get(f"/patients/{HERE}?at=preoperative").text, "Liver map"))
    assert "IVb L2 open" in shown
