import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from casebook.dicom.volumes import NotAVolume, Plane, plane_of, stack_of, volume_from_frames
from casebook.domain.series_facts import FrameFacts

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
TILTED = (1.0, 0.0, 0.0, 0.0, 0.9781476, -0.2079117)


def planes(n=20, *, step_mm=5.0, orientation=AXIAL, spacing=(2.0, 2.0), shape=(12, 16), first=(-30.0, 12.0, 400.0)):
    normal = np.cross(orientation[:3], orientation[3:])
    return [
        Plane(tuple((np.array(first) + number * step_mm * normal).tolist()), orientation, spacing, shape)
        for number in range(n)
    ]


def ramp(points_mm):
    """A value that says where it is."""
    return points_mm @ np.array([1.0, 3.0, -2.0]) + 50.0


def frame_of(plane):
    rows, columns = np.indices(plane.shape)
    along, down = np.array(plane.orientation[:3]), np.array(plane.orientation[3:])
    places = (
        np.array(plane.position_mm)
        + columns[..., None] * plane.pixel_spacing_mm[1] * along
        + rows[..., None] * plane.pixel_spacing_mm[0] * down
    )
    return ramp(places)


def built(some, *, is_hounsfield=False):
    stack = stack_of(some)
    return volume_from_frames(stack, (frame_of(some[index]) for index in stack.order), is_hounsfield=is_hounsfield)


@given(
    orientation=st.sampled_from([AXIAL, TILTED, (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)]),
    spacing=st.sampled_from([(2.0, 2.0), (0.7, 0.7), (0.5, 1.4)]),
    step_mm=st.sampled_from([0.6, 3.0, 5.0]),
    order=st.randoms(use_true_random=False),
)
def test_every_voxel_lies_where_its_pixels_lay_however_the_planes_were_shuffled_and_thinned(
    orientation, spacing, step_mm, order
):
    some = planes(round(100 / step_mm), step_mm=step_mm, orientation=orientation, spacing=spacing)
    order.shuffle(some)
    image = built(some).image
    values = sitk.GetArrayFromImage(image)
    for index in [(0, 0, 0), tuple(n - 1 for n in image.GetSize())]:
        place = np.array(image.TransformIndexToPhysicalPoint(index))
        assert values[index[::-1]] == pytest.approx(ramp(place), abs=0.02)
    assert min(image.GetSpacing()) > 1.0


def test_fine_matrices_are_thinned_so_that_memory_stays_bounded():
    some = planes(400, step_mm=0.5, spacing=(0.4, 0.4), shape=(64, 64))
    assert built(some).image.GetSize() == (16, 16, 133)


def test_padding_outside_the_scanned_circle_counts_as_air():
    some = planes()
    stack = stack_of(some)
    frames = (np.full((12, 16), -2000, np.int16) for _ in stack.order)
    volume = volume_from_frames(stack, frames, is_hounsfield=True)
    assert sitk.GetArrayFromImage(volume.image).max() == -1000.0


@pytest.mark.parametrize(
    ("some", "words"),
    [
        (planes()[:7] + planes()[8:], "missing or there twice"),
        (planes() + planes()[:1], "missing or there twice"),
        (planes(20) * 2, "missing or there twice"),
        (planes()[:6], "Found 6 planes"),
        (planes(11), "cover 55 mm"),
        (planes(10) + planes(10, orientation=TILTED), "orientation"),
        (planes(19) + planes(1, shape=(24, 32)), "matrix"),
        (planes(1) * 20, "one place"),
    ],
)
def test_planes_that_are_no_evenly_spaced_box_are_refused(some, words):
    with pytest.raises(NotAVolume, match=words):
        stack_of(some)


def test_a_tilted_gantry_is_refused():
    upright = planes()
    sheared = [
        Plane((x, y + number * 0.5, z), plane.orientation, plane.pixel_spacing_mm, plane.shape)
        for number, plane in enumerate(upright)
        for x, y, z in [plane.position_mm]
    ]
    with pytest.raises(NotAVolume, match="tilted gantry"):
        stack_of(sheared)


def test_positions_rounded_by_the_scanner_are_no_missing_planes():
    rounded = [
        Plane(tuple(round(v, 1) for v in plane.position_mm), plane.orientation, plane.pixel_spacing_mm, plane.shape)
        for plane in planes(40, step_mm=3.3333, orientation=TILTED)
    ]
    assert stack_of(rounded).step_mm == pytest.approx(3.3333, abs=0.01)


@pytest.mark.parametrize("left_out", ["position_mm", "orientation", "pixel_spacing_mm"])
def test_a_frame_without_its_place_in_the_patient_is_refused(left_out):
    placed = {"position_mm": (0.0, 0.0, 0.0), "orientation": AXIAL, "pixel_spacing_mm": (1.0, 1.0)}
    with pytest.raises(NotAVolume):
        plane_of(FrameFacts(**(placed | {left_out: None})), n_rows=4, n_columns=4)


def test_frames_that_are_not_those_of_the_stack_are_refused():
    stack = stack_of(planes())
    with pytest.raises(NotAVolume, match="19 frames for 20"):
        volume_from_frames(stack, [np.zeros((12, 16))] * 19, is_hounsfield=False)
    with pytest.raises(NotAVolume, match="pixels"):
        volume_from_frames(stack, [np.zeros((12, 16, 3))] * 20, is_hounsfield=False)
