"""The state of a timepoint's images follows from what is known, and says what may be decided."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.central.image_state import (
    DECISION_LABELS,
    STATE_LABELS,
    CheckDecision,
    CheckRefused,
    ImageFacts,
    ImagesState,
    decisions,
    require_decidable,
    state_of,
)
from casebook.domain.imaging import SeriesRole

ARRIVED = ImageFacts(has_images=True, n_needed=2)
PASSED = replace(ARRIVED, check=CheckDecision.PASSED)
READY = replace(PASSED, is_list_locked=True)
FACTS = st.builds(
    ImageFacts,
    has_images=st.booleans(),
    is_described=st.booleans(),
    check=st.none() | st.sampled_from(CheckDecision),
    is_list_locked=st.booleans(),
    are_earlier_ready=st.booleans(),
    n_needed=st.integers(0, 3),
    n_begun=st.integers(0, 3),
    n_signed=st.integers(0, 3),
    is_adjudicated=st.booleans(),
)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (ImageFacts(has_images=False), "expected"),
        (ARRIVED, "received"),
        (replace(ARRIVED, check=CheckDecision.QUERY), "query-open"),
        (replace(ARRIVED, check=CheckDecision.REJECTED), "rejected"),
        (replace(ARRIVED, check=CheckDecision.NOT_EVALUABLE), "not-evaluable"),
        (PASSED, "qc-passed"),
        (READY, "ready"),
        (replace(READY, n_begun=1), "reading"),
        (replace(READY, n_begun=2, n_signed=1), "reading"),
        (replace(READY, n_begun=2, n_signed=2), "read"),
        (replace(READY, n_begun=2, n_signed=2, is_adjudicated=True), "adjudicated"),
    ],
)
def test_each_state_follows_from_what_is_known(facts, state):
    assert state_of(facts) == state


def test_a_timepoint_that_nobody_reads_centrally_stops_at_its_check():
    assert state_of(replace(READY, n_needed=0)) is ImagesState.QC_PASSED


def test_images_are_not_ready_before_the_baseline_list_is_locked():
    assert not state_of(replace(READY, is_list_locked=False)).is_in_reading
    assert state_of(READY).is_in_reading


def test_images_are_not_ready_before_those_of_the_timepoint_that_is_read_first():
    assert state_of(replace(READY, are_earlier_ready=False)) is ImagesState.QC_PASSED


def test_images_that_are_still_being_described_are_received_whatever_an_earlier_check_said():
    assert state_of(replace(READY, is_described=False)) is ImagesState.RECEIVED


@given(FACTS)
def test_only_images_that_passed_a_check_of_their_own_are_ever_read(facts):
    if state_of(facts).is_in_reading:
        assert facts.check is CheckDecision.PASSED
        assert facts.is_list_locked


@given(FACTS)
def test_nothing_is_decided_without_images_and_nothing_passes_twice(facts):
    possible = decisions(facts)
    assert bool(possible) == facts.has_images
    if state_of(facts).is_in_reading:
        assert CheckDecision.PASSED not in possible


@pytest.mark.parametrize("decision", [one for one in CheckDecision if one is not CheckDecision.PASSED])
def test_whatever_keeps_images_from_reading_needs_a_reason(decision):
    with pytest.raises(CheckRefused, match="Say why"):
        require_decidable(ARRIVED, decision, reason="  ")
    require_decidable(ARRIVED, decision, reason="motion on every phase")


def test_images_pass_without_a_reason_only_when_every_required_series_is_there():
    missing = (SeriesRole.ADC, SeriesRole.T2)
    require_decidable(ARRIVED, CheckDecision.PASSED, reason="")
    with pytest.raises(CheckRefused, match="ADC") as refused:
        require_decidable(ARRIVED, CheckDecision.PASSED, reason="", missing=missing)
    assert "未受領" in refused.value.said.ja
    require_decidable(ARRIVED, CheckDecision.PASSED, reason="scanner without ADC", missing=missing)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (ImageFacts(has_images=False), "No images"),
        (replace(ARRIVED, is_described=False), "still being looked through"),
        (PASSED, "already"),
    ],
)
def test_a_pass_that_is_not_possible_says_why(facts, said):
    with pytest.raises(CheckRefused, match=said):
        require_decidable(facts, CheckDecision.PASSED, reason="")


def test_every_state_and_decision_has_words_in_both_languages():
    assert STATE_LABELS.keys() == set(ImagesState)
    assert DECISION_LABELS.keys() == set(CheckDecision)
    for text in (*STATE_LABELS.values(), *DECISION_LABELS.values()):
        assert text.en.isascii()
        assert not text.ja.isascii()
