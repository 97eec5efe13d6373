"""Readers are drawn by few open cases and by lot; every draw follows from the seed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.central.assignment import (
    Candidate,
    NotEnoughReaders,
    draw_readers,
    is_repeated,
    lot,
    obstacle,
    order_key,
    repeat_code,
    repeat_opens_on,
)

TODAY = date(2026, 5, 4)
CASES = [f"R-{n}" for n in range(1000, 3000)]


def reader(login, home=None, trained_on=TODAY, n_open=0):
    return Candidate(login, home, trained_on, n_open)


def drawn(readers, n=2, *, case="R-1000", seed="s", involved=()):
    found = draw_readers(readers, n=n, case=case, site_code="JP-03", seed=seed, on=TODAY, involved=involved)
    return [one.login for one in found]


readers = st.lists(
    st.builds(
        Candidate,
        st.text(st.characters(categories=["Ll"]), min_size=1, max_size=5),
        st.sampled_from([None, "JP-03", "BE-02"]),
        st.sampled_from([None, TODAY, TODAY + timedelta(days=1), TODAY - timedelta(days=400)]),
        st.integers(0, 5),
    ),
    unique_by=lambda one: one.login,
    max_size=8,
)


@given(readers, st.integers(1, 3), st.sampled_from(CASES), st.text(max_size=5))
def test_who_is_drawn_may_read_and_nobody_with_fewer_cases_is_passed_over(found, n, case, seed):
    free = [one for one in found if obstacle(one, site_code="JP-03", involved=(), on=TODAY) is None]
    if len(free) < n:
        with pytest.raises(NotEnoughReaders, match=f"needs {n} readers and {len(free)} may read it"):
            drawn(found, n, case=case, seed=seed)
        return
    chosen = drawn(found, n, case=case, seed=seed)
    assert len(set(chosen)) == n
    assert chosen == drawn(list(reversed(found)), n, case=case, seed=seed)
    most = max(one.n_open for one in free if one.login in chosen)
    assert all(one.n_open >= most for one in free if one.login not in chosen)


def test_the_lot_falls_on_everybody_about_as_often():
    people = [reader(login) for login in ("ann", "bob", "carol", "dora")]
    n_first = {one.login: 0 for one in people}
    for case in CASES:
        n_first[drawn(people, case=case)[0]] += 1
    assert all(400 < n < 600 for n in n_first.values())


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (reader("ann", home="JP-03"), "own-site"),
        (reader("ann", trained_on=None), "not-trained"),
        (reader("ann", trained_on=TODAY + timedelta(days=1)), "not-trained"),
        (reader("bob"), "already-involved"),
    ],
)
def test_what_keeps_a_reader_from_a_case_is_named(one, code):
    found = obstacle(one, site_code="JP-03", involved=["bob"], on=TODAY)
    assert (found.login, found.code) == (one.login, code)


def test_each_reader_has_an_order_of_their_own_that_stays():
    def order(login, seed="s"):
        return sorted(CASES[:50], key=lambda case: order_key(case, login=login, seed=seed))

    assert order("ann") == order("ann")
    assert len({tuple(order(login)) for login in ("ann", "bob", "carol")}) == 3
    assert order("ann") != order("ann", "another seed")
    assert order("ann") != sorted(CASES[:50])


def test_the_charter_s_share_of_cases_comes_again():
    share = Decimal("0.05")
    n = sum(is_repeated(case, login="ann", seed="s", share=share) for case in CASES)
    assert 60 < n < 145
    assert not any(is_repeated(case, login="ann", seed="s", share=Decimal(0)) for case in CASES)
    assert all(is_repeated(case, login="ann", seed="s", share=Decimal(1)) for case in CASES)


def test_a_case_comes_again_under_a_code_like_any_other():
    codes = [repeat_code("R-1234", login="ann", seed="s", n=n) for n in range(5)]
    assert all(len(code) == 6 and code.startswith("R-") and int(code[2:]) >= 1000 for code in codes)
    assert len(set(codes)) == 5
    assert repeat_opens_on(TODAY, after_days=28) == date(2026, 6, 1)


def test_lots_are_not_confused_by_how_parts_join():
    assert lot("ab", "c") != lot("a", "bc")
