"""Why a lesion's cDLM is what it is, in words."""

import pytest

from casebook.domain.cdlm import CdlmStatus
from casebook.domain.central.adjudication import AdjudicationState, Choice, Chosen, Dispute, Disputed, Side
from casebook.domain.central.standing import Settlement, Standing, why

DISPUTE = Disputed("L3", Dispute.STATUS_DIFFERS, left=CdlmStatus.YES, right=CdlmStatus.NO)


def a_settlement(state=AdjudicationState.DECIDED, choice=Choice.LEFT, first=Side.LEFT, **known):
    return Settlement(state, (DISPUTE,), {"L3": Chosen(choice)}, first, **known)


@pytest.mark.parametrize(
    ("standing", "label", "said"),
    [
        (Standing(2, 0), "L1", "reads not complete (0 of 2)"),
        (Standing(2, 1), "L1", "reads not complete (1 of 2)"),
        (Standing(2, 1, "site"), "L1", "local read; central reads 1 of 2"),
        (Standing(2, 2, "central"), "L1", "both readers agree"),
        (Standing(1, 1, "central"), "L1", "central read"),
        (Standing(2, 2, None, a_settlement(AdjudicationState.OPEN)), "L3", "readers differ; waits for adjudication"),
        (
            Standing(2, 2, None, a_settlement(AdjudicationState.OPEN, has_adjudicator=False)),
            "L3",
            "readers differ; no adjudicator yet",
        ),
        (
            Standing(2, 2, None, a_settlement(AdjudicationState.OPEN)),
            "L1",
            "readers agree; case waits for adjudication",
        ),
        (Standing(2, 2, "adjudication", a_settlement()), "L3", "adjudicated: first reader"),
        (Standing(2, 2, "adjudication", a_settlement(first=Side.RIGHT)), "L3", "adjudicated: second reader"),
        (Standing(2, 2, "adjudication", a_settlement(choice=Choice.THIRD)), "L3", "adjudicated: third verdict"),
        (Standing(2, 2, "adjudication", a_settlement()), "L1", "both readers agree"),
    ],
)
def test_every_state_says_why(standing, label, said):
    assert why(standing, label).en == said


def test_both_languages_count_the_reads_that_are_signed():
    assert why(Standing(2, 1), "L1").ja == "読影未完了（1／2）"


def test_a_new_lesion_of_the_same_number_is_not_the_listed_one():
    new = Disputed("L3", Dispute.ONLY_IN_ONE_READ, only_in=Side.LEFT, new_label="N1")
    assert Settlement(AdjudicationState.OPEN, (new,)).about("L3") is None
