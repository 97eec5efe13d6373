import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.frame_links import PlacedFrame, RigidLink, chained, composed_links, direct_pairs
from casebook.domain.imaging import SeriesRole
from casebook.domain.rigid import inverted, transformed

CT = SeriesRole.CT_PORTAL_VENOUS
EOB = SeriesRole.EOB_HEPATOBILIARY


def moved_by(x_mm, quality_mm=1.0):
    return RigidLink((1.0, 0.0, 0.0, x_mm, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0), quality_mm)


@st.composite
def rigid_links(draw):
    angle = draw(st.floats(-math.pi, math.pi))
    x, y, z = (draw(st.floats(-500, 500)) for _ in range(3))
    c, s = math.cos(angle), math.sin(angle)
    matrix = draw(
        st.sampled_from(
            [
                (c, -s, 0.0, x, s, c, 0.0, y, 0.0, 0.0, 1.0, z, 0.0, 0.0, 0.0, 1.0),
                (1.0, 0.0, 0.0, x, 0.0, c, -s, y, 0.0, s, c, z, 0.0, 0.0, 0.0, 1.0),
            ]
        )
    )
    return RigidLink(matrix, draw(st.floats(0.1, 5.0)))


def test_ct_is_registered_with_the_mr_of_its_timepoint_and_each_later_image_with_the_first_of_its_kind():
    frames = [
        PlacedFrame("ct-0", 0, CT),
        PlacedFrame("mr-0", 0, EOB),
        PlacedFrame("ct-1", 1, SeriesRole.CT_ARTERIAL),
        PlacedFrame("mr-1", 1, SeriesRole.T2),
    ]
    assert set(direct_pairs(frames)) == {("mr-0", "ct-0"), ("mr-1", "ct-1"), ("mr-0", "mr-1"), ("ct-0", "ct-1")}


def test_the_best_mr_of_a_timepoint_is_the_hub_of_its_other_frames():
    frames = [PlacedFrame("a", 0, SeriesRole.T2), PlacedFrame("b", 0, EOB), PlacedFrame("c", 0, CT)]
    assert set(direct_pairs(frames)) == {("b", "a"), ("b", "c")}


def test_a_timepoint_without_mr_is_registered_by_ct():
    frames = [PlacedFrame("a", 0, CT), PlacedFrame("b", 1, EOB), PlacedFrame("c", 2, CT)]
    assert direct_pairs(frames) == (("a", "c"),)


def test_one_frame_or_none_needs_no_registration():
    assert direct_pairs([]) == ()
    assert direct_pairs([PlacedFrame("a", 0, CT)]) == ()


def test_a_link_through_others_adds_the_errors_as_independent_and_names_what_it_goes_through():
    found = composed_links({("a", "b"): moved_by(10, 3.0), ("b", "c"): moved_by(5, 4.0)}, max_quality_mm=5.0)
    assert set(found) == {("a", "c")}
    assert found["a", "c"].through == ("b",)
    assert found["a", "c"].link.quality_mm == pytest.approx(5.0)
    assert transformed(found["a", "c"].link.matrix, (0, 0, 0)) == pytest.approx((15, 0, 0))


def test_of_two_ways_the_one_with_the_smaller_error_is_taken():
    direct = {
        ("a", "b"): moved_by(1, 1.0),
        ("b", "d"): moved_by(1, 1.0),
        ("a", "c"): moved_by(7, 2.0),
        ("c", "d"): moved_by(7, 0.5),
    }
    assert composed_links(direct, max_quality_mm=5.0)["a", "d"].through == ("b",)


def test_a_chain_beyond_the_limit_and_frames_apart_are_left_out():
    direct = {("a", "b"): moved_by(1, 4.0), ("b", "c"): moved_by(1, 4.0), ("x", "y"): moved_by(1, 1.0)}
    assert composed_links(direct, max_quality_mm=5.0) == {}


@given(first=rigid_links(), second=rigid_links(), point=st.tuples(*[st.floats(-300, 300)] * 3))
def test_a_chain_takes_a_point_where_its_links_take_it_one_after_the_other_and_back(first, second, point):
    chain = chained(first, second)
    assert transformed(chain.matrix, point) == pytest.approx(
        transformed(second.matrix, transformed(first.matrix, point)), abs=1e-6
    )
    assert transformed(inverted(chain.matrix), transformed(chain.matrix, point)) == pytest.approx(point, abs=1e-6)
    assert chain.quality_mm >= max(first.quality_mm, second.quality_mm)


@given(links=st.lists(rigid_links(), min_size=2, max_size=5))
def test_links_may_be_walked_against_their_direction(links):
    names = [f"f{number}" for number in range(len(links) + 1)]
    forward = {(names[i], names[i + 1]): link for i, link in enumerate(links)}
    backward = {
        (names[i + 1], names[i]): RigidLink(inverted(link.matrix), link.quality_mm) for i, link in enumerate(links)
    }
    a = composed_links(forward, max_quality_mm=math.inf)
    b = composed_links(backward, max_quality_mm=math.inf)
    assert a.keys() == b.keys()
    for pair, composed in a.items():
        assert composed.link.matrix == pytest.approx(b[pair].link.matrix, abs=1e-6)
