"""The life of a query: which act leads where and whose it is, what no sequence of acts can do; how queries age."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from casebook.domain.errors import Invalid, Refused
from casebook.domain.queries import (
    ACT_LABELS,
    DEFAULT_TERMS,
    DONE_LABELS,
    EDIT_CHECK,
    ENDED,
    IMAGE_CHECK,
    STANDING,
    STATE_LABELS,
    STEPS,
    QueryAct,
    QueryState,
    QueryStateRefused,
    QueryTarget,
    QueryTerms,
    Side,
    after,
    ageing,
    allowed_acts,
    due_on,
    needs_words,
    rule_of,
)
from casebook.domain.query_targets import field_label, place_words, require_target
from casebook.domain.study import load_study
from tests.domain.builders import DREAM_PATH, dream

S, A = QueryState, QueryAct
OPENED = date(2026, 3, 2)
TERMS = QueryTerms(answer_days=14, escalation_days=7, review_first=(IMAGE_CHECK,), source="a test")


def refusal(state, act, side):
    with pytest.raises(QueryStateRefused) as caught:
        after(state, act, side)
    return caught.value


def aged(state, days, *, ended=None):
    return ageing(
        state,
        opened_on=OPENED,
        due_on=due_on(OPENED, TERMS),
        today=OPENED + timedelta(days=days),
        terms=TERMS,
        ended_on=ended and OPENED + timedelta(days=ended),
    )


def test_a_query_is_sent_answered_asked_again_and_closed():
    state, seen = S.CANDIDATE, []
    for act, side in (
        (A.OPEN, Side.CENTRE),
        (A.ANSWER, Side.SITE),
        (A.REOPEN, Side.CENTRE),
        (A.ANSWER, Side.SITE),
        (A.CLOSE, Side.CENTRE),
    ):
        state = after(state, act, side)
        seen.append(state)
    assert seen == [S.OPEN, S.ANSWERED, S.OPEN, S.ANSWERED, S.CLOSED]


def test_a_site_answers_and_comments_and_does_nothing_else():
    assert {act for state in S for act in allowed_acts(state, Side.SITE)} == {A.ANSWER, A.COMMENT}


def test_a_site_can_do_nothing_about_a_candidate():
    assert allowed_acts(S.CANDIDATE, Side.SITE) == ()


def test_the_data_centre_does_not_answer_its_own_questions():
    assert A.ANSWER not in {act for state in S for act in allowed_acts(state, Side.CENTRE)}


def test_only_the_program_resolves():
    assert refusal(S.OPEN, A.RESOLVE, Side.CENTRE).said.ja == ("「解消（原因がなくなった）」は手動ではできません。")
    assert after(S.ANSWERED, A.RESOLVE, Side.SYSTEM) is S.RESOLVED


def test_what_is_cancelled_stays_cancelled():
    assert not [act for side in Side for act in allowed_acts(S.CANCELLED, side)]


def test_a_refusal_says_the_state_and_what_comes_first_in_both_languages():
    found = refusal(S.CLOSED, A.ANSWER, Side.SITE)
    assert isinstance(found, Refused)
    assert found.message == "The query is closed; only a query that is open can be answered."
    assert found.said.ja == "このクエリは「終了」です。「回答」は「未回答」のときにできます。"


def test_an_act_of_the_other_side_is_refused_before_its_state_is_said():
    assert refusal(S.OPEN, A.CLOSE, Side.SITE).message == "Only the data centre decides whether a query is closed."
    assert refusal(S.OPEN, A.ANSWER, Side.CENTRE).message == "A query is answered by the site that was asked."


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("state", list(S))
def test_the_allowed_acts_are_exactly_those_that_are_not_refused(state, side):
    for act in A:
        if act in allowed_acts(state, side):
            after(state, act, side)
        else:
            assert refusal(state, act, side).said.ja


def test_answers_comments_and_what_ends_an_unanswered_query_need_words():
    asked = {(state, act) for state in S for act in A if needs_words(state, act)}
    assert {act for _, act in asked} == {A.ANSWER, A.COMMENT, A.REOPEN, A.CANCEL, A.CLOSE}
    assert (S.OPEN, A.CLOSE) in asked
    assert (S.ANSWERED, A.CLOSE) not in asked


def test_every_state_and_act_has_words():
    assert set(STATE_LABELS) == set(S)
    assert set(ACT_LABELS) == set(A)
    assert set(DONE_LABELS) == {*A, "ask"}
    assert set(STEPS) == set(A)


def test_a_rule_ends_a_query_by_itself_only_where_it_is_said_to():
    assert rule_of(EDIT_CHECK).ends_when_gone
    assert not rule_of(IMAGE_CHECK).ends_when_gone
    assert rule_of("reconciliation:study-date").ends_when_gone
    assert not rule_of("nobody-knows-it").ends_when_gone


def test_queries_of_rules_that_are_reviewed_first_begin_as_candidates():
    assert TERMS.first_state("image-check:too-thick") is S.CANDIDATE
    assert TERMS.first_state(EDIT_CHECK) is S.OPEN


def test_an_open_query_is_due_then_overdue_then_escalated():
    assert due_on(OPENED, TERMS) == date(2026, 3, 16)
    said = {days: aged(S.OPEN, days).text.en for days in (0, 13, 14, 15, 21, 22)}
    assert said == {
        0: "due in 14 days",
        13: "due in 1 day",
        14: "due today",
        15: "1 day overdue",
        21: "7 days overdue",
        22: "escalated, 8 days overdue",
    }
    assert aged(S.OPEN, 15).text.ja == "1日超過"


def test_an_answered_query_is_never_late_and_an_ended_one_no_longer_ages():
    assert aged(S.ANSWERED, 40).text.en == "40 days"
    assert not aged(S.ANSWERED, 40).is_overdue
    assert aged(S.CLOSED, 400, ended=3).days == 3


@given(days=st.integers(-400, 4000), state=st.sampled_from(S))
def test_age_is_never_negative_and_only_open_queries_are_late(days, state):
    found = aged(state, days)
    assert found.days >= 0
    assert found.days_over >= 0
    assert found.is_overdue <= (state is S.OPEN)
    assert found.is_escalated <= found.is_overdue
    assert found.text.en
    assert found.text.ja


def test_the_definition_says_how_long_a_site_has_to_answer():
    found = dream().queries
    assert (found.answer_days, found.escalation_days, found.source) == (14, 14, "default")


def test_a_definition_without_queries_has_the_program_s_own_terms():
    head, _, rest = DREAM_PATH.read_text(encoding="utf-8").partition("[queries]\n")
    assert load_study(head + rest[rest.index("[[missing_reasons]]") :]).queries == DEFAULT_TERMS


@pytest.mark.parametrize(
    ("about", "field"),
    [
        (QueryTarget("A-1", timepoint="month-99"), "timepoint"),
        (QueryTarget("A-1", form="no-such-form"), "form"),
        (QueryTarget("A-1", form="follow-up"), "timepoint"),
        (QueryTarget("A-1", form="surgery", timepoint="month-3"), "timepoint"),
        (QueryTarget("A-1", form="surgery", field="no_such_field"), "field"),
        (QueryTarget("A-1", form="surgery", field="lesions.L9.fate"), "field"),
        (QueryTarget("A-1", form="surgery", field="lesions.L1.no_such"), "field"),
        (QueryTarget("A-1", form="baseline-disease", ordinal=2), "ordinal"),
        (QueryTarget("A-1", field="operated_on"), "form"),
        (QueryTarget("A-1", lesion="L9"), "lesion"),
        (QueryTarget(study="DREAM", site="JP-01", timepoint="baseline"), "subject"),
    ],
)
def test_a_place_that_the_study_does_not_have_is_refused_with_its_field(about, field):
    with pytest.raises(Invalid) as caught:
        require_target(about, dream(), lesions=["L1"])
    assert caught.value.field == field


def test_a_place_is_said_from_the_timepoint_to_the_field():
    about = QueryTarget("A-1", timepoint="month-3", form="follow-up", field="lesions.L1.at_site", lesion="L1")
    require_target(about, dream(), lesions=["L1"])
    form = dream().form("follow-up")
    said = place_words(dream(), about)
    assert said.en == f"{dream().timepoint('month-3').label.en} · {form.label.en} · {field_label(form, about.field).en}"
    assert "L1: " in said.en
    assert "L1：" in said.ja


class LifeOfAQuery(RuleBasedStateMachine):
    """Any acts by anybody in any order: refused ones change nothing, allowed ones keep the promises."""

    def __init__(self) -> None:
        super().__init__()
        self.state = S.OPEN
        self.was_sent = True
        self.n_answers = 0
        self.asked_after = 0
        self.was_cancelled = False

    @initialize(state=st.sampled_from([S.CANDIDATE, S.OPEN]))
    def begin(self, state):
        self.state, self.was_sent = state, state is S.OPEN

    @rule(act=st.sampled_from(A), side=st.sampled_from(Side))
    def act(self, act, side):
        before = self.state
        try:
            self.state = after(before, act, side)
        except QueryStateRefused:
            return
        assert (before, side) != (S.CANDIDATE, Side.SITE)
        if act is A.ANSWER:
            self.n_answers += 1
        if act is A.REOPEN:
            self.asked_after = self.n_answers
        self.was_sent = self.was_sent or act in {A.OPEN, A.REOPEN}
        self.was_cancelled = self.was_cancelled or act is A.CANCEL

    @invariant()
    def a_cancelled_query_never_comes_back(self):
        assert self.was_cancelled == (self.state is S.CANCELLED)

    @invariant()
    def an_answered_query_has_an_answer_since_it_was_last_asked(self):
        if self.state is S.ANSWERED:
            assert self.n_answers > self.asked_after

    @invariant()
    def a_site_knows_only_of_what_was_sent(self):
        if self.state in {S.OPEN, S.ANSWERED, S.CLOSED}:
            assert self.was_sent

    @invariant()
    def what_stands_can_be_ended_and_what_has_ended_waits_for_nobody_at_the_site(self):
        if self.state in STANDING:
            assert A.CANCEL in allowed_acts(self.state, Side.CENTRE)
        if self.state in ENDED:
            assert not allowed_acts(self.state, Side.SITE)


TestLifeOfAQuery = LifeOfAQuery.TestCase
