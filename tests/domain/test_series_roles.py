"""Which role a series is proposed for, rule by rule and trap by trap."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_checks import AssignedSeries, check_series
from casebook.domain.series_facts import BValue, BValueSource, ContrastAgent, SeriesFacts, SourceText, series_facts
from casebook.domain.series_role_rules import DEFAULT_RULES
from casebook.domain.series_roles import RoleProposal, covered_frames, propose_roles, propose_study_roles
from tests.domain.series_builders import (
    AXIAL,
    CORONAL,
    DUAL_ECHO,
    DYNAMIC,
    ECHO_PLANAR,
    SPIN_ECHO,
    a_ct_series,
    a_frame,
    a_phase,
    a_series,
    a_volume,
    an_instance,
    named,
)


def the_role(series: SeriesFacts, text: SourceText | None = None) -> RoleProposal:
    (proposal,) = propose_roles(series, text or named())
    assert proposal.sop_uids is None
    return proposal


def roles(*series: tuple[SeriesFacts, str]) -> dict[str, list[tuple[SeriesRole, int | None]]]:
    """The roles of series of one examination, with the seconds after contrast."""
    found = propose_study_roles([(one, named(name)) for one, name in series])
    return {
        uid: [(one.role, None if one.delay_s is None else round(one.delay_s)) for one in proposals]
        for uid, proposals in found.items()
    }


@pytest.mark.parametrize(
    ("modality", "role"), [("SEG", "derived"), ("SR", "derived"), ("PR", "derived"), ("US", "other"), ("", "other")]
)
def test_other_objects_are_no_series_of_the_study(modality, role):
    proposal = the_role(a_series(a_volume(), modality=modality))
    assert proposal.role == role
    assert proposal.confidence > 0.9


def test_an_object_without_pixels_and_a_capture_are_not_read():
    assert the_role(a_series(a_volume(), has_pixels=False)).role is SeriesRole.OTHER
    assert the_role(a_series(a_volume(), sop_class="1.2.840.10008.5.1.4.1.1.7")).role is SeriesRole.DERIVED


@pytest.mark.parametrize(
    ("image_type", "name"),
    [
        (("ORIGINAL", "PRIMARY", "LOCALIZER"), ""),
        (("ORIGINAL", "PRIMARY", "M"), "localizer_3plane"),
        (("ORIGINAL", "PRIMARY", "M"), "FAST PILOT"),
        (("ORIGINAL", "PRIMARY", "M"), "位置決め"),
    ],
)
def test_localizers_are_known_by_type_or_name(image_type, name):
    assert the_role(a_series(a_volume(), image_type=image_type), named(name)).role is SeriesRole.LOCALIZER


def test_a_small_series_in_two_planes_is_probably_a_localizer():
    frames = [*a_volume(n=2), *a_volume(n=2, orientation=CORONAL)]
    proposal = the_role(a_series(frames))
    assert proposal.role is SeriesRole.LOCALIZER
    assert proposal.confidence <= 0.5


@pytest.mark.parametrize("value", ["MPR", "MIP", "PROJECTION IMAGE", "SUB", "FA", "P", "PERFUSION", "T1_MAP"])
def test_computed_images_are_derived(value):
    series = a_series(a_volume(te_ms=80), acquisition=SPIN_ECHO, image_type=("DERIVED", "SECONDARY", value))
    assert the_role(series, named("t2_tse")).role is SeriesRole.DERIVED


def test_ct_that_is_not_axial_is_a_reformat():
    series = a_series(a_volume(orientation=CORONAL), modality="CT", agent=ContrastAgent.IODINATED)
    assert the_role(series, named("Abd portal cor")).role is SeriesRole.DERIVED


# --- CT


@pytest.mark.parametrize(
    ("delay_s", "role"),
    [
        (-30, "ct-plain"),
        (0, "ct-plain"),
        (30, "ct-arterial"),
        (70, "ct-portal-venous"),
        (180, "ct-delayed"),
        (500, "ct-delayed"),
    ],
)
def test_ct_has_its_phase_from_the_time_after_contrast(delay_s, role):
    proposal = the_role(a_ct_series(36_000 + delay_s, start_s=36_000))
    assert proposal.role == role
    assert proposal.delay_s == delay_s
    assert not proposal.delay_is_inferred


def test_a_protocol_name_of_another_modality_does_not_make_ct_mr():
    proposal = the_role(a_ct_series(None, agent=ContrastAgent.UNRECOGNISED), named(protocol_name="T2SPIR"))
    assert proposal.role is SeriesRole.CT_PORTAL_VENOUS
    assert proposal.confidence < 0.5


def test_ct_without_a_word_on_contrast_is_plain_with_reserve():
    proposal = the_role(a_ct_series(36_000, agent=None))
    assert (proposal.role, proposal.confidence) == (SeriesRole.CT_PLAIN, DEFAULT_RULES.confidence.weak)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Abd Art 5.0 I31f", "ct-arterial"),
        ("肝 動脈相", "ct-arterial"),
        ("Abdomen PV 5mm", "ct-portal-venous"),
        ("門脈相", "ct-portal-venous"),
        ("平衡相 5mm", "ct-delayed"),
        ("Delayed 3min", "ct-delayed"),
        ("単純 5mm", "ct-plain"),
        ("5/5mm Plain", "ct-plain"),
    ],
)
def test_where_there_is_no_clock_the_name_of_a_ct_series_tells(name, role):
    proposal = the_role(a_ct_series(None), named(name))
    assert proposal.role == role
    assert DEFAULT_RULES.confidence.likely <= proposal.confidence < DEFAULT_RULES.confidence.certain


def test_three_ct_phases_without_an_injection_time_are_inferred_from_each_other():
    found = propose_study_roles(
        [(a_ct_series(at, uid=f"9.{index}"), named()) for index, at in enumerate((35_800, 36_000, 36_040, 36_180))]
    )
    assert [one.role for (one,) in found.values()] == ["ct-plain", "ct-arterial", "ct-portal-venous", "ct-delayed"]
    assert all(one.delay_is_inferred for (one,) in found.values())
    assert all(one.confidence <= DEFAULT_RULES.confidence.weak for (one,) in found.values())


def test_two_reconstructions_of_one_acquisition_are_one_phase():
    found = roles(
        (a_ct_series(36_000, uid="9.1"), "Art 5.0"),
        (a_ct_series(36_003, uid="9.2"), "Art 1.0"),
        (a_ct_series(36_040, uid="9.3"), "PV"),
    )
    assert [one[0][0] for one in found.values()] == ["ct-arterial", "ct-arterial", "ct-portal-venous"]


# --- MR: diffusion


def test_any_b_value_above_zero_makes_diffusion_whatever_the_name():
    frames = [frame for b in (0, 50, 400, 800) for frame in a_volume(b=b, te_ms=60)]
    proposal = the_role(a_series(frames, acquisition=ECHO_PLANAR), named("t2 brain"))
    assert proposal.role is SeriesRole.DWI
    assert proposal.b_values_s_per_mm2 == (0.0, 50.0, 400.0, 800.0)


def test_a_missing_b_value_beside_weighted_images_is_zero():
    frames = [*a_volume(te_ms=60), *a_volume(b=1500, te_ms=60)]
    proposal = the_role(a_series(frames, acquisition=ECHO_PLANAR))
    assert proposal.b_values_s_per_mm2 == (0.0, 1500.0)
    assert any("taken as b 0" in text.en for text in proposal.evidence)


def test_b_zero_alone_is_no_diffusion():
    """Philips and GE write b 0 into images that have nothing to do with diffusion."""
    assert the_role(a_series(a_volume(b=0, te_ms=80), acquisition=SPIN_ECHO), named("t2")).role is SeriesRole.T2
    assert the_role(a_series(a_volume(b=0, te_ms=30), acquisition=ECHO_PLANAR), named("fMRI")).role is SeriesRole.OTHER


def test_a_series_of_b_zero_named_diffusion_is_one():
    proposal = the_role(a_series(a_volume(b=0, te_ms=60), acquisition=ECHO_PLANAR), named("Ax DWI b0 RTr"))
    assert proposal.role is SeriesRole.DWI
    assert proposal.b_values_s_per_mm2 == (0.0,)


def test_gradients_played_out_unevenly_are_one_b_value():
    frames = [a_frame(b=b, z_mm=index) for index, b in enumerate((1.25, 928.29, 929.75, 929.75))]
    proposal = the_role(a_series(frames, acquisition=ECHO_PLANAR))
    assert proposal.b_values_s_per_mm2 == (0.0, 930.0)


def test_a_b_value_read_from_a_name_needs_a_look():
    frames = [replace(frame, b_value=BValue(800, BValueSource.SERIES_NAME)) for frame in a_volume(te_ms=60)]
    proposal = the_role(a_series(frames, acquisition=ECHO_PLANAR), named("DWI b800"))
    assert (proposal.role, proposal.b_values_s_per_mm2) == (SeriesRole.DWI, (800.0,))
    assert proposal.confidence == DEFAULT_RULES.confidence.likely


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        ({"image_type": ("DERIVED", "PRIMARY", "DIFFUSION", "ADC")}, "x"),
        ({"units": "um2/s"}, "x"),
        ({}, "ep2d_diff_ADC_DFC"),
        ({}, "Apparent Diffusion Coefficient (mm²/s)"),
        ({}, "拡散係数画像"),
    ],
)
def test_adc_is_known_by_type_unit_or_name(instance, name):
    series = a_series(a_volume(b=500, te_ms=60), acquisition=ECHO_PLANAR, **instance)
    assert the_role(series, named(name)).role is SeriesRole.ADC


@pytest.mark.parametrize("name", ["eADC", "exponential ADC"])
def test_an_exponential_map_is_no_adc(name):
    assert the_role(a_series(a_volume(te_ms=60), acquisition=ECHO_PLANAR), named(name)).role is not SeriesRole.ADC


def test_diffusion_images_named_for_the_map_they_give_stay_diffusion():
    frames = [*a_volume(b=50), *a_volume(b=800)]
    assert the_role(a_series(frames, acquisition=ECHO_PLANAR), named("DWI_ADC")).role is SeriesRole.DWI


def test_derived_maps_mixed_into_the_acquired_series_are_told_apart():
    weighted = [an_instance(frame, uid=f"1.{n}") for n, frame in enumerate([*a_volume(b=0), *a_volume(b=800)])]
    maps = [
        an_instance(frame, uid=f"2.{n}", image_type=("DERIVED", "PRIMARY", "ADC_MAP", "ADC"))
        for n, frame in enumerate(a_volume())
    ]
    series = series_facts([*weighted, *maps])
    proposals = {one.role: one for one in propose_roles(series, named("DWI"))}
    assert set(proposals) == {SeriesRole.DWI, SeriesRole.ADC}
    assert proposals[SeriesRole.DWI].sop_uids == tuple(f"1.{n}" for n in range(8))
    assert proposals[SeriesRole.ADC].sop_uids == tuple(f"2.{n}" for n in range(4))


def test_one_multi_frame_instance_can_hold_two_roles_by_frame():
    frames = (
        *a_volume(b=0, image_type=("ORIGINAL", "PRIMARY", "DIFFUSION", "NONE")),
        *a_volume(b=800, image_type=("ORIGINAL", "PRIMARY", "DIFFUSION", "NONE")),
        *a_volume(image_type=("DERIVED", "PRIMARY", "DIFFUSION", "ADC")),
    )
    series = series_facts([an_instance(frames, uid="1.1", acquisition=ECHO_PLANAR)])
    proposals = {one.role: one for one in propose_roles(series, named())}
    assert proposals[SeriesRole.DWI].frame_numbers == tuple(range(1, 9))
    assert proposals[SeriesRole.ADC].frame_numbers == tuple(range(9, 13))
    assert proposals[SeriesRole.ADC].sop_uids == ("1.1",)


# --- MR: fat and water


@pytest.mark.parametrize(
    ("field_t", "opposed_ms", "in_ms"),
    [(1.5, 2.3, 4.6), (1.5, 2.2, 4.9), (3.0, 1.15, 2.3), (3.0, 1.23, 2.46), (None, 2.3, 4.6)],
)
def test_two_echoes_of_one_series_are_opposed_and_in_phase(field_t, opposed_ms, in_ms):
    frames = [*a_volume(te_ms=opposed_ms), *a_volume(te_ms=in_ms)]
    series = a_series(frames, acquisition=replace(DUAL_ECHO, field_strength_t=field_t))
    proposals = {one.role: one for one in propose_roles(series, named("t1_fl2d_in-opp"))}
    assert set(proposals) == {SeriesRole.T1_IN_PHASE, SeriesRole.T1_OPPOSED_PHASE}
    opposed = covered_frames(series, proposals[SeriesRole.T1_OPPOSED_PHASE])
    assert {frame.facts.echo_time_ms for frame in opposed} == {opposed_ms}


def test_two_echoes_in_two_series_of_one_acquisition_are_recognised_without_a_name():
    first, second = (
        a_series(a_volume(te_ms=te_ms, at_s=36_000), series_uid=uid, acquisition=DUAL_ECHO)
        for uid, te_ms in (("9.1", 2.3), ("9.2", 4.6))
    )
    found = roles((first, "T1 FFE"), (second, "T1 FFE"))
    assert found == {"9.1": [("t1-opposed-phase", None)], "9.2": [("t1-in-phase", None)]}


def test_one_echo_alone_without_a_name_is_neither():
    assert the_role(a_series(a_volume(te_ms=4.6), acquisition=DUAL_ECHO)).role is SeriesRole.OTHER


def test_six_echoes_are_for_fat_quantification():
    frames = [frame for te_ms in (1.1, 2.2, 3.3, 4.4, 5.5, 6.6) for frame in a_volume(te_ms=te_ms)]
    assert {one.role for one in propose_roles(a_series(frames, acquisition=DUAL_ECHO), named())} == {SeriesRole.OTHER}


@pytest.mark.parametrize(
    ("image_type", "name", "role"),
    [
        (("DERIVED", "PRIMARY", "DIXON", "IN_PHASE"), "", "t1-in-phase"),
        (("DERIVED", "PRIMARY", "OPP_PHASE"), "", "t1-opposed-phase"),
        (("ORIGINAL", "PRIMARY", "M"), "t1_vibe_dixon_tra_in", "t1-in-phase"),
        (("ORIGINAL", "PRIMARY", "M"), "t1_vibe_dixon_opp", "t1-opposed-phase"),
        (("ORIGINAL", "PRIMARY", "M"), "T1 out of phase", "t1-opposed-phase"),
        (("ORIGINAL", "PRIMARY", "M"), "同位相", "t1-in-phase"),
        (("ORIGINAL", "PRIMARY", "M"), "逆位相", "t1-opposed-phase"),
    ],
)
def test_in_and_opposed_phase_are_known_by_type_or_name(image_type, name, role):
    series = a_series(a_volume(te_ms=2.3), acquisition=DUAL_ECHO, image_type=image_type)
    assert the_role(series, named(name)).role == role


def test_echo_times_win_against_a_name_and_say_so():
    frames = [*a_volume(te_ms=2.3), *a_volume(te_ms=4.6)]
    proposals = {one.role: one for one in propose_roles(a_series(frames, acquisition=DUAL_ECHO), named("t1 in phase"))}
    assert proposals[SeriesRole.T1_IN_PHASE].confidence == DEFAULT_RULES.confidence.certain
    doubted = proposals[SeriesRole.T1_OPPOSED_PHASE]
    assert doubted.confidence == DEFAULT_RULES.confidence.weak
    assert any("say otherwise" in text.en for text in doubted.evidence)


def test_in_phase_images_of_an_enhanced_dixon_are_not_the_t1_of_the_protocol():
    series = a_phase(36_100, uid="9.1", start_s=36_000, image_type=("DERIVED", "PRIMARY", "DIXON", "IN_PHASE"))
    assert the_role(series).role is SeriesRole.OTHER


# --- MR: the dynamic study

DELAYS = [("9.1", -300), ("9.2", 25), ("9.3", 70), ("9.4", 180), ("9.5", 1200)]
EXPECTED = ["eob-pre", "eob-arterial", "eob-portal-venous", "eob-transitional", "eob-hepatobiliary"]


def test_phases_in_series_of_their_own_are_ordered_by_the_injection():
    series = [(a_phase(36_000 + delay, uid=uid, start_s=36_000), "t1_vibe") for uid, delay in DELAYS]
    found = roles(*series)
    assert [found[uid][0] for uid, _ in DELAYS] == list(zip(EXPECTED, [delay for _, delay in DELAYS], strict=True))


def test_phases_of_one_series_are_told_apart_by_time():
    frames = [frame for _, delay in DELAYS for frame in a_volume(at_s=36_000 + delay, te_ms=1.9)]
    series = a_series(frames, acquisition=DYNAMIC, agent=ContrastAgent.GADOXETATE, start_s=36_000)
    proposals = propose_roles(series, named("t1_vibe_dynamic"))
    assert [one.role for one in proposals] == EXPECTED
    assert [len(one.sop_uids or ()) for one in proposals] == [4] * 5


def test_ge_phases_share_a_start_and_differ_by_trigger_time():
    frames = [
        frame for _, delay in DELAYS[1:4] for frame in a_volume(at_s=36_000, te_ms=1.9, trigger_time_ms=delay * 1000.0)
    ]
    series = a_series(frames, acquisition=DYNAMIC, agent=ContrastAgent.GADOXETATE, start_s=36_000)
    assert [one.role for one in propose_roles(series, named("LAVA"))] == EXPECTED[1:4]


def test_temporal_positions_come_before_times():
    frames = [
        frame
        for index, delay in enumerate((25, 70))
        for frame in a_volume(at_s=36_000 + delay, te_ms=1.9, temporal_position=index + 1)
    ]
    series = a_series(frames, acquisition=DYNAMIC, agent=ContrastAgent.GADOXETATE, start_s=36_000)
    assert [one.role for one in propose_roles(series, named())] == EXPECTED[1:3]


def test_several_arterial_volumes_are_one_role():
    frames = [frame for delay in (22, 27, 32, 37) for frame in a_volume(at_s=36_000 + delay, te_ms=1.2)]
    series = a_series(frames, acquisition=DYNAMIC, agent=ContrastAgent.GADOXETATE, start_s=36_000)
    proposal = the_role(series, named("t1_vibe_twist_dixon_tra_bh_art_5phase"))
    assert (proposal.role, proposal.delay_s) == (SeriesRole.EOB_ARTERIAL, 22)


def test_the_injection_may_be_stated_by_another_series_and_lie_before_midnight():
    diffusion = a_series(
        a_volume(b=800), series_uid="9.9", acquisition=ECHO_PLANAR, agent=ContrastAgent.GADOXETATE, start_s=86_000
    )
    after_midnight = a_phase(86_000 - 86_400 + 1200, uid="9.1")
    found = roles((diffusion, "DWI"), (after_midnight, "t1_vibe"))
    assert found["9.1"] == [("eob-hepatobiliary", 1200)]


def test_without_an_injection_time_the_named_phases_place_the_others():
    names = ["t1_vibe_pre", "t1_vibe_art", "t1_vibe", "t1_vibe", "t1_vibe_hepatobiliary"]
    found = propose_study_roles(
        [(a_phase(36_000 + delay, uid=uid), named(name)) for (uid, delay), name in zip(DELAYS, names, strict=True)]
    )
    assert [one.role for (one,) in found.values()] == EXPECTED
    assert all(one.delay_is_inferred for (one,) in found.values())


def test_without_names_or_injection_the_intervals_tell():
    delays = [(uid, delay if delay > 0 else -100) for uid, delay in DELAYS]
    found = propose_study_roles([(a_phase(36_000 + delay, uid=uid), named("t1_vibe")) for uid, delay in delays])
    assert [one.role for (one,) in found.values()] == EXPECTED
    assert all(one.confidence <= DEFAULT_RULES.confidence.weak for (one,) in found.values())


def test_a_series_that_knows_of_no_agent_among_enhanced_ones_is_the_one_before():
    before = a_phase(None, uid="9.1", agent=None)
    found = roles((before, "t1_vibe"), (a_phase(36_030, uid="9.2", start_s=36_000), "t1_vibe"))
    assert found["9.1"][0][0] is SeriesRole.EOB_PRE


def test_a_fast_volume_without_any_contrast_is_not_guessed_at():
    proposal = the_role(a_phase(36_000, uid="9.1", agent=None), named("fl3d"))
    assert proposal.role is SeriesRole.OTHER


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("t1_vibe_tra_HBP", "eob-hepatobiliary"),
        ("肝細胞相 20分", "eob-hepatobiliary"),
        ("LAVA 20min", "eob-hepatobiliary"),
        ("eTHRIVE 移行相", "eob-transitional"),
        ("t1_vibe_PVP", "eob-portal-venous"),
        ("門脈相", "eob-portal-venous"),
        ("動脈相", "eob-arterial"),
        ("造影前", "eob-pre"),
    ],
)
def test_names_of_phases_in_both_languages_are_known(name, role):
    assert the_role(a_phase(None, uid="9.1"), named(name)).role == role


def test_the_clock_wins_against_the_name_and_says_so():
    proposal = the_role(a_phase(36_070, uid="9.1", start_s=36_000), named("t1_vibe_art"))
    assert proposal.role is SeriesRole.EOB_PORTAL_VENOUS
    assert proposal.confidence <= DEFAULT_RULES.confidence.weak
    assert any("say otherwise" in text.en for text in proposal.evidence)


def test_a_hepatobiliary_phase_of_an_extracellular_agent_is_doubted():
    proposal = the_role(a_phase(37_200, uid="9.1", start_s=36_000, agent=ContrastAgent.EXTRACELLULAR))
    assert proposal.confidence == DEFAULT_RULES.confidence.guess


def test_phases_of_two_examinations_are_not_mixed():
    one = a_phase(36_030, uid="9.1", start_s=36_000, study_uid="8.1")
    other = a_phase(50_030, uid="9.2", start_s=50_000, study_uid="8.2")
    assert roles((one, ""), (other, "")) == {"9.1": [("eob-arterial", 30)], "9.2": [("eob-arterial", 30)]}


@pytest.mark.parametrize(
    ("modality", "code", "role"),
    [
        ("CT", "PRE_CONTRAST", "ct-plain"),
        ("CT", "PORTAL_VENOUS", "ct-portal-venous"),
        ("CT", "DELAYED", "ct-delayed"),
        ("MR", "ARTERIAL", "eob-arterial"),
        ("MR", "PRE_CONTRAST", "eob-pre"),
    ],
)
def test_the_header_s_own_phase_counts_before_the_name(modality, code, role):
    series = a_ct_series(None) if modality == "CT" else a_phase(None, uid="9.1")
    coded = [replace(one, contrast=replace(one.contrast, phase=code)) for one in series.instances]
    assert the_role(series_facts(coded), named("t1_vibe_hbp equilibrium")).role == role


LIVER_PROTOCOL = [
    ("t2_haste_cor_mbh", "t2", None),
    ("t1_vibe_dixon_tra_bh_opp", "t1-opposed-phase", None),
    ("t1_vibe_dixon_tra_bh_in", "t1-in-phase", None),
    ("t1_vibe_dixon_tra_bh_F", "derived", None),
    ("t1_vibe_twist_dixon_tra_pre", "eob-pre", 0),
    ("t1_vibe_twist_dixon_tra_bh_art_5phase", "eob-arterial", 120),
    ("t1_vibe_twist_dixon_tra_PVP", "eob-portal-venous", 165),
    ("t1_vibe_twist_dixon_tra_Delayed_2min", "eob-transitional", 220),
    ("t1_vibe_twist_dixon_tra_Delayed_5min", "eob-transitional", 400),
    ("t2_tse_fs_tra_mbh", "t2", None),
    ("t2_heavy_tse_fs_tra_mbh", "t2", None),
    ("t2_haste_fs_tra_p2_mbh", "t2", None),
    ("t2_trufi_cor_non-bh", "other", None),
    ("ep2d_diff_b50_300_800_tra", "dwi", None),
    ("t1_vibe_twist_dixon_tra_hepatobiliary", "eob-hepatobiliary", 1300),
]


def test_a_real_liver_protocol_is_sorted_although_no_header_states_the_injection():
    """Names of one vendor's protocol; the scanner fills in the agent from the first enhanced series on."""
    balanced = replace(DYNAMIC, sequence_variant=("SK", "SS"), acquisition_type="2D")
    series = []
    for number, (name, role, at_s) in enumerate(LIVER_PROTOCOL):
        uid = f"9.{number}"
        if role == "t2":
            one = a_series(a_volume(te_ms=180 if "heavy" in name else 90), series_uid=uid, acquisition=SPIN_ECHO)
        elif role == "dwi":
            frames = [frame for b in (50, 300, 800) for frame in a_volume(b=b, te_ms=60)]
            one = a_series(frames, series_uid=uid, acquisition=ECHO_PLANAR, agent=ContrastAgent.GADOXETATE)
        elif role == "other":
            one = a_series(a_volume(te_ms=1.9), series_uid=uid, acquisition=balanced)
        elif at_s is None:
            one = a_phase(35_000, uid=uid, te_ms=4.77 if name.endswith("_in") else 2.39, agent=None)
        else:
            agent = None if role == "eob-pre" else ContrastAgent.GADOXETATE
            one = a_phase(36_000 + at_s, uid=uid, te_ms=1.2, agent=agent)
        series.append((one, named(name)))
    found = propose_study_roles(series)
    assert [found[f"9.{number}"][0].role for number in range(len(series))] == [role for _, role, _ in LIVER_PROTOCOL]
    hepatobiliary = found[f"9.{len(series) - 1}"][0]
    assert hepatobiliary.delay_is_inferred
    assert 1000 < (hepatobiliary.delay_s or 0) < 1300


