import numpy as np
import pytest
import SimpleITK as sitk

from casebook.dicom.body_region import along_axes, body_mask, liver_region
from casebook.dicom.volumes import Volume
from tests.dicom.abdomen_builders import a_volume, an_abdomen

STEP_MM = 3.0


def on_grid(voxels, *, is_ct):
    image = sitk.GetImageFromArray(voxels.astype(np.float32))
    image.SetSpacing((STEP_MM,) * 3)
    return Volume(image, is_hounsfield=is_ct)


def a_trunk(n_levels, *, half_width=50, half_depth=34):
    """An oval of soft tissue in air, (levels, 90, 120) voxels, and where it is."""
    y, x = np.ogrid[:90, :120]
    oval = ((x - 60) / half_width) ** 2 + ((y - 42) / half_depth) ** 2 < 1
    inside = np.broadcast_to(oval, (n_levels, 90, 120))
    return np.where(inside, 50.0, -1000.0), inside


@pytest.mark.parametrize("is_ct", [True, False])
def test_the_body_is_found_in_ct_and_mr(is_ct):
    abdomen = an_abdomen()
    placed = along_axes(a_volume(abdomen, is_ct=is_ct).image, STEP_MM)
    found = body_mask(Volume(placed, is_hounsfield=is_ct))
    indices = np.argwhere(np.ones(found.shape, bool))
    points = np.array(placed.GetOrigin()) + indices[:, ::-1] * STEP_MM
    truth = abdomen.tissue_at(points).reshape(found.shape) >= 0
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.95


def test_the_couch_is_no_part_of_the_body_and_the_lungs_are():
    voxels, inside = a_trunk(40)
    voxels[20:, 30:50, 30:50] = -850.0
    voxels[:, 84:86, 10:110] = 100.0
    found = body_mask(on_grid(voxels, is_ct=True))
    assert not found[:, 82:, :].any()
    assert found[30, 40, 40]
    assert (found & inside).sum() > 0.97 * inside.sum()


def test_the_region_is_on_the_patients_right_away_from_spine_and_skin():
    voxels, inside = a_trunk(40)
    volume = on_grid(voxels, is_ct=True)
    region = liver_region(volume, inside, step_mm=STEP_MM)
    assert region[20, 40, 35]
    assert not region[20, 40, 100]
    assert not region[20, 60, 60]
    assert not region[20, 42, 11]


def test_a_long_ct_is_cut_to_the_levels_below_the_lung():
    voxels, inside = a_trunk(250)
    voxels[150:, 15:65, 20:100] = -850.0
    region = liver_region(on_grid(voxels, is_ct=True), inside, step_mm=STEP_MM)
    levels = np.flatnonzero(region.any(axis=(1, 2))) * STEP_MM
    assert levels.min() == pytest.approx(450 - 200, abs=2 * STEP_MM)
    assert levels.max() == pytest.approx(450 + 30, abs=2 * STEP_MM)


def test_where_there_is_no_body_there_is_no_region():
    voxels = np.full((20, 30, 30), -1000.0)
    volume = on_grid(voxels, is_ct=True)
    assert not liver_region(volume, body_mask(volume), step_mm=STEP_MM).any()


def test_an_oblique_volume_keeps_its_place_on_the_grid_along_the_axes():
    tilted = sitk.Image([40, 40, 40], sitk.sitkFloat32)
    tilted.SetDirection((1.0, 0.0, 0.0, 0.0, 0.9781476, 0.2079117, 0.0, -0.2079117, 0.9781476))
    tilted.SetSpacing((2.0, 2.0, 4.0))
    tilted.SetOrigin((-30.0, 20.0, -900.0))
    tilted[18:23, 18:23, 19:22] = 1000.0
    placed = along_axes(tilted, STEP_MM)
    middle = sitk.LabelIntensityStatisticsImageFilter()
    middle.Execute(placed > 300.0, placed)
    bright = np.array(middle.GetCenterOfGravity(1))
    assert bright == pytest.approx(np.array(tilted.TransformIndexToPhysicalPoint((20, 20, 20))), abs=0.5)
