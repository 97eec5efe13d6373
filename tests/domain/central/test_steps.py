"""The steps of a read open one after the other, with the images of their sequences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.central.steps import (
    StepRefused,
    StepState,
    open_roles,
    require_lockable,
    require_open,
    standing,
)
from casebook.domain.imaging import SEQUENCE_OF_ROLE, Judged
from casebook.domain.study import load_study
from services.command.demo import DEFINITION

CHARTER = load_study(DEFINITION.read_text(encoding="utf-8")).charter
N = len(CHARTER.steps)


@given(st.integers(0, N))
def test_exactly_one_step_is_open_until_all_are_locked(n_locked):
    states = [item.state for item in standing(CHARTER, n_locked)]
    assert states == [StepState.LOCKED] * n_locked + [StepState.OPEN] * (n_locked < N) + [StepState.CLOSED] * (
        N - n_locked - 1
    )


@given(st.integers(0, N - 1), st.sampled_from(Judged))
def test_verdicts_are_taken_in_the_open_step_alone(n_locked, judged):
    if CHARTER.steps[n_locked].judged is judged:
        require_open(CHARTER, n_locked, judged)
        return
    with pytest.raises(StepRefused) as refused:
        require_open(CHARTER, n_locked, judged)
    is_locked = [step.judged for step in CHARTER.steps].index(judged) < n_locked
    assert ("is locked" if is_locked else "not open yet") in refused.value.said.en


def test_an_incomplete_step_names_its_cells():
    with pytest.raises(StepRefused, match="L3 on CT has no verdict"):
        require_lockable(CHARTER, 0, "ct", ["L3 on CT has no verdict"])
    require_lockable(CHARTER, 0, "ct", [])


def test_the_images_of_later_sequences_are_closed():
    seen: set[str] = set()
    for n_locked in range(N):
        roles = open_roles(CHARTER, n_locked)
        if roles is None:
            assert n_locked >= N - 2
            continue
        assert seen < set(roles)
        seen = set(roles)
        read = {sequence for step in CHARTER.steps[: n_locked + 1] for sequence in step.sequences}
        assert {SEQUENCE_OF_ROLE[role] for role in SEQUENCE_OF_ROLE if role.value in seen} == read
    assert open_roles(CHARTER, N) is None