# --- MR: T2 and the rest


@pytest.mark.parametrize("name", ["t2_haste_cor_mbh", "Ax T2 SSFSE", "T2強調", "scan 7"])
def test_a_long_echo_of_a_spin_echo_is_t2(name):
    assert the_role(a_series(a_volume(te_ms=92), acquisition=SPIN_ECHO), named(name)).role is SeriesRole.T2


def test_what_is_no_t2():
    flair = replace(SPIN_ECHO, inversion_time_ms=2500)
    gradient_echo = replace(SPIN_ECHO, scanning_sequence=("GR",))
    for acquisition, te_ms, name in (
        (flair, 100, "t2"),
        (gradient_echo, 80, "t2"),
        (SPIN_ECHO, 800, "t2_mrcp"),
        (SPIN_ECHO, 12, "t1_tse"),
    ):
        assert the_role(a_series(a_volume(te_ms=te_ms), acquisition=acquisition), named(name)).role is SeriesRole.OTHER


def test_another_body_region_lowers_the_confidence_and_is_named():
    proposal = the_role(a_series(a_volume(te_ms=92), acquisition=SPIN_ECHO), named("t2 brain"))
    assert proposal.role is SeriesRole.T2
    assert proposal.confidence < 0.7
    assert any("body region" in text.en for text in proposal.evidence)


