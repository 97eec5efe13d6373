"""A NIfTI volume says of each voxel where it lies in the patient, as the DICOM headers do."""

import gzip
import struct

import numpy as np
import pytest

from casebook.dicom.nifti import box_of, nifti
from casebook.dicom.volumes import NotAVolume
from tests.dicom.test_volumes import TILTED, frame_of, planes

LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])
INT16, FLOAT32 = 4, 16


def read(content: bytes) -> tuple[np.ndarray, np.ndarray, int]:
    """Voxels by (column, row, slice), the affine of the header (RAS, mm) and the data type: read by hand."""
    plain = gzip.decompress(content)
    shape = struct.unpack("<8h", plain[40:56])[1:4]
    (kind,) = struct.unpack("<h", plain[70:72])
    affine = np.vstack([np.array(struct.unpack("<12f", plain[280:328])).reshape(3, 4), [0, 0, 0, 1]])
    offset = int(struct.unpack("<f", plain[108:112])[0])
    voxels = np.frombuffer(plain[offset:], "<i2" if kind == INT16 else "<f4").reshape(shape, order="F")
    return voxels, affine, kind


def written(some):
    stack = box_of(some)
    return nifti(stack, [frame_of(some[index]).astype(np.float32) for index in stack.order])


@pytest.mark.parametrize("orientation", [(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), TILTED, (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)])
def test_every_voxel_lies_where_the_header_of_its_image_puts_it(orientation):
    some = planes(6, step_mm=4.5, orientation=orientation, spacing=(2.0, 1.25), shape=(5, 7))
    voxels, affine, _ = read(written(list(reversed(some))).content)
    for plane in some:
        for row, column in ((0, 0), (4, 0), (0, 6), (3, 2)):
            lps = (
                np.array(plane.position_mm)
                + column * plane.pixel_spacing_mm[1] * np.array(plane.orientation[:3])
                + row * plane.pixel_spacing_mm[0] * np.array(plane.orientation[3:])
            )
            index = np.linalg.inv(affine) @ np.append(lps * LPS_TO_RAS, 1.0)
            i, j, k = np.rint(index[:3]).astype(int)
            np.testing.assert_allclose(index[:3], (i, j, k), atol=1e-3)
            assert voxels[i, j, k] == pytest.approx(frame_of(plane)[row, column], rel=1e-5)


def test_whole_numbers_are_kept_in_16_bits_and_others_exactly():
    some = planes(3, shape=(4, 4))
    stack = box_of(some)
    whole = nifti(stack, [np.full((4, 4), number - 1000, np.float32) for number in range(3)])
    fractions = nifti(stack, [np.full((4, 4), number + 0.25, np.float32) for number in range(3)])
    assert read(whole.content)[2] == INT16
    assert read(fractions.content)[2] == FLOAT32
    assert read(fractions.content)[0][0, 0].tolist() == [0.25, 1.25, 2.25]


def test_the_same_frames_are_the_same_bytes():
    some = planes(4, shape=(6, 6))
    assert written(some) == written(some)


def test_a_tilted_gantry_is_refused_though_registration_would_bear_it():
    some = planes(40, step_mm=5.0)
    sheared = [
        type(plane)((plane.position_mm[0], plane.position_mm[1] + 0.05 * number, plane.position_mm[2]), *tail(plane))
        for number, plane in enumerate(some)
    ]
    with pytest.raises(NotAVolume, match="tilted gantry"):
        box_of(sheared)


def tail(plane):
    return plane.orientation, plane.pixel_spacing_mm, plane.shape


def test_a_single_plane_and_a_gap_are_no_volume():
    with pytest.raises(NotAVolume, match="single plane"):
        box_of(planes(1))
    with pytest.raises(NotAVolume, match="missing or there twice"):
        box_of([plane for number, plane in enumerate(planes(6)) if number != 3])
