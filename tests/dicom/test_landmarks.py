import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from casebook.dicom.landmarks import MAX_RESIDUAL_MM, fitted
from casebook.domain.errors import Invalid
from casebook.domain.rigid import transformed

CORNERS = [(0.0, 0.0, 0.0), (60.0, 0.0, 10.0), (0.0, 80.0, -20.0), (30.0, 20.0, 70.0)]
shifts = st.tuples(*[st.floats(-400, 400)] * 3)
turns = st.tuples(*[st.floats(-9, 9)] * 3)


def moved(points, *, turn_deg=(0, 0, 0), shift_mm=(0, 0, 0)):
    rigid = sitk.Euler3DTransform()
    rigid.SetRotation(*np.radians(turn_deg).tolist())
    rigid.SetTranslation(shift_mm)
    return [rigid.TransformPoint(point) for point in points]


def test_one_pair_moves_and_says_nothing_of_its_error():
    fit = fitted([((1.0, 2.0, 3.0), (2.0, 4.0, -3.0))])
    assert transformed(fit.matrix, (11.0, 12.0, 13.0)) == pytest.approx((12.0, 14.0, 7.0))
    assert fit.residual_mm is None


def test_two_pairs_move_by_their_mean_and_keep_what_remains():
    fit = fitted([((0.0, 0.0, 0.0), (0.0, 0.0, 4.0)), ((50.0, 0.0, 0.0), (50.0, 0.0, 8.0))])
    assert transformed(fit.matrix, (7.0, 7.0, 7.0)) == pytest.approx((7.0, 7.0, 13.0))
    assert fit.residual_mm == pytest.approx(2.0)


@given(turn_deg=turns, shift_mm=shifts)
def test_three_pairs_and_more_find_the_turn_and_the_shift(turn_deg, shift_mm):
    there = moved(CORNERS, turn_deg=turn_deg, shift_mm=shift_mm)
    for n in (3, 4):
        fit = fitted(list(zip(CORNERS, there, strict=True))[:n])
        assert fit.residual_mm < 1e-6
        (expected,) = moved([(10.0, -20.0, 30.0)], turn_deg=turn_deg, shift_mm=shift_mm)
        assert transformed(fit.matrix, (10.0, -20.0, 30.0)) == pytest.approx(expected, abs=1e-5)


def test_a_hand_that_trembles_leaves_about_its_own_error():
    dice = np.random.default_rng(4)
    there = np.array(moved(CORNERS, turn_deg=(2, -3, 4), shift_mm=(5, 6, 7))) + dice.normal(0, 1.5, (4, 3))
    fit = fitted([(a, tuple(b)) for a, b in zip(CORNERS, there, strict=True)])
    assert 0.5 < fit.residual_mm < 3.0
    rotation = np.array(fit.matrix).reshape(4, 4)[:3, :3]
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert rotation @ rotation.T == pytest.approx(np.eye(3))


def test_points_on_a_line_turn_nothing():
    line = [(0.0, 0.0, 0.0), (20.0, 0.0, 0.0), (40.0, 0.1, 0.0)]
    fit = fitted(list(zip(line, moved(line, shift_mm=(1, 2, 3)), strict=True)))
    assert fit.matrix == pytest.approx((1, 0, 0, 1, 0, 1, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1))


def test_pairs_that_contradict_each_other_are_refused_with_what_remains():
    with pytest.raises(Invalid, match=r"contradict each other: 25\.0 mm remain"):
        fitted([((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), ((50.0, 0.0, 0.0), (100.0, 0.0, 0.0))])
    assert MAX_RESIDUAL_MM < 25.0


def test_pairs_that_turn_the_patient_over_are_refused():
    with pytest.raises(Invalid, match="turn the patient by 90 degrees"):
        fitted(list(zip(CORNERS, moved(CORNERS, turn_deg=(0, 0, 90)), strict=True)))


def test_no_pair_is_no_correction():
    with pytest.raises(Invalid, match="at least one pair"):
        fitted([])