# --- what every proposal keeps


def test_evidence_never_repeats_the_header():
    series = a_series(a_volume(te_ms=92), acquisition=SPIN_ECHO)
    proposal = the_role(series, named("t2_haste Yamada Tarou", protocol_name="Yamada"))
    said = json.dumps(proposal.to_json(), ensure_ascii=False).upper()
    assert "YAMADA" not in said
    assert proposal.rule == DEFAULT_RULES.version


def test_every_image_is_in_exactly_one_proposal():
    frames = [
        *a_volume(b=0),
        *a_volume(b=800),
        a_frame(image_type=("DERIVED", "PRIMARY", "ADC")),
        a_frame(image_type=("DERIVED", "PRIMARY", "FA")),
    ]
    series = a_series(frames, acquisition=ECHO_PLANAR)
    covered = [
        (frame.instance.sop_uid, frame.number)
        for one in propose_roles(series, named())
        for frame in covered_frames(series, one)
    ]
    assert sorted(covered) == sorted((frame.instance.sop_uid, frame.number) for frame in series.frames())


TIMES = st.none() | st.floats(0, 86_400)
FRAMES = st.builds(
    a_frame,
    z_mm=st.none() | st.sampled_from([0.0, 5.0, 10.0]),
    b=st.none() | st.sampled_from([0.0, 1.25, 50.0, 800.0]),
    te_ms=st.none() | st.sampled_from([1.2, 2.3, 4.6, 90.0]),
    at_s=TIMES,
    orientation=st.sampled_from([AXIAL, CORONAL, None]),
    temporal_position=st.none() | st.integers(1, 3),
    directionality=st.none() | st.sampled_from(["NONE", "ISOTROPIC", "DIRECTIONAL"]),
)
INSTANCES = st.tuples(
    st.lists(FRAMES, min_size=1, max_size=4).map(tuple),
    st.sampled_from(
        [("ORIGINAL", "PRIMARY", "M"), ("DERIVED", "PRIMARY", "ADC"), ("DERIVED", "SECONDARY", "IN_PHASE"), (), ("X",)]
    ),
    st.booleans(),
)


