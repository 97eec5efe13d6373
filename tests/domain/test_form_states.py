"""The life of a form entry: which act leads where, and what no sequence of acts can do."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from casebook.domain.errors import Refused
from casebook.domain.forms.states import (
    CHANGES_DATA,
    CLOSED,
    STATE_LABELS,
    EntryAct,
    EntryState,
    FormStateRefused,
    after,
    allowed_acts,
    needs_reason,
)
from tests.domain.builders import dream

S, A = EntryState, EntryAct
WAY_UP = [A.SAVE_DRAFT, A.SAVE_DRAFT, A.COMPLETE, A.VERIFY, A.SIGN, A.FREEZE, A.LOCK]


def refusal(state, act, *, needs_signature=True):
    with pytest.raises(FormStateRefused) as caught:
        after(state, act, needs_signature=needs_signature)
    return caught.value


def test_a_form_with_a_signature_goes_from_draft_to_lock_step_by_step():
    state, seen = S.NOT_STARTED, []
    for act in WAY_UP:
        state = after(state, act, needs_signature=True)
        seen.append(state)
    assert seen == [S.STARTED, S.STARTED, S.COMPLETE, S.VERIFIED, S.SIGNED, S.FROZEN, S.LOCKED]


def test_a_form_without_a_signature_is_frozen_once_verified():
    assert after(S.VERIFIED, A.FREEZE, needs_signature=False) is S.FROZEN
    assert refusal(S.VERIFIED, A.FREEZE).said.en == ("The form is verified; only a form that is signed can be frozen.")
    assert refusal(S.VERIFIED, A.SIGN, needs_signature=False).said.en == "This form asks for no signature."


def test_a_lock_is_undone_in_the_opposite_order():
    assert after(S.LOCKED, A.UNLOCK, needs_signature=True) is S.FROZEN
    assert after(S.FROZEN, A.UNFREEZE, needs_signature=True) is S.SIGNED
    assert after(S.FROZEN, A.UNFREEZE, needs_signature=False) is S.VERIFIED
    assert refusal(S.LOCKED, A.UNFREEZE).said.en == "The form is locked; only a form that is frozen can be unfrozen."


@pytest.mark.parametrize("state", [S.COMPLETE, S.VERIFIED, S.SIGNED])
def test_a_change_drops_verification_and_signature(state):
    assert after(state, A.COMPLETE, needs_signature=True) is S.COMPLETE


@pytest.mark.parametrize("state", [S.VERIFIED, S.SIGNED])
def test_a_verification_is_withdrawn_with_its_signature(state):
    assert after(state, A.WITHDRAW_VERIFICATION, needs_signature=True) is S.COMPLETE


@pytest.mark.parametrize("state", sorted(set(S) - {S.NOT_STARTED, S.STARTED}))
def test_a_complete_form_does_not_become_a_draft_again(state):
    assert refusal(state, A.SAVE_DRAFT).code == "form-state"


def test_a_refusal_says_the_state_and_what_comes_first_in_both_languages():
    found = refusal(S.LOCKED, A.COMPLETE)
    assert isinstance(found, Refused)
    assert found.message == "The form is locked and cannot be changed; it has to be unlocked and unfrozen first."
    assert found.said.ja == "この様式は「固定（ロック）」のため変更できません。先に固定と凍結の解除が必要です。"
    assert refusal(S.STARTED, A.VERIFY).said.ja == "この様式は「入力中」です。確認は「完了」のときにできます。"


@pytest.mark.parametrize("needs_signature", [True, False])
@pytest.mark.parametrize("state", list(S))
def test_the_allowed_acts_are_exactly_those_that_are_not_refused(state, needs_signature):
    for act in A:
        if act in allowed_acts(state, needs_signature=needs_signature):
            after(state, act, needs_signature=needs_signature)
        else:
            assert refusal(state, act, needs_signature=needs_signature).said.ja


def test_steps_back_and_changes_of_kept_answers_need_a_reason():
    asked = {(state, act) for state in S for act in A if needs_reason(state, act)}
    assert {act for _, act in asked} == {A.WITHDRAW_VERIFICATION, A.UNFREEZE, A.UNLOCK, A.COMPLETE}
    assert (S.STARTED, A.COMPLETE) not in asked
    assert {(S.COMPLETE, A.COMPLETE), (S.VERIFIED, A.COMPLETE), (S.SIGNED, A.COMPLETE)} <= asked


def test_every_state_has_a_label():
    assert set(STATE_LABELS) == set(S)


def test_the_forms_that_bind_a_physician_ask_for_a_signature():
    signed = {form.code for form in dream().forms if form.needs_signature}
    assert signed == {"eligibility", "eligibility-second", "mdt-decision", "surgery", "pathology", "end-of-study"}


class LifeOfAnEntry(RuleBasedStateMachine):
    """Any acts in any order: refused ones change nothing, allowed ones keep the promises."""

    def __init__(self) -> None:
        super().__init__()
        self.state = S.NOT_STARTED
        self.answers = 0
        self.verified: int | None = None
        self.signed: int | None = None
        self.needs_signature = True

    @precondition(lambda self: self.state is S.NOT_STARTED)
    @rule(needs_signature=st.booleans())
    def choose_form(self, needs_signature):
        self.needs_signature = needs_signature

    @rule(act=st.sampled_from(A))
    def act(self, act):
        try:
            state = after(self.state, act, needs_signature=self.needs_signature)
        except FormStateRefused:
            return
        if act in CHANGES_DATA:
            assert self.state not in CLOSED
            self.answers += 1
        if act is A.VERIFY:
            self.verified = self.answers
        if act is A.SIGN:
            self.signed = self.answers
        if state not in {S.SIGNED, S.FROZEN, S.LOCKED}:
            self.signed = None
        self.state = state

    @invariant()
    def a_signature_stands_on_exactly_the_answers_that_were_verified(self):
        if self.state is S.SIGNED or (self.state in CLOSED and self.needs_signature):
            assert self.signed == self.verified == self.answers

    @invariant()
    def nothing_beyond_complete_has_unverified_answers(self):
        if self.state in {S.VERIFIED, S.SIGNED, S.FROZEN, S.LOCKED}:
            assert self.verified == self.answers

    @invariant()
    def a_form_without_signature_is_never_signed(self):
        assert self.needs_signature or self.state is not S.SIGNED

    @invariant()
    def there_is_always_something_to_do(self):
        assert allowed_acts(self.state, needs_signature=self.needs_signature)


TestLifeOfAnEntry = LifeOfAnEntry.TestCase
