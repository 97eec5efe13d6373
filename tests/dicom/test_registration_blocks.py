import numpy as np
import pytest
import SimpleITK as sitk

from casebook.dicom.block_agreement import block_shifts, grey_levels, most_within_mm, mutual_information
from tests.dicom.abdomen_builders import a_volume, an_abdomen

STEP_MM = 3.0


def seen(abdomen, *, is_ct, moved_mm=(0.0, 0.0, 0.0)):
    """Grey levels on one grid, the abdomen moved by hand."""
    volume = a_volume(abdomen, is_ct=is_ct)
    size, origin = (80, 60, 44), (-120.0, -90.0, -66.0)
    back = sitk.TranslationTransform(3, [-v for v in moved_mm])
    voxels = sitk.GetArrayFromImage(
        sitk.Resample(
            volume.image, size, back, sitk.sitkLinear, origin, (STEP_MM,) * 3, np.eye(3).ravel().tolist(), 0.0
        )
    )
    low, high = (-150.0, 250.0) if is_ct else (0.0, 950.0)
    return grey_levels(np.clip((voxels - low) / (high - low), 0, 1).astype(np.float32))


def shifts(fixed, moving):
    everywhere = np.ones(fixed.shape, bool)
    region = np.zeros(fixed.shape, bool)
    region[:, 12:48, 12:50] = True
    return block_shifts(fixed, moving, region=region, seen=everywhere, step_mm=STEP_MM)


@pytest.mark.parametrize("moved_mm", [(0.0, 0.0, 0.0), (0.0, 0.0, 4.0), (6.0, -2.0, 3.0), (0.0, 9.0, 0.0)])
def test_the_blocks_tell_how_far_the_volumes_are_apart(moved_mm):
    found = shifts(seen(an_abdomen(), is_ct=False), seen(an_abdomen(), is_ct=True, moved_mm=moved_mm))
    assert len(found) >= 6
    assert most_within_mm(found) == pytest.approx(np.linalg.norm(moved_mm), abs=1.2)


def test_the_blocks_of_another_person_are_scattered():
    found = shifts(seen(an_abdomen(1), is_ct=False), seen(an_abdomen(2), is_ct=True))
    assert most_within_mm(found) > 6.0


def test_blocks_of_noise_do_not_count():
    dice = np.random.default_rng(1)
    noise = dice.integers(0, 16, (2, 44, 60, 80))
    assert shifts(noise[0], noise[1]) == []


def test_mutual_information_is_nothing_for_independent_values_and_the_entropy_for_equal_ones():
    assert mutual_information(np.ones((4, 4), np.int64)) == pytest.approx(0.0)
    assert mutual_information(np.diag([5, 5, 5, 5])) == pytest.approx(np.log(4))
