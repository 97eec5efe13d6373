import numpy as np
import pytest
import SimpleITK as sitk

from casebook.dicom.registration import MAX_QUALITY_MM, Refusal, register
from casebook.dicom.volumes import Volume
from tests.dicom.abdomen_builders import HALF_BODY_MM, a_volume, an_abdomen, lying_elsewhere


@pytest.fixture(autouse=True)
def _one_thread():
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    yield
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def worst_error_mm(found, fixed, moving):
    """Over points all over the right half of the body."""
    truth = moving.matrix() @ np.linalg.inv(fixed.matrix())
    own = np.random.default_rng(3).uniform(-0.7, 0.7, (200, 3)) * HALF_BODY_MM
    own[:, 0] = -np.abs(own[:, 0])
    points = np.column_stack([own, np.ones(len(own))]) @ fixed.matrix().T
    away = points @ (np.array(found.matrix).reshape(4, 4) - truth).T
    return float(np.linalg.norm(away[:, :3], axis=1).max())


def test_ct_is_found_on_mr_of_another_frame_of_reference_and_the_estimate_is_not_better_than_the_truth():
    here = an_abdomen()
    there = lying_elsewhere(here, turn_deg=(3, -4, 5), shift_mm=(12, -20, -1150))
    fixed, moving = (
        a_volume(here, is_ct=False),
        a_volume(there, is_ct=True, voxel_mm=(3.0, 3.0, 5.0), n_voxels=(84, 64, 28)),
    )
    found = register(fixed, moving)
    assert found.is_accepted
    assert worst_error_mm(found, here, there) < 1.5
    assert worst_error_mm(found, here, there) <= found.quality_mm <= MAX_QUALITY_MM
    assert register(fixed, moving) == found


def test_another_person_is_refused():
    found = register(a_volume(an_abdomen(1), is_ct=False), a_volume(an_abdomen(2), is_ct=True))
    assert found.refusal in {Refusal.BLOCKS_DISAGREE, Refusal.LITTLE_OVERLAP}
    assert found.quality_mm > MAX_QUALITY_MM


def test_a_body_without_structure_is_refused():
    plain = an_abdomen(n_balls=0)
    found = register(a_volume(plain, is_ct=False), a_volume(plain, is_ct=True))
    assert found.refusal is Refusal.LITTLE_STRUCTURE


def test_noise_is_refused():
    noise = np.random.default_rng(5).normal(400, 100, (26, 44, 60)).astype(np.float32)
    image = sitk.GetImageFromArray(noise)
    image.SetSpacing((4.0, 4.0, 5.0))
    found = register(Volume(image, is_hounsfield=False), a_volume(an_abdomen(), is_ct=True))
    assert found.refusal is not None
    assert not found.is_accepted


def test_air_alone_is_refused_at_once():
    image = sitk.Image([30, 30, 30], sitk.sitkFloat32) - 1000.0
    image.SetSpacing((5.0, 5.0, 5.0))
    found = register(Volume(image, is_hounsfield=True), a_volume(an_abdomen(), is_ct=True))
    assert (found.refusal, found.matrix, found.quality_mm) == (Refusal.NO_BODY, None, None)
