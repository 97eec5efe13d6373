import numpy as np
import pytest
import SimpleITK as sitk

from casebook.dicom.breathing import MAX_QUALITY_MM, breathing
from casebook.dicom.registration import Refusal
from casebook.dicom.registration_search import prepared
from casebook.dicom.volumes import Volume
from tests.dicom.abdomen_builders import a_volume, an_abdomen, lying_elsewhere


@pytest.fixture(autouse=True)
def _one_thread():
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    yield
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def in_place(abdomen, **how):
    """The abdomen on the grid of one lying at the origin, as a scanner's next breath-hold would show it."""
    volume = a_volume(abdomen, **how)
    there, here = np.array(volume.image.GetOrigin()), np.array(a_volume(an_abdomen(), **how).image.GetOrigin())
    home = sitk.Image(volume.image)
    home.SetOrigin(here.tolist())
    moved = sitk.Resample(volume.image, home, sitk.Transform(3, sitk.sitkIdentity), sitk.sitkLinear, 5.0)
    assert not np.allclose(there, here) or np.allclose(abdomen.shift_mm, 0)
    return prepared(Volume(moved, volume.is_hounsfield))


@pytest.mark.parametrize("shift_mm", [(0.5, -1.0, 4.2), (-1.0, 2.0, -17.0)])
def test_a_breath_is_found_and_its_estimate_is_not_better_than_the_truth(shift_mm):
    fixed = in_place(an_abdomen(), is_ct=False)
    moving = in_place(lying_elsewhere(an_abdomen(), shift_mm=shift_mm), is_ct=False, noise_seed=8)
    found = breathing(fixed, moving)
    assert found.refusal is None
    error_mm = float(np.linalg.norm(np.array(found.shift_mm) - shift_mm))
    assert error_mm < 1.0
    assert error_mm <= found.quality_mm <= MAX_QUALITY_MM
    assert breathing(fixed, moving) == found


def test_where_nothing_moved_nothing_is_corrected():
    fixed, moving = (in_place(an_abdomen(), is_ct=False, noise_seed=seed) for seed in (7, 8))
    found = breathing(fixed, moving)
    assert np.linalg.norm(found.shift_mm) < 0.2
    assert (found.refusal, found.gain_nats < 0.02) == (None, True)


def test_another_body_in_the_same_frame_of_reference_is_refused():
    found = breathing(prepared(a_volume(an_abdomen(1), is_ct=False)), prepared(a_volume(an_abdomen(2), is_ct=False)))
    assert found.refusal in {Refusal.BLOCKS_DISAGREE, Refusal.LITTLE_OVERLAP, Refusal.TOO_FAR}


def test_air_is_refused_at_once():
    air = Volume(sitk.Image([30, 30, 30], sitk.sitkFloat32) - 1000.0, is_hounsfield=True)
    found = breathing(prepared(air), prepared(a_volume(an_abdomen(), is_ct=True)))
    assert (found.refusal, found.shift_mm, found.quality_mm) == (Refusal.NO_BODY, None, None)
