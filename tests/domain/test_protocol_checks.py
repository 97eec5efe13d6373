"""Series and timepoints against the limits of the study definition, limit by limit."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_checks import (
    AssignedSeries,
    CheckCode,
    Finding,
    Severity,
    Verdict,
    check_date,
    check_interval,
    check_series,
    check_timepoint,
    verdict,
)
from casebook.domain.series_facts import ContrastAgent, FrameFacts, SeriesFacts, series_facts
from casebook.domain.series_roles import propose_roles
from casebook.domain.study.model import ImagingProtocol, Limit, LimitKind, Necessity, SeriesRequirement
from casebook.domain.texts import Text
from tests.domain.builders import dream
from tests.domain.series_builders import (
    CORONAL,
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


def required(
    role: SeriesRole, *, necessity: Necessity = Necessity.REQUIRED, agents: tuple[str, ...] = (), **limits: float
):
    """A requirement; keywords are limit kinds with underscores."""
    found = tuple(
        Limit(LimitKind(kind.replace("_", "-")), Decimal(str(value)), "the manual, table 1")
        for kind, value in limits.items()
    )
    return SeriesRequirement(role=role, necessity=necessity, limits=found, agents=agents, source="the manual")


def t2(frames: list[FrameFacts] | None = None, **instance) -> AssignedSeries:
    series = a_series(frames or a_volume(te_ms=90), **({"acquisition": SPIN_ECHO} | instance))
    return assigned(series, "t2_tse")


def dwi(*b_values: float, uid: str = "9.1", n: int = 4) -> AssignedSeries:
    frames = [frame for b in b_values for frame in a_volume(n=n, b=b, te_ms=60)]
    return assigned(a_series(frames, series_uid=uid, acquisition=ECHO_PLANAR), "DWI")


def hepatobiliary(delay_s: float = 1200, **phase) -> AssignedSeries:
    return assigned(a_phase(36_000 + delay_s, **({"uid": "9.1", "start_s": 36_000} | phase)), "t1_vibe_hbp")


def assigned(series: SeriesFacts, name: str) -> AssignedSeries:
    (proposal,) = propose_roles(series, named(name))
    return AssignedSeries(series, proposal)


def codes(findings: tuple[Finding, ...]) -> list[CheckCode]:
    return [finding.code for finding in findings]


def the_finding(findings: tuple[Finding, ...], code: CheckCode) -> Finding:
    (found,) = [finding for finding in findings if finding.code is code]
    assert found.message.en
    assert found.message.ja
    return found


def test_a_good_series_has_no_findings():
    requirement = required(SeriesRole.T2, max_slice_thickness_mm=8, max_gap_mm=2, min_field_strength_t=1.5)
    assert check_series(t2(), requirement) == ()
    assert verdict(()) is Verdict.ACCEPT


# --- geometry


def test_missing_slices_ask_for_a_repeat():
    frames = [frame for index, frame in enumerate(a_volume(n=8, te_ms=90)) if index not in {3, 4}]
    found = the_finding(check_series(t2(frames)), CheckCode.MISSING_SLICES)
    assert (found.severity, found.found, found.expected) == (Severity.REPEAT, "6", "8")
    assert found.series_uid == "9.1"
    assert found.role is SeriesRole.T2


def test_uneven_and_repeated_slices_are_deviations():
    uneven = [a_frame(z_mm=z, te_ms=90) for z in (0, 5, 10, 17)]
    assert codes(check_series(t2(uneven))) == [CheckCode.UNEVEN_SPACING]
    repeated = [a_frame(z_mm=z, te_ms=90, temporal_position=1) for z in (0, 5, 5, 10)]
    assert codes(check_series(t2(repeated))) == [CheckCode.REPEATED_SLICES]


def test_a_mix_of_orientations_or_matrices_is_no_volume():
    mixed = t2([*a_volume(n=70, te_ms=90), *a_volume(n=3, te_ms=90, orientation=CORONAL)])
    assert CheckCode.MIXED_ORIENTATION in codes(check_series(mixed))
    instances = [an_instance(frame, uid=f"1.{n}", acquisition=SPIN_ECHO) for n, frame in enumerate(a_volume(te_ms=90))]
    pixels = instances[0].pixels
    assert pixels is not None
    instances[0] = replace(instances[0], pixels=replace(pixels, rows=64))
    series = series_facts(instances)
    assert codes(check_series(assigned(series, "t2"))) == [CheckCode.MIXED_MATRIX]


def test_images_without_a_place_cannot_be_evaluated():
    nowhere = the_finding(check_series(t2([a_frame(z_mm=None, te_ms=90)] * 3)), CheckCode.NOT_PLACED)
    assert nowhere.severity is Severity.NOT_EVALUABLE
    partly = the_finding(check_series(t2([*a_volume(te_ms=90), a_frame(z_mm=None, te_ms=90)])), CheckCode.NOT_PLACED)
    assert partly.severity is Severity.REPEAT


def test_a_tilted_gantry_is_worth_a_note():
    frames = [replace(frame, position_mm=(0.0, 1.3 * n, 5.0 * n)) for n, frame in enumerate(a_volume())]
    series = a_ct_series(None)
    series = series_facts([replace(one, frames=(frame,)) for one, frame in zip(series.instances, frames, strict=True)])
    found = the_finding(check_series(assigned(series, "portal")), CheckCode.GANTRY_TILT)
    assert found.severity is Severity.NOTE
    assert found.found == "14.6°"


def test_every_b_value_must_have_the_same_slices():
    assert check_series(dwi(0, 400, 800)) == ()
    frames = [*a_volume(n=6, b=0, te_ms=60), *a_volume(n=6, b=400, te_ms=60), *a_volume(n=5, b=800, te_ms=60)]
    incomplete = assigned(a_series(frames, acquisition=ECHO_PLANAR), "DWI")
    found = the_finding(check_series(incomplete), CheckCode.B_VALUES_NOT_ALIKE)
    assert found.severity is Severity.REPEAT
    assert found.found == "b 0: 6, b 400: 6, b 800: 5"


def test_directions_repeated_at_every_slice_are_no_duplicates():
    frames = [frame for b in (0, 800, 800, 800) for frame in a_volume(b=b, te_ms=60)]
    assert check_series(assigned(a_series(frames, acquisition=ECHO_PLANAR), "DTI")) == ()


def test_nobody_measures_in_localizers():
    series = a_series([a_frame(z_mm=None)], image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    assert check_series(assigned(series, "")) == ()


# --- limits


@pytest.mark.parametrize(("thickness_mm", "is_kept"), [(5.0, True), (5.04, True), (5.1, False), (8.0, False)])
def test_slices_are_at_most_as_thick_as_allowed(thickness_mm, is_kept):
    findings = check_series(
        t2(a_volume(te_ms=90, thickness_mm=thickness_mm, step_mm=8)), required(SeriesRole.T2, max_slice_thickness_mm=5)
    )
    assert (CheckCode.SLICES_TOO_THICK not in codes(findings)) is is_kept


def test_a_finding_shows_what_was_found_what_is_expected_and_by_which_source():
    findings = check_series(t2(a_volume(te_ms=90, thickness_mm=6)), required(SeriesRole.T2, max_slice_thickness_mm=5))
    found = the_finding(findings, CheckCode.SLICES_TOO_THICK)
    assert (found.found, found.expected, found.source) == ("6 mm", "≤ 5 mm", "the manual, table 1")
    assert verdict(findings) is Verdict.ACCEPT_WITH_DEVIATION


@pytest.mark.parametrize(("step_mm", "is_kept"), [(5, True), (7, True), (7.5, False)])
def test_gaps_are_at_most_as_wide_as_allowed(step_mm, is_kept):
    findings = check_series(t2(a_volume(te_ms=90, step_mm=step_mm)), required(SeriesRole.T2, max_gap_mm=2))
    assert (codes(findings) == []) is is_kept


def test_the_organ_must_be_covered():
    findings = check_series(t2(a_volume(n=10, te_ms=90)), required(SeriesRole.T2, min_coverage_mm=150))
    assert the_finding(findings, CheckCode.COVERAGE_TOO_SMALL).found == "50 mm"
    assert check_series(t2(a_volume(n=30, te_ms=90)), required(SeriesRole.T2, min_coverage_mm=150)) == ()


@pytest.mark.parametrize(
    ("field_t", "is_kept"), [(0.35, False), (1.0, False), (1.494, True), (3.0, True), (None, True)]
)
def test_the_field_is_strong_enough(field_t, is_kept):
    series = t2(acquisition=replace(SPIN_ECHO, field_strength_t=field_t))
    assert (check_series(series, required(SeriesRole.T2, min_field_strength_t=1.5)) == ()) is is_kept


@pytest.mark.parametrize(
    ("delay_s", "expected"),
    [(1200, []), (900, []), (1500, []), (700, [CheckCode.TOO_EARLY]), (1700, [CheckCode.TOO_LATE])],
)
def test_the_delay_lies_within_its_window(delay_s, expected):
    requirement = required(SeriesRole.EOB_HEPATOBILIARY, min_delay_s=900, max_delay_s=1500)
    assert codes(check_series(hepatobiliary(delay_s), requirement)) == expected


def test_an_inferred_delay_is_never_a_deviation():
    series = [a_phase(36_000 + at, uid=f"9.{at}") for at in (30, 70, 1700)]
    from casebook.domain.series_roles import propose_study_roles

    found = propose_study_roles([(one, named(name)) for one, name in zip(series, ("art", "pvp", "hbp"), strict=True)])
    late = AssignedSeries(series[2], found["9.1700"][0])
    findings = check_series(late, required(SeriesRole.EOB_HEPATOBILIARY, min_delay_s=900, max_delay_s=1500))
    assert codes(findings) == [CheckCode.DELAY_INFERRED, CheckCode.TOO_LATE]
    assert {finding.severity for finding in findings} == {Severity.NOTE}


def test_a_delay_nobody_knows_is_asked_for():
    series = assigned(a_phase(None, uid="9.1"), "t1_vibe_hbp")
    assert codes(check_series(series, required(SeriesRole.EOB_HEPATOBILIARY, min_delay_s=900))) == [
        CheckCode.DELAY_UNKNOWN
    ]


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (ContrastAgent.GADOXETATE, []),
        (ContrastAgent.EXTRACELLULAR, [CheckCode.OTHER_AGENT]),
        (None, [CheckCode.AGENT_NOT_STATED]),
    ],
)
def test_the_agent_is_the_one_asked_for(agent, expected):
    requirement = required(SeriesRole.EOB_HEPATOBILIARY, agents=("gadoxetate", "primovist"))
    assert codes(check_series(hepatobiliary(agent=agent), requirement)) == expected


# --- delivery


def test_fewer_images_than_announced_ask_for_the_rest():
    findings = check_series(t2(n_announced=40))
    found = the_finding(findings, CheckCode.FEWER_THAN_ANNOUNCED)
    assert (found.found, found.expected) == ("4", "40")
    assert verdict(findings) is Verdict.ACCEPT_WITH_DEVIATION


def test_burned_in_text_and_lossy_compression_are_told():
    assert codes(check_series(t2(burned_in_annotation="YES"))) == [CheckCode.BURNED_IN]
    series = t2().series
    pixels = series.first.pixels
    assert pixels is not None
    lossy = series_facts([replace(one, pixels=replace(pixels, is_lossy=True)) for one in series.instances])
    assert codes(check_series(assigned(lossy, "t2"))) == [CheckCode.LOSSY]


# --- timepoints


def a_protocol(*series: SeriesRequirement) -> ImagingProtocol:
    return ImagingProtocol(code="liver", label=Text("Liver", "肝"), series=series)


def test_a_required_role_that_did_not_arrive_is_named():
    protocol = a_protocol(
        required(SeriesRole.T2), required(SeriesRole.DWI), required(SeriesRole.CT_DELAYED, necessity=Necessity.OPTIONAL)
    )
    findings = check_timepoint([t2()], protocol)
    assert [(one.code, one.role) for one in findings] == [(CheckCode.ROLE_MISSING, SeriesRole.DWI)]
    assert check_timepoint([t2(), dwi(0, 800)], protocol) == ()


def test_a_missing_adc_is_no_loss_where_it_can_be_computed():
    protocol = a_protocol(required(SeriesRole.ADC))
    (note,) = check_timepoint([dwi(50, 800)], protocol)
    assert (note.code, note.severity) == (CheckCode.ADC_MISSING, Severity.NOTE)
    (missing,) = check_timepoint([dwi(800)], protocol)
    assert (missing.code, missing.severity) == (CheckCode.ROLE_MISSING, Severity.REPEAT)


@pytest.mark.parametrize(
    ("b_values", "expected"),
    [
        ((0, 800), []),
        ((50, 400, 800), []),
        ((800,), [CheckCode.TOO_FEW_B_VALUES, CheckCode.LOW_B_MISSING]),
        ((0, 150), [CheckCode.HIGH_B_MISSING]),
        ((0, 1500), [CheckCode.HIGH_B_MISSING]),
        ((150, 500), [CheckCode.LOW_B_MISSING]),
    ],
)
def test_low_and_high_b_values_are_counted_over_all_diffusion_series(b_values, expected):
    requirement = required(
        SeriesRole.DWI, min_b_values=2, max_low_b_s_per_mm2=100, min_high_b_s_per_mm2=400, max_high_b_s_per_mm2=1000
    )
    together = check_timepoint([dwi(*b_values)], a_protocol(requirement))
    apart = check_timepoint([dwi(b, uid=f"9.{n}") for n, b in enumerate(b_values)], a_protocol(requirement))
    assert codes(together) == codes(apart) == expected


def test_b_values_in_series_of_their_own_must_have_the_same_slices_too():
    findings = check_timepoint([dwi(50, uid="9.1"), dwi(800, uid="9.2", n=3)], a_protocol(required(SeriesRole.DWI)))
    assert codes(findings) == [CheckCode.B_VALUES_NOT_ALIKE]


def test_contrast_phases_belong_into_one_examination():
    one, other = (
        assigned(a_phase(36_000 + at, uid=f"9.{at}", start_s=36_000, study_uid=f"8.{at}"), "") for at in (30, 1200)
    )
    assert codes(check_timepoint([one, other], a_protocol())) == [CheckCode.PHASES_IN_TWO_STUDIES]


def test_an_instance_uid_occurs_once():
    twice = a_series([*a_volume(n=2, te_ms=90)], acquisition=SPIN_ECHO)
    twice = series_facts([*twice.instances, twice.instances[0]])
    found = the_finding(check_timepoint([assigned(twice, "t2")], a_protocol()), CheckCode.DUPLICATE_UIDS)
    assert found.found == "1"


def test_two_roles_of_one_series_are_not_taken_for_duplicates():
    frames = [*a_volume(at_s=36_030, te_ms=1.9), *a_volume(at_s=36_070, te_ms=1.9)]
    series = a_series(frames, acquisition=DYNAMIC, agent=ContrastAgent.GADOXETATE, start_s=36_000)
    present = [AssignedSeries(series, proposal) for proposal in propose_roles(series, named())]
    assert len(present) == 2
    assert check_timepoint(present, a_protocol()) == ()


# --- dates


def test_intervals_of_the_study_are_kept_or_told():
    either = next(interval for interval in dream().intervals if interval.either_order)
    ordered = next(interval for interval in dream().intervals if not interval.either_order)
    day = date(2017, 5, 1)
    assert check_interval(either, earlier_on=day, later_on=date(2017, 5, 20)) == ()
    assert check_interval(either, earlier_on=date(2017, 5, 20), later_on=day) == ()
    assert codes(check_interval(either, earlier_on=day, later_on=date(2017, 9, 1))) == [CheckCode.INTERVAL_TOO_LONG]
    assert codes(check_interval(ordered, earlier_on=date(2017, 5, 2), later_on=day)) == [CheckCode.WRONG_ORDER]


def test_the_longest_allowed_interval_is_allowed():
    interval = next(iter(dream().intervals))
    first = date(2017, 1, 1)
    last = date.fromordinal(first.toordinal() + interval.max_days)
    assert check_interval(interval, earlier_on=first, later_on=last) == ()
    assert check_interval(interval, earlier_on=first, later_on=date.fromordinal(last.toordinal() + 1)) != ()


def test_the_date_of_the_images_is_that_of_the_form():
    assert check_date(header_on=date(2017, 5, 1), form_on=date(2017, 5, 1)) == ()
    (found,) = check_date(header_on=date(2017, 5, 2), form_on=date(2017, 5, 1))
    assert (found.found, found.expected) == ("2017-05-02", "2017-05-01")


# --- verdicts


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([Severity.NOTE], Verdict.ACCEPT),
        ([Severity.NOTE, Severity.DEVIATION], Verdict.ACCEPT_WITH_DEVIATION),
        ([Severity.REPEAT, Severity.DEVIATION], Verdict.REPEAT_REQUESTED),
        ([Severity.REPEAT, Severity.NOT_EVALUABLE], Verdict.NOT_EVALUABLE),
    ],
)
def test_the_gravest_finding_decides(severities, expected):
    findings = [Finding(CheckCode.LOSSY, severity, Text("a", "あ")) for severity in severities]
    assert verdict(findings) is expected


def test_findings_survive_storage():
    for finding in check_series(
        t2(a_volume(te_ms=90, thickness_mm=9)), required(SeriesRole.T2, max_slice_thickness_mm=5)
    ):
        assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


def test_the_study_s_own_protocol_accepts_what_it_asks_for():
    protocol = next(one for one in dream().imaging if one.code == "liver-full")
    requirement = next(one for one in protocol.series if one.role is SeriesRole.EOB_HEPATOBILIARY)
    assert check_series(hepatobiliary(1200), requirement) == ()
