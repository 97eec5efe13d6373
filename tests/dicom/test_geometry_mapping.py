"""Pixels to the patient and back, and slices in the order of the body."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.dicom.geometry import (
    Planes,
    frame_plane,
    index_to_patient,
    patient_to_pixel,
    pixel_to_patient,
    planes,
    slice_stacks,
)
from casebook.domain.series_facts import FrameFacts, InstanceFacts, PixelFacts, PlacedFrame, series_facts

PIXELS = PixelFacts(rows=40, columns=60)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def rotated(*angles_rad: float) -> np.ndarray:
    """Rows are the directions of a row, a column and the normal after three turns."""
    a, b, c = angles_rad
    about_z = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    about_y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(c), -math.sin(c)], [0, math.sin(c), math.cos(c)]])
    return (about_z @ about_y @ about_x).T


def placed(*frames: FrameFacts, pixels: PixelFacts = PIXELS) -> list[PlacedFrame]:
    """Classic instances, numbered against the order given."""
    series = series_facts(
        [
            InstanceFacts(
                "1", f"1.{index}", "2", "3", "4", "MR", pixels=pixels, instance_number=100 - index, frames=(frame,)
            )
            for index, frame in enumerate(frames)
        ]
    )
    return list(series.frames())


def a_slice(
    position=(0.0, 0.0, 0.0), orientation=AXIAL, spacing=(2.0, 1.5), thickness: float | None = 5.0
) -> FrameFacts:
    return FrameFacts(
        position_mm=tuple(position),
        orientation=tuple(orientation),
        pixel_spacing_mm=spacing,
        slice_thickness_mm=thickness,
    )


def a_stack(distances_mm: list[float], turn: np.ndarray | None = None, shear=(0.0, 0.0)) -> list[FrameFacts]:
    """Slices at distances along the normal; `shear` moves each along row and column per mm."""
    axes = np.eye(3) if turn is None else turn
    return [
        a_slice(axes[2] * at + axes[0] * shear[0] * at + axes[1] * shear[1] * at, tuple(axes[0]) + tuple(axes[1]))
        for at in distances_mm
    ]


ANGLES = st.floats(-3, 3)
COORDINATES = st.floats(-500, 500)


def test_columns_go_along_the_row_direction_by_the_second_spacing():
    plane = frame_plane(a_slice((10.0, 20.0, 30.0)), PIXELS)
    assert plane is not None
    assert pixel_to_patient(plane, column=0, row=0) == (10.0, 20.0, 30.0)
    assert pixel_to_patient(plane, column=4, row=0) == (16.0, 20.0, 30.0)
    assert pixel_to_patient(plane, column=0, row=4) == (10.0, 28.0, 30.0)


@given(
    angles=st.tuples(ANGLES, ANGLES, ANGLES),
    origin=st.tuples(COORDINATES, COORDINATES, COORDINATES),
    spacing=st.tuples(st.floats(0.3, 5), st.floats(0.3, 5)),
    column=st.floats(-100, 600),
    row=st.floats(-100, 600),
    off_mm=st.floats(-50, 50),
)
def test_there_and_back_again(angles, origin, spacing, column, row, off_mm):
    axes = rotated(*angles)
    plane = frame_plane(a_slice(origin, tuple(axes[0]) + tuple(axes[1]), spacing), PIXELS)
    assert plane is not None
    point = np.array(pixel_to_patient(plane, column=column, row=row)) + off_mm * axes[2]
    assert patient_to_pixel(plane, tuple(point)) == pytest.approx((column, row, off_mm), abs=1e-6)


@given(
    angles=st.tuples(ANGLES, ANGLES, ANGLES),
    n=st.integers(2, 30),
    step=st.floats(0.5, 10),
    shear=st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
    order=st.randoms(),
)
def test_slices_are_ordered_by_position_whatever_their_numbers(angles, n, step, shear, order):
    frames = a_stack([step * index for index in range(n)], rotated(*angles), shear)
    order.shuffle(frames)
    (stack,) = slice_stacks(placed(*frames))
    assert stack.distances_mm == tuple(sorted(stack.distances_mm))
    assert stack.spacing_mm == pytest.approx(step, abs=0.002)
    assert stack.is_uniform
    assert stack.n_missing == 0
    assert stack.tilt_deg == pytest.approx(math.degrees(math.atan(math.hypot(*shear))), abs=0.02)


@given(
    angles=st.tuples(ANGLES, ANGLES, ANGLES),
    shear=st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
    n=st.integers(1, 12),
)
def test_the_matrix_of_a_stack_gives_the_points_of_its_pixels(angles, shear, n):
    frames = placed(*a_stack([4.0 * index for index in range(n)], rotated(*angles), shear))
    (stack,) = slice_stacks(frames)
    matrix = index_to_patient(stack, PIXELS)
    assert matrix is not None
    for index, frame in enumerate(stack.frames):
        plane = frame_plane(frame.facts, PIXELS)
        assert plane is not None
        expected = pixel_to_patient(plane, column=7, row=11)
        assert (matrix @ [7, 11, index, 1])[:3] == pytest.approx(expected, abs=1e-6)


def test_a_stack_that_is_not_even_has_no_matrix():
    (stack,) = slice_stacks(placed(*a_stack([0, 5, 11, 15])))
    assert index_to_patient(stack, PIXELS) is None


def test_missing_slices_are_named_by_position():
    (stack,) = slice_stacks(placed(*a_stack([0, 5, 10, 25, 30])))
    assert stack.missing_mm == (15.0, 20.0)
    assert not stack.is_uniform
    assert stack.n_positions == 5


def test_rounded_positions_are_even():
    (stack,) = slice_stacks(placed(*a_stack([0, 2.4, 4.9, 7.3, 9.8])))
    assert stack.is_uniform


def test_uneven_steps_are_not_taken_for_missing_slices():
    (stack,) = slice_stacks(placed(*a_stack([0, 5, 10, 17, 22])))
    assert not stack.is_uniform
    assert stack.n_missing == 0


def test_a_repeated_slice_is_found_and_whole_repetitions_are_not():
    (once,) = slice_stacks(placed(*a_stack([0, 5, 5, 10])))
    assert once.repeated_mm == (5.0,)
    (twice,) = slice_stacks(placed(*a_stack([0, 0, 5, 5, 10, 10])))
    assert twice.repeated_mm == ()
    assert twice.counts == (2, 2, 2)


def test_gaps_overlaps_and_coverage_come_from_thickness_and_steps():
    (stack,) = slice_stacks(placed(*a_stack([0, 6, 12])))
    assert stack.gap_mm == pytest.approx(1.0)
    assert stack.coverage_mm == pytest.approx(17.0)
    (overlapping,) = slice_stacks(placed(*a_stack([0, 2, 4])))
    assert overlapping.gap_mm == pytest.approx(-3.0)


def test_a_single_slice_has_no_spacing():
    (stack,) = slice_stacks(placed(a_slice()))
    assert (stack.spacing_mm, stack.gap_mm, stack.is_uniform, stack.tilt_deg) == (None, None, True, 0.0)
    assert index_to_patient(stack, PIXELS) is not None


def test_mixed_orientations_are_stacks_of_their_own():
    coronal = a_slice(orientation=(1.0, 0.0, 0.0, 0.0, 0.0, -1.0))
    stacks = slice_stacks(placed(*a_stack([0, 5, 10]), coronal))
    assert [len(stack.frames) for stack in stacks] == [3, 1]


def test_frames_nobody_placed_are_left_out():
    assert slice_stacks(placed(FrameFacts(), a_slice(orientation=(0.0,) * 6))) == ()
    assert frame_plane(FrameFacts(), PIXELS) is None
    assert frame_plane(a_slice(), None) is None
    assert frame_plane(a_slice(spacing=(0.0, 1.0)), PIXELS) is None


def test_the_closest_frame_and_its_pixel_are_found():
    frames = placed(*a_stack([0, 5, 10]))
    found = Planes(frames).closest((15.0, 20.0, 5.6))
    assert found is not None
    assert (found.sop_uid, found.frame_number) == ("1.1", 1)
    assert (found.column, found.row) == pytest.approx((10.0, 10.0))
    assert found.distance_mm == pytest.approx(0.6)
    assert found.is_inside


def test_a_point_beside_the_image_is_told():
    found = Planes(placed(*a_stack([0, 5]))).closest((-50.0, 0.0, 0.0))
    assert found is not None
    assert not found.is_inside
    assert found.sop_uid == "1.0"


def test_among_planes_that_cross_one_that_shows_the_point_is_preferred():
    near = a_slice((1000.0, 0.0, 0.0))
    far = a_slice((0.0, 0.0, 3.0))
    found = Planes(placed(near, far)).closest((15.0, 20.0, 0.0))
    assert found is not None
    assert (found.sop_uid, found.distance_mm) == ("1.1", 3.0)


def test_the_edge_of_the_image_is_half_a_pixel_out():
    stack = Planes(placed(a_slice()))
    for x_mm, is_inside in ((-0.74, True), (-0.76, False), (59 * 1.5 + 0.74, True), (59 * 1.5 + 0.76, False)):
        found = stack.closest((x_mm, 0.0, 0.0))
        assert found is not None
        assert found.is_inside is is_inside


def test_a_multi_frame_instance_is_searched_by_frame_number():
    frames = tuple(a_stack([0, 5, 10, 15]))
    series = series_facts([InstanceFacts("1", "1.9", "2", "3", "4", "MR", pixels=PIXELS, frames=frames)])
    found = planes(series).closest((3.0, 4.0, 11.0))
    assert found is not None
    assert (found.sop_uid, found.frame_number, len(planes(series))) == ("1.9", 3, 4)


def test_nothing_placed_has_no_closest_frame():
    assert Planes(placed(FrameFacts())).closest((0.0, 0.0, 0.0)) is None


@given(
    angles=st.tuples(ANGLES, ANGLES, ANGLES), column=st.integers(0, 59), row=st.integers(0, 39), index=st.integers(0, 9)
)
def test_every_pixel_of_a_stack_is_found_again(angles, column, row, index):
    frames = placed(*a_stack([3.0 * number for number in range(10)], rotated(*angles)))
    plane = frame_plane(frames[index].facts, PIXELS)
    assert plane is not None
    found = Planes(frames).closest(pixel_to_patient(plane, column=column, row=row))
    assert found is not None
    assert found.sop_uid == f"1.{index}"
    assert (found.column, found.row, found.distance_mm) == pytest.approx((column, row, 0), abs=1e-6)
