"""What a reader has before them is counted from the cases they were given."""

from dataclasses import replace
from datetime import date

import pytest

from casebook.domain.central.load import GivenCase, Load, load_of

TODAY = date(2026, 5, 1)
GIVEN = GivenCase(opens_on=TODAY, n_to_read=1)
LATER = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("case", "state"),
    [
        (GIVEN, "open"),
        (replace(GIVEN, n_to_read=0), "waiting"),
        (replace(GIVEN, opens_on=LATER), "waiting"),
        (replace(GIVEN, n_to_read=0, closes_on=LATER), "signed"),
        (replace(GIVEN, n_to_read=0, is_adjudication=True), "open"),
        (replace(GIVEN, is_withdrawn=True), "withdrawn"),
    ],
)
def test_a_case_is_open_only_while_there_is_something_to_read(case, state):
    assert case.state(TODAY) == state


def test_withdrawn_cases_do_not_count_and_repeats_count_in_their_state_too():
    cases = [GIVEN, replace(GIVEN, is_repeat=True, opens_on=LATER), replace(GIVEN, is_withdrawn=True, is_repeat=True)]
    assert load_of(cases, TODAY) == Load(n_open=1, n_waiting=1, n_signed=0, n_repeats=1)
