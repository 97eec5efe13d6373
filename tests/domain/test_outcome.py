"""What became of a lesion: the derivation table of the study, row by row, and what must hold for any course."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.imaging import Visibility
from casebook.domain.outcome import OutcomeStatus, ReferenceStandard, Strategy, TruthStatus
from casebook.domain.outcome.facts import (
    AtSite,
    EndOfFollowUp,
    Fate,
    Leaving,
    LesionFacts,
    LocalTreatment,
    Matching,
    Treatment,
    Ultrasound,
    ViableCells,
)
from tests.domain.builders import (
    DAY_0,
    a_cdlm,
    a_pathology,
    a_resection,
    ablation,
    day,
    imaging,
    left_in_place,
    not_seen_on_ultrasound,
    outcome_of,
    recurrence,
    resected,
)

FOURTEEN = [
    ("L01", left_in_place(recurrence(90)), OutcomeStatus.VIABLE),
    ("L02", left_in_place(imaging(760)), OutcomeStatus.NON_VIABLE),
    ("L03", left_in_place(imaging(90), recurrence(180)), OutcomeStatus.VIABLE),
    ("L04", left_in_place(imaging(745)), OutcomeStatus.NON_VIABLE),
    ("L05", left_in_place(imaging(400)), OutcomeStatus.NOT_EVALUABLE),
    ("L06", left_in_place(imaging(400)), OutcomeStatus.NOT_EVALUABLE),
    ("L07", left_in_place(imaging(200), died_on=day(250)), OutcomeStatus.NOT_EVALUABLE),
    ("L08", left_in_place(recurrence(365)), OutcomeStatus.VIABLE),
    ("L09", left_in_place(imaging(720)), OutcomeStatus.NOT_EVALUABLE),
    ("L10", left_in_place(imaging(731)), OutcomeStatus.NON_VIABLE),
    ("L11", left_in_place(recurrence(545)), OutcomeStatus.VIABLE),
    ("L12", left_in_place(imaging(800)), OutcomeStatus.NON_VIABLE),
    ("L13", left_in_place(recurrence(800)), OutcomeStatus.NON_VIABLE),
    ("L14", left_in_place(imaging(50)), OutcomeStatus.NOT_EVALUABLE),
]


@pytest.mark.parametrize(("label", "facts", "expected"), FOURTEEN)
def test_the_fourteen_lesions_left_in_place_come_out_as_in_the_reference(label, facts, expected):
    assert outcome_of(facts).status is expected


def test_the_fourteen_lesions_give_five_of_nine_and_six_of_ten_with_an_early_window():
    for window_days, n_free, n_known in ((0, 5, 9), (30, 6, 10)):
        known = [outcome_of(facts, early_window_days=window_days).nonviable for _, facts, _ in FOURTEEN]
        assert (known.count(True), 14 - known.count(None)) == (n_free, n_known)


@pytest.mark.parametrize(
    ("facts", "status", "reason", "standard"),
    [
        (resected(a_pathology()), "non-viable", "no-viable-cells", ReferenceStandard.PATHOLOGY),
        (
            resected(a_pathology(match=Matching.PROBABLE)),
            "non-viable",
            "no-viable-cells",
            ReferenceStandard.PATHOLOGY,
        ),
        (resected(a_pathology(ViableCells.PRESENT)), "viable", "viable-cells", ReferenceStandard.PATHOLOGY),
        (left_in_place(recurrence(730)), "viable", "recurrence-at-site", ReferenceStandard.FOLLOW_UP),
        (left_in_place(imaging(730)), "non-viable", "free-at-horizon", ReferenceStandard.FOLLOW_UP),
        (left_in_place(recurrence(731)), "non-viable", "free-at-horizon", ReferenceStandard.FOLLOW_UP),
        (left_in_place(imaging(729)), "not-evaluable", "imaging-too-early", ReferenceStandard.NOT_EVALUABLE),
        (left_in_place(imaging(300), died_on=day(400)), "not-evaluable", "died", ReferenceStandard.NOT_EVALUABLE),
        (
            left_in_place(imaging(300), end_of_follow_up=EndOfFollowUp(Leaving.WITHDRAWAL, day(310))),
            "not-evaluable",
            "withdrawal",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (
            left_in_place(imaging(300), end_of_follow_up=EndOfFollowUp(Leaving.LOST_TO_FOLLOW_UP, day(600))),
            "not-evaluable",
            "lost-to-follow-up",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (
            left_in_place(re_resection=a_resection(300, a_pathology(ViableCells.PRESENT, on=310))),
            "viable",
            "viable-cells",
            ReferenceStandard.PATHOLOGY,
        ),
        (
            left_in_place(recurrence(280), re_resection=a_resection(300, a_pathology(on=310))),
            "non-viable",
            "no-viable-cells",
            ReferenceStandard.PATHOLOGY,
        ),
        (
            left_in_place(local_treatments=(ablation(300),)),
            "not-evaluable",
            "ablated-at-site",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (
            left_in_place(imaging(800), local_treatments=(LocalTreatment(Treatment.IRRADIATION, day(300)),)),
            "not-evaluable",
            "irradiated-at-site",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (
            resected(a_pathology(), fate=Fate.ABLATED),
            "not-evaluable",
            "ablated-at-surgery",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (
            resected(a_pathology(match=Matching.NOT_MATCHED)),
            "not-evaluable",
            "specimen-not-matched",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (
            resected(a_pathology(ViableCells.PRESENT, Matching.NOT_MATCHED)),
            "not-evaluable",
            "specimen-not-matched",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (
            resected(a_pathology(ViableCells.NOT_EVALUABLE)),
            "not-evaluable",
            "pathology-not-evaluable",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (resected(), "pending", "pathology-awaited", ReferenceStandard.PATHOLOGY),
        (LesionFacts(a_cdlm()), "pending", "surgery-awaited", None),
        (
            LesionFacts(a_cdlm(), died_on=day(1)),
            "not-evaluable",
            "left-before-surgery",
            ReferenceStandard.NOT_EVALUABLE,
        ),
        (left_in_place(fate=Fate.NOT_FOUND), "not-evaluable", "imaging-too-early", ReferenceStandard.NOT_EVALUABLE),
        (
            left_in_place(imaging(740), fate=Fate.NOT_OPERATED),
            "non-viable",
            "free-at-horizon",
            ReferenceStandard.FOLLOW_UP,
        ),
    ],
)
def test_a_row_of_the_derivation_table(facts, status, reason, standard):
    found = outcome_of(facts)
    assert (found.status, found.reason.code, found.reference_standard) == (status, reason, standard)


def test_a_lesion_gone_on_ct_only_counts_for_ct_alone_with_its_truth():
    found = outcome_of(resected(a_pathology(ViableCells.PRESENT), cdlm=a_cdlm(eob=Visibility.VISIBLE)))
    assert found.status is OutcomeStatus.NOT_IN_ENDPOINT
    assert found.reason.text.en == "CT alone only"
    assert found.strategies == {Strategy.CT}
    assert found.nonviable is False
    assert found.in_denominator(Strategy.CT)
    assert not found.in_ct_mri_denominator


def test_a_lesion_seen_on_ct_is_in_no_set():
    found = outcome_of(resected(a_pathology(), cdlm=a_cdlm(ct=Visibility.VISIBLE)))
    assert (found.reason.code, found.strategies, found.in_bounds) == ("not-cdlm", frozenset(), False)


def test_an_undetermined_cdlm_is_outside_the_primary_set_and_inside_the_bounds():
    found = outcome_of(resected(a_pathology(), cdlm=a_cdlm(dwi=None)))
    assert found.reason.text.en == "bounds only · cDLM undetermined"
    assert found.strategies == {Strategy.CT}
    assert found.in_bounds


@pytest.mark.parametrize(
    ("ultrasound", "found_by_surgeon", "stays"),
    [
        (not_seen_on_ultrasound(), False, True),
        (not_seen_on_ultrasound(), True, False),
        (Ultrasound(with_contrast=True, seen=True), False, False),
        (Ultrasound(with_contrast=True, seen=None), False, False),
        (None, False, False),
    ],
)
def test_a_lesion_found_at_surgery_stays_in_ct_mri_and_leaves_the_set_after_ultrasound(
    ultrasound, found_by_surgeon, stays
):
    found = outcome_of(resected(a_pathology(), ultrasound=ultrasound, found_by_surgeon=found_by_surgeon))
    assert found.in_ct_mri_denominator
    assert found.in_ct_mri_ious_denominator is stays


def test_ultrasound_without_contrast_counts_unless_the_study_requires_contrast():
    facts = resected(a_pathology(), ultrasound=not_seen_on_ultrasound(with_contrast=False))
    assert outcome_of(facts).in_ct_mri_ious_denominator
    assert not outcome_of(facts, contrast_ultrasound_required=True).in_ct_mri_ious_denominator


def test_a_subject_found_ineligible_is_kept_and_counts_nowhere():
    found = outcome_of(resected(a_pathology(), found_ineligible_on=day(20)))
    assert (found.reason.code, found.strategies, found.in_bounds) == ("found-ineligible", frozenset(), False)
    assert found.nonviable is True


def test_recurrence_elsewhere_in_the_liver_is_another_event_unless_the_study_counts_it():
    facts = left_in_place(imaging(400, elsewhere=True), imaging(735))
    assert outcome_of(facts).status is OutcomeStatus.NON_VIABLE
    assert outcome_of(facts, recurrence_elsewhere_counts=True).status is OutcomeStatus.VIABLE


def test_a_recurrence_on_inadequate_imaging_still_counts():
    assert outcome_of(left_in_place(recurrence(100, adequate=False))).status is OutcomeStatus.VIABLE


def test_inadequate_or_unjudged_imaging_at_the_horizon_clears_nothing():
    assert outcome_of(left_in_place(imaging(740, adequate=False))).status is OutcomeStatus.NOT_EVALUABLE
    assert outcome_of(left_in_place(imaging(740, AtSite.NOT_EVALUABLE))).status is OutcomeStatus.NOT_EVALUABLE


def test_treatment_after_recurrence_does_not_undo_it():
    assert outcome_of(left_in_place(recurrence(200), local_treatments=(ablation(230),))).nonviable is False


def test_treatment_after_imaging_cleared_the_horizon_does_not_undo_that():
    assert outcome_of(left_in_place(imaging(735), local_treatments=(ablation(760),))).nonviable is True
    cleared_then_resected = left_in_place(
        imaging(735), re_resection=a_resection(900, a_pathology(ViableCells.PRESENT, on=910))
    )
    assert outcome_of(cleared_then_resected).nonviable is True


def test_a_specimen_taken_after_ablation_tells_nothing():
    facts = left_in_place(local_treatments=(ablation(100),), re_resection=a_resection(200, a_pathology(on=210)))
    assert outcome_of(facts).reason.code == "ablated-at-site"


def test_a_site_resected_again_and_ablated_later_is_decided_by_its_specimen():
    facts = left_in_place(local_treatments=(ablation(300),), re_resection=a_resection(200, a_pathology(on=210)))
    assert outcome_of(facts).nonviable is True


def test_pending_says_the_days_to_go():
    found = outcome_of(left_in_place(imaging(102)), as_of=day(186))
    assert found.status is OutcomeStatus.PENDING
    assert found.days_to_go == 544
    assert found.reason.text.en == "pending · 544 days to go"
    assert found.reference_standard is ReferenceStandard.FOLLOW_UP


def test_after_the_horizon_the_late_window_waits_for_the_last_imaging():
    facts = left_in_place(imaging(600))
    assert outcome_of(facts, as_of=day(790)).status is OutcomeStatus.PENDING
    assert outcome_of(facts, as_of=day(790)).days_to_go == 0
    assert outcome_of(facts, as_of=day(791)).status is OutcomeStatus.NOT_EVALUABLE
    assert outcome_of(replace(facts, follow_ups=(imaging(795),)), as_of=day(796)).nonviable is True


def test_death_after_clearing_imaging_changes_nothing():
    assert outcome_of(left_in_place(imaging(731), died_on=day(740))).status is OutcomeStatus.NON_VIABLE


def test_what_is_dated_after_the_day_asked_for_does_not_count():
    facts = left_in_place(imaging(100), recurrence(200), died_on=day(300))
    assert outcome_of(facts, as_of=day(150)).status is OutcomeStatus.PENDING
    assert outcome_of(facts, as_of=day(200)).status is OutcomeStatus.VIABLE
    assert outcome_of(resected(a_pathology(on=14)), as_of=day(13)).reason.code == "pathology-awaited"
    assert outcome_of(resected(a_pathology()), as_of=day(-1)).reason.code == "surgery-awaited"


def test_the_trace_tells_the_course_in_words_and_ends_with_the_verdict():
    found = outcome_of(left_in_place(imaging(90), recurrence(180)))
    assert [step.en for step in found.trace] == [
        "cDLM: yes (rule cDLM 1.0)",
        "fate: left in place",
        "followed from 2018-03-01 (day 0); horizon 2020-02-29 (day 730), early window 0 days",
        "recurrence first imaged 2018-08-28, day 180: within the horizon",
        "last adequate imaging day 90, no recurrence seen on it",
        "outcome: viable · recurrence at the site, day 180 (rule outcome 1.0)",
    ]
    assert all(step.ja for step in found.trace)


def test_the_dates_of_the_evidence_are_kept():
    truth = outcome_of(left_in_place(imaging(90), recurrence(180), imaging(60))).truth
    assert (truth.recurred_on, truth.last_adequate_on, truth.decided_on) == (day(180), day(90), day(180))


FOLLOW_UPS = st.lists(
    st.builds(
        imaging,
        st.integers(1, 1200),
        st.sampled_from(AtSite),
        adequate=st.booleans(),
        elsewhere=st.sampled_from([True, False, None]),
    ),
    max_size=8,
)
FACTS = st.builds(
    LesionFacts,
    cdlm=st.builds(
        a_cdlm,
        ct=st.sampled_from([*Visibility, None]),
        dwi=st.sampled_from([*Visibility, None]),
        eob=st.sampled_from([*Visibility, None]),
    ),
    fate=st.sampled_from([*Fate, None]),
    followed_from_on=st.sampled_from([DAY_0, None]),
    pathology=st.one_of(
        st.none(), st.builds(a_pathology, st.sampled_from(ViableCells), st.sampled_from(Matching), st.integers(0, 60))
    ),
    ultrasound=st.one_of(st.none(), st.builds(Ultrasound, st.booleans(), st.sampled_from([True, False, None]))),
    found_by_surgeon=st.sampled_from([True, False, None]),
    follow_ups=FOLLOW_UPS.map(tuple),
    local_treatments=st.lists(st.builds(ablation, st.integers(1, 1200)), max_size=2).map(tuple),
    re_resection=st.one_of(st.none(), st.builds(a_resection, st.integers(1, 1200), st.none())),
    died_on=st.one_of(st.none(), st.integers(1, 1200).map(day)),
    end_of_follow_up=st.one_of(
        st.none(), st.builds(EndOfFollowUp, st.sampled_from(Leaving), st.integers(1, 1200).map(day))
    ),
    found_ineligible_on=st.one_of(st.none(), st.integers(1, 1200).map(day)),
)
DAYS = st.integers(0, 1500).map(day)


@given(FACTS, DAYS)
def test_status_truth_and_sets_never_contradict_each_other(facts, as_of):
    found = outcome_of(facts, as_of=as_of)
    if found.status is not OutcomeStatus.NOT_IN_ENDPOINT:
        assert found.status == found.truth.status
        assert Strategy.CT_MRI in found.strategies
    assert found.in_ct_mri_denominator == (found.status in {OutcomeStatus.NON_VIABLE, OutcomeStatus.VIABLE})
    if Strategy.CT_MRI_IOUS in found.strategies:
        assert Strategy.CT_MRI in found.strategies
    if Strategy.CT_MRI in found.strategies:
        assert Strategy.CT in found.strategies
        assert found.in_bounds
    assert (found.days_to_go is None) or found.truth.status is TruthStatus.PENDING


@given(FACTS, DAYS, st.randoms())
def test_the_order_of_follow_ups_does_not_matter(facts, as_of, random):
    shuffled = replace(facts, follow_ups=tuple(random.sample(facts.follow_ups, len(facts.follow_ups))))
    assert outcome_of(shuffled, as_of=as_of) == outcome_of(facts, as_of=as_of)


@given(FACTS, DAYS)
def test_a_verdict_by_follow_up_is_final_once_the_facts_end(facts, as_of):
    found = outcome_of(facts, as_of=as_of)
    if found.truth.status in {TruthStatus.NON_VIABLE, TruthStatus.VIABLE} and as_of >= day(1200):
        assert outcome_of(facts).truth.status is found.truth.status


@given(FOLLOW_UPS, st.integers(0, 60), st.integers(0, 60))
def test_a_wider_early_window_never_turns_a_verdict_around(follow_ups, narrow, more):
    facts = left_in_place(*follow_ups)
    first, second = (outcome_of(facts, early_window_days=window).nonviable for window in (narrow, narrow + more))
    assert first is None or first is second


@given(FOLLOW_UPS, st.integers(1, 730))
def test_an_in_situ_recurrence_within_the_horizon_is_always_viable(follow_ups, on):
    assert outcome_of(left_in_place(*follow_ups, recurrence(on))).status is OutcomeStatus.VIABLE
