import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.imaging import LocationBasis
from casebook.domain.lesion_location import (
    Mark,
    Plane,
    SeriesPlanes,
    locate,
    pixel_position,
)
from casebook.domain.rigid import inverted, transformed
from casebook.domain.series_facts import FrameFacts
from casebook.domain.series_links import KnownLinks, Link

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
millimetres = st.floats(-500, 500)
points = st.tuples(millimetres, millimetres, millimetres)


def a_series(uid="S", frame="F", n=10, step_mm=5.0) -> SeriesPlanes:
    return SeriesPlanes(uid, frame, AXIAL, tuple(Plane(f"{uid}.{k}", 1, (0.0, 0.0, k * step_mm)) for k in range(n)))


def a_rigid(angle: float, shift) -> tuple[float, ...]:
    c, s = math.cos(angle), math.sin(angle)
    return (c, -s, 0.0, shift[0], s, c, 0.0, shift[1], 0.0, 0.0, 1.0, shift[2], 0.0, 0.0, 0.0, 1.0)


def test_a_mark_on_the_series_itself_comes_first():
    marks = [Mark("other", "F", (0, 0, 40)), Mark("S", "F", (1, 2, 11))]
    found = locate(marks, KnownLinks(), a_series())
    assert found.basis is LocationBasis.MARKED
    assert found.position_mm == (1, 2, 11)
    assert found.plane.sop_uid == "S.2"
    assert found.distance_mm == pytest.approx(1.0)


def test_a_mark_in_the_same_frame_of_reference_comes_next():
    found = locate([Mark("other", "F", (0, 0, 40))], KnownLinks(), a_series())
    assert (found.basis, found.position_mm) == (LocationBasis.SAME_FRAME, (0, 0, 40))


def test_between_frames_the_better_link_carries_the_mark():
    links = [
        Link("G", "F", LocationBasis.REGISTERED, a_rigid(0, (0, 0, 5)), 4.0),
        Link("G", "F", LocationBasis.LANDMARKS, a_rigid(0, (0, 0, 10)), 1.0),
    ]
    found = locate([Mark("other", "G", (0, 0, 10))], KnownLinks(links), a_series())
    assert (found.basis, found.position_mm, found.quality_mm) == (LocationBasis.LANDMARKS, (0, 0, 20), 1.0)


@given(points)
def test_without_a_link_another_frame_is_never_taken_for_the_same(point):
    back = Link("F", "G", LocationBasis.REGISTERED, a_rigid(0, (0, 0, 0)), 1.0)
    found = locate([Mark("other", "G", point)], KnownLinks([back]), a_series())
    assert found.basis is LocationBasis.NOT_KNOWN
    assert found.position_mm is None


def test_without_a_mark_nothing_is_known():
    assert locate([], KnownLinks(), a_series()).basis is LocationBasis.NOT_KNOWN


@given(points, st.floats(-math.pi, math.pi), points)
def test_a_rigid_transform_and_its_inverse_lead_back(point, angle, shift):
    matrix = a_rigid(angle, shift)
    assert transformed(inverted(matrix), transformed(matrix, point)) == pytest.approx(point, abs=1e-6)


@given(points)
def test_no_plane_is_closer_than_the_closest(point):
    series = a_series()
    plane, distance = series.closest(point)
    assert all(abs(point[2] - other.position_mm[2]) >= abs(distance) - 1e-9 for other in series.planes)
    assert plane.position_mm[2] + distance == pytest.approx(point[2])


def test_planes_survive_storage():
    series = a_series()
    assert SeriesPlanes.from_json("S", series.to_json()) == series


def test_a_pixel_lies_where_the_standard_says():
    frame = FrameFacts(position_mm=(10, 20, 30), orientation=(0, 1, 0, 0, 0, -1), pixel_spacing_mm=(2.0, 0.5))
    assert pixel_position(frame, column_px=4, row_px=3) == (10, 22, 24)
    assert pixel_position(FrameFacts(), column_px=4, row_px=3) is None
