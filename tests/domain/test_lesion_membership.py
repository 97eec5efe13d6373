"""Which lesions count in the endpoint, and why the others do not."""

from dataclasses import replace
from datetime import date

import pytest

from casebook.domain.cdlm import derive_cdlm
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.lesion_events import LesionState, Origin
from casebook.domain.lesion_membership import left_out, reason_left_out
from casebook.domain.outcome import LesionFacts, OutcomeStatus, derive_outcome
from tests.domain.builders import dream

ACTIVE = LesionState.ACTIVE


@pytest.mark.parametrize("origin", [Origin.BASELINE, Origin.SPLIT, Origin.MERGE])
def test_baseline_lesions_and_what_came_of_them_count_while_they_stand(origin):
    assert reason_left_out(origin, ACTIVE, ()) is None


@pytest.mark.parametrize(
    ("origin", "state", "children", "said"),
    [
        (Origin.NEW, ACTIVE, (), "appeared after baseline"),
        (Origin.BASELINE, LesionState.VOID, (), "entered in error"),
        (Origin.NEW, LesionState.VOID, (), "entered in error"),
        (Origin.BASELINE, LesionState.SPLIT, ("L5", "L6"), "split into L5, L6"),
        (Origin.SPLIT, LesionState.MERGED, ("L7",), "merged into L7"),
    ],
)
def test_new_and_ended_lesions_do_not_count_and_it_is_said_why(origin, state, children, said):
    why = reason_left_out(origin, state, children)
    assert why is not None
    assert why.text.en == said


def test_a_lesion_left_out_is_in_no_set_and_not_in_the_bounds_but_its_fate_stays_known():
    rules = dream().rules
    gone = derive_cdlm(dict.fromkeys(ReadingSequence, Visibility.NOT_VISIBLE), rules.cdlm)
    unread = derive_cdlm({}, rules.cdlm)
    why = reason_left_out(Origin.NEW, ACTIVE, ())
    assert why is not None
    for cdlm in (gone, unread):
        outcome = derive_outcome(LesionFacts(cdlm=cdlm), rules.outcome, as_of=date(2026, 1, 1))
        assert outcome.in_bounds
        found = left_out(outcome, why)
        assert (found.status, found.reason.code) == (OutcomeStatus.NOT_IN_ENDPOINT, "appeared-after-baseline")
        assert found.reason.text.en == "not in the endpoint · appeared after baseline"
        assert not found.strategies
        assert not found.in_bounds
        assert replace(found.truth) == outcome.truth
        assert found.trace[-1].en.startswith("outcome: not in the endpoint · appeared after baseline")