@given(
    contents=st.lists(INSTANCES, min_size=1, max_size=6),
    modality=st.sampled_from(["CT", "MR", "SEG", ""]),
    acquisition=st.sampled_from([DYNAMIC, DUAL_ECHO, SPIN_ECHO, ECHO_PLANAR]),
    agent=st.none() | st.sampled_from(list(ContrastAgent)),
    start_s=TIMES,
    name=st.sampled_from(["", "t1_vibe_art", "DWI", "T2", "t1 in", "localizer", "肝細胞相", "dixon_F"])
    | st.text(max_size=20),
)
@settings(deadline=None)
def test_whatever_the_headers_say_every_image_gets_one_role_with_a_reason(
    contents, modality, acquisition, agent, start_s, name
):
    series = series_facts(
        [
            an_instance(
                frames,
                uid=f"1.{number}",
                modality=modality,
                image_type=image_type,
                acquisition=acquisition,
                agent=agent,
                start_s=start_s,
                has_pixels=has_pixels,
            )
            for number, (frames, image_type, has_pixels) in enumerate(contents)
        ]
    )
    proposals = propose_roles(series, named(name))
    covered = [(frame.instance.sop_uid, frame.number) for one in proposals for frame in covered_frames(series, one)]
    assert sorted(covered) == sorted((frame.instance.sop_uid, frame.number) for frame in series.frames())
    for one in proposals:
        assert 0 < one.confidence < 1
        assert one.evidence
        assert all(text.en and text.ja for text in one.evidence)
        assert RoleProposal.from_json(json.loads(json.dumps(one.to_json()))) == one
        list(check_series(AssignedSeries(series, one)))


def test_proposals_survive_storage():
    for proposal in propose_roles(a_series([*a_volume(b=0), *a_volume(b=800)], acquisition=ECHO_PLANAR), named()):
        assert RoleProposal.from_json(json.loads(json.dumps(proposal.to_json()))) == proposal
