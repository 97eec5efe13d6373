"""The parts the sample is made of keep their promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_dicom import chance, exam, methods
from sample_dicom.anatomy.segments import segment_of
from sample_dicom.anatomy.shapes import smooth_max, smooth_min
from sample_dicom.anatomy.trees import MURRAY_EXPONENT, grow
from sample_dicom.contrast import Phase
from sample_dicom.geometry import placement, stack_around
from sample_dicom.signal import ct_look, diffusion_look, gradient_echo_look
from sample_dicom.tissues import PROPERTIES, Tissue

ANGLES = st.floats(-30, 30)
PLACES = st.floats(-500, 500)


def test_uids_are_short_enough_and_depend_on_every_word():
    made = {chance.uid(1, "a"), chance.uid(1, "b"), chance.uid(2, "a"), chance.uid("1a")}
    assert len(made) == 4
    assert all(u.startswith("2.25.") and len(u) <= 64 for u in made)


def test_chance_is_the_same_everywhere_and_always():
    assert chance.digest("casebook") == 0xF56FCA6CD17338DBE6D4FE0E89DC9BC2
    assert chance.uid("casebook") == "2.25.256587891567684006562807370795609096347"
    bell = chance.bell(chance.stream("bell"), (3,))
    assert bell.dtype == np.float32
    assert bell.tolist() == pytest.approx([0.255621, 1.735460, -2.297870], abs=2e-6)


def test_bell_shaped_numbers_have_mean_nought_and_spread_one():
    numbers = chance.bell(chance.stream("many"), (200, 200)).astype(float)
    assert numbers.mean() == pytest.approx(0.0, abs=0.02)
    assert numbers.std() == pytest.approx(1.0, abs=0.02)


@given(ANGLES, ANGLES, ANGLES, PLACES, PLACES, PLACES)
def test_a_placement_turns_without_stretching(ax, ay, az, x, y, z):
    at = placement((ax, ay, az), (x, y, z))
    a, b = np.array(at.apply((10.0, -20.0, 30.0))), np.array(at.apply((-40.0, 5.0, 60.0)))
    assert np.linalg.norm(a - b) == pytest.approx(np.linalg.norm([50.0, -25.0, -30.0]), abs=1e-4)


@given(PLACES, PLACES, PLACES, st.floats(-25, 25), st.integers(0, 9), st.integers(0, 31), st.integers(0, 47))
def test_a_stack_finds_the_pixel_it_placed(x, y, z, tilt, k, row, column):
    stack = stack_around(
        (x, y, z), n_slices=10, rows=32, columns=48, pixel_mm=2.5, step_mm=6.0, thickness_mm=5.0, tilt_deg=tilt
    )
    point = np.array(stack.first) + stack.index_to_mm() @ [k, row, column]
    assert stack.find(tuple(point)) == pytest.approx((k, row, column), abs=1e-4)
    assert stack.position(k) == pytest.approx(np.array(stack.first) + stack.index_to_mm() @ [k, 0, 0], abs=1e-3)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(1, 20))
def test_smooth_joins_differ_from_sharp_ones_by_a_quarter_of_the_blend_at_most(a, b, blend):
    one, other = np.array([a], np.float32), np.array([b], np.float32)
    low, high = smooth_min(one, other, blend)[0], smooth_max(one, other, blend)[0]
    assert min(a, b) - blend / 4 - 1e-3 <= low <= min(a, b) + 1e-3
    assert max(a, b) - 1e-3 <= high <= max(a, b) + blend / 4 + 1e-3


def test_vessel_trees_reach_their_goals_and_obey_murray():
    goals = np.array([[20.0, 5.0, 3.0], [25.0, -8.0, 6.0], [10.0, 12.0, -4.0]])
    tree = grow([((0, 0, 0), (15, 0, 0))], goals)
    radii = tree.radii_mm(1.0)
    ends = np.array(tree.at)
    for goal in goals:
        assert np.linalg.norm(ends - goal, axis=1).min() < 1e-3
    for node in range(len(radii)):
        children = [radii[i] ** MURRAY_EXPONENT for i, p in enumerate(tree.parent) if p == node]
        if children:
            assert radii[node] ** MURRAY_EXPONENT == pytest.approx(sum(children), rel=1e-2)


@pytest.mark.parametrize(
    ("point", "segment"),
    [
        ((0, 15, 20), "I"), ((50, -30, 40), "II"), ((50, -65, -8), "III"), ((0, -50, 30), "IVa"),
        ((0, -60, 0), "IVb"), ((-80, -40, -30), "V"), ((-90, 50, -30), "VI"), ((-90, 45, 40), "VII"),
        ((-80, -30, 50), "VIII"),
    ],
)  # fmt: skip
def test_segments_are_where_couinaud_put_them(point, segment):
    assert segment_of(point) == segment


def test_contrast_agent_does_what_it_does_in_life():
    arterial, portal = ct_look(Phase.ARTERIAL).value, ct_look(Phase.PORTAL_VENOUS).value
    assert arterial[Tissue.ARTERY] > 250 > portal[Tissue.ARTERY]
    assert portal[Tissue.LIVER] - portal[Tissue.METASTASIS] > 30
    settings = {"tr_ms": 3.9, "te_ms": 1.7, "flip_deg": 10.0, "gain": 1000.0}
    pre = gradient_echo_look(Phase.PRE, **settings).value
    hepatobiliary = gradient_echo_look(Phase.HEPATOBILIARY, **settings).value
    assert hepatobiliary[Tissue.LIVER] > 1.4 * pre[Tissue.LIVER]
    assert hepatobiliary[Tissue.LIVER] > 1.8 * hepatobiliary[Tissue.METASTASIS]
    assert hepatobiliary[Tissue.LIVER] > 1.8 * hepatobiliary[Tissue.PORTAL_VEIN]


def test_metastases_stand_out_more_the_higher_the_b_value():
    ratio = [
        look.value[Tissue.METASTASIS] / look.value[Tissue.LIVER]
        for look in (diffusion_look(b, te_ms=60.0, gain=1000.0) for b in (0, 400, 800))
    ]
    assert ratio == sorted(ratio)
    assert PROPERTIES[Tissue.METASTASIS].adc < PROPERTIES[Tissue.LIVER].adc


def test_the_adc_map_gives_back_the_coefficient_the_signals_were_made_with():
    shape = (2, 12, 12)
    signals = {b: np.full(shape, round(900 * np.exp(-b * 1100e-6)), np.int16) for b in (0, 50, 400, 800)}
    assert exam.adc_map(signals, 1.0).mean() == pytest.approx(1100, abs=4)
    assert exam.adc_map(signals, 0.8).mean() == pytest.approx(1100 / 0.8, abs=5)


def test_air_has_no_coefficient():
    quiet = {b: np.full((1, 12, 12), int(methods.ADC_FLOOR) - 5, np.int16) for b in (50, 800)}
    assert exam.adc_map(quiet, 1.0).max() == 0
