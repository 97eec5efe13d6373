"""Logins, passwords, and roles that nobody holds at the same time."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.accounts import (
    DATA_EDITING,
    AccountState,
    Held,
    check_end,
    check_new_grant,
    check_password_rules,
    conflict,
    edits_data,
    is_lasting_administrator,
    normal_login,
    state_of,
    valid_login,
    valid_name,
)
from casebook.domain.actors import BLINDED_ROLES, MAY, SITE_ROLES, Action, Grant, Role
from casebook.domain.errors import CasebookError, Invalid, Refused

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
HOURS = st.integers(-500, 500)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def a_grant(role: Role, study: str = "DREAM") -> Grant:
    return Grant(role, study, "JP-03" if role.is_site_role else None)


def held(role: Role, begins: float = 0, ends: float | None = None, study: str = "DREAM") -> Held:
    return Held(a_grant(role, study), at(begins), None if ends is None else at(ends))


@st.composite
def grants(draw) -> Held:
    ends = draw(st.none() | HOURS)
    return held(draw(st.sampled_from(list(Role))), draw(HOURS), ends, draw(st.sampled_from(["DREAM", "OTHER"])))


@pytest.mark.parametrize(("reader", "site"), list(product(sorted(BLINDED_ROLES), sorted(SITE_ROLES))))
def test_nobody_holds_a_readers_and_a_sites_role_in_one_study(reader, site):
    for one, other in ((reader, site), (site, reader)):
        with pytest.raises(Refused, match="central reader"):
            check_new_grant([held(one)], held(other), now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if edits_data(role)])
def test_an_administrator_holds_no_role_that_edits_data(role):
    with pytest.raises(Refused, match="cannot edit study data"):
        check_new_grant([held(Role.ADMINISTRATOR)], held(role), now=NOW)
    with pytest.raises(Refused, match="cannot edit study data"):
        check_new_grant([held(role)], held(Role.ADMINISTRATOR), now=NOW)


def test_an_administrator_edits_no_data_and_every_act_is_sorted_one_way_or_the_other():
    looks = {action for action in Action if action.startswith("see-")}
    exports = {Action.EXPORT_ENDPOINT, Action.EXPORT_IMAGES}
    runs = {Action.MANAGE_ACCOUNTS, Action.MANAGE_STUDY, Action.MANAGE_SITES} | exports
    assert set(Action) - looks - runs == DATA_EDITING
    assert not MAY[Role.ADMINISTRATOR] & DATA_EDITING


def test_a_future_grant_that_overlaps_a_conflicting_one_is_refused():
    site_until_then = held(Role.SITE_COORDINATOR, -10, 100)
    with pytest.raises(Refused):
        check_new_grant([site_until_then], held(Role.CENTRAL_READER, 99), now=NOW)
    check_new_grant([site_until_then], held(Role.CENTRAL_READER, 100), now=NOW)


def test_roles_in_two_studies_do_not_meet():
    check_new_grant([held(Role.SITE_COORDINATOR, study="OTHER")], held(Role.CENTRAL_READER), now=NOW)


def test_the_same_role_is_not_granted_twice_for_one_time_but_at_two_sites():
    with pytest.raises(Refused, match="already"):
        check_new_grant([held(Role.MONITOR)], held(Role.MONITOR, 5), now=NOW)
    here, there = (Held(Grant(Role.SITE_COORDINATOR, "DREAM", site), NOW, None) for site in ("JP-03", "JP-04"))
    check_new_grant([here], there, now=NOW)


@pytest.mark.parametrize("grant", [Grant(Role.INVESTIGATOR, "DREAM"), Grant(Role.MONITOR, "DREAM", "JP-03")])
def test_a_site_stands_exactly_in_grants_of_site_roles(grant):
    with pytest.raises(Invalid) as refused:
        check_new_grant([], Held(grant, NOW, None), now=NOW)
    assert refused.value.field == "site"


@pytest.mark.parametrize(("begins", "ends"), [(0, 0), (5, 4), (-5, -1), (-5, 0)])
def test_a_grant_that_is_over_or_never_holds_is_refused(begins, ends):
    with pytest.raises(Invalid):
        check_new_grant([], held(Role.MONITOR, begins, ends), now=NOW)


@given(grants(), grants(), HOURS)
def test_two_grants_overlap_wherever_both_hold(one, other, hours):
    assert one.overlaps(other) == other.overlaps(one)
    if one.holds(at(hours)) and other.holds(at(hours)):
        assert one.overlaps(other)


@given(grants(), grants())
def test_two_grants_that_overlap_both_hold_when_the_later_one_begins(one, other):
    later = max(one.valid_from, other.valid_from)
    assert one.overlaps(other) == (one.holds(later) and other.holds(later))


@given(st.lists(st.tuples(grants(), HOURS), max_size=8), HOURS)
def test_no_order_of_grants_and_ends_leads_to_conflicting_roles_at_any_time(asked, moment):
    """A model of an account: what is accepted stands; sometimes a grant is ended; no instant has a conflict."""
    standing: list[Held] = []
    for new, ends in asked:
        try:
            check_new_grant(standing, new, now=at(-500))
        except CasebookError:
            continue
        standing.append(new)
        try:
            until = check_end(standing[0], at(ends), now=at(-500))
        except CasebookError:
            continue
        standing[0] = Held(standing[0].grant, standing[0].valid_from, until)
    now_held = [one.grant for one in standing if one.holds(at(moment))]
    assert not any(
        conflict(one.role, other.role)
        for one, other in product(now_held, repeat=2)
        if one is not other and one.study_code == other.study_code
    )


def test_a_grant_ends_now_or_later_and_one_not_begun_never_holds():
    assert check_end(held(Role.MONITOR, -5), NOW, now=NOW) == NOW
    assert check_end(held(Role.MONITOR, -5), at(48), now=NOW) == at(48)
    future = held(Role.MONITOR, 10)
    ended = Held(future.grant, future.valid_from, check_end(future, NOW, now=NOW))
    assert ended.is_empty
    assert not any(ended.holds(at(hours)) for hours in (0, 10, 11))


@pytest.mark.parametrize("ends", [-1, 101])
def test_a_grant_is_not_ended_in_the_past_nor_made_longer(ends):
    with pytest.raises(Invalid):
        check_end(held(Role.MONITOR, -5, 100), at(ends), now=NOW)


def test_a_grant_that_has_ended_is_not_ended_again():
    with pytest.raises(Refused):
        check_end(held(Role.MONITOR, -5, -1), NOW, now=NOW)


def test_a_lasting_administrator_has_begun_and_has_no_end():
    assert is_lasting_administrator(held(Role.ADMINISTRATOR), "DREAM", NOW)
    assert not is_lasting_administrator(held(Role.ADMINISTRATOR), "OTHER", NOW)
    assert not is_lasting_administrator(held(Role.ADMINISTRATOR, ends=500), "DREAM", NOW)
    assert not is_lasting_administrator(held(Role.ADMINISTRATOR, 1), "DREAM", NOW)
    assert not is_lasting_administrator(held(Role.MONITOR), "DREAM", NOW)


@pytest.mark.parametrize("text", ["A.Lemaire", " a.lemaire ", "ａ．ｌｅｍａｉｒｅ", "A.LEMAIRE"])
def test_a_login_has_one_spelling(text):
    assert valid_login(text) == "a.lemaire"


@given(st.text(alphabet="aAzZ019._-@ ａＺ０．＿ﬁⅣ", max_size=40))
def test_the_normal_spelling_of_a_login_is_its_own(text):
    normal = normal_login(text)
    assert normal_login(normal) == normal


@pytest.mark.parametrize(
    "text", ["", "ab", "-abc", "abc-", "a b c", "a/b", "名前です", "x" * 101, "roles", "console:x"]
)
def test_a_login_that_cannot_stand_in_an_address_is_refused(text):
    with pytest.raises(Invalid) as refused:
        valid_login(text)
    assert refused.value.field == "login"


def test_a_name_is_one_line_that_can_be_shown():
    assert valid_name("  佐々木　玲 ") == "佐々木 玲"
    for text in ("", " ", "x" * 101, "a\x00b"):
        with pytest.raises(Invalid):
            valid_name(text)


@pytest.mark.parametrize(
    "password", ["short", "x" * 201, "aaaaaaaaaaaaaaaa", "abababababab", "lemaire-2026-aaa", "my-LEMAIRE-words"]
)
def test_a_password_that_is_short_endless_or_easily_guessed_is_refused(password):
    with pytest.raises(Invalid) as refused:
        check_password_rules(password, login="lemaire")
    assert refused.value.field == "password"
    assert password not in refused.value.message


def test_several_words_make_a_password():
    check_password_rules("correct horse battery", login="lemaire")
    check_password_rules("とても長い合言葉をここに書く", login="lemaire")


def test_the_state_of_an_account_is_the_strongest_reason_not_to_sign_in():
    assert state_of(disabled_at=None, locked_until=None, now=NOW) is AccountState.ACTIVE
    assert state_of(disabled_at=None, locked_until=at(-1), now=NOW) is AccountState.ACTIVE
    assert state_of(disabled_at=None, locked_until=at(1), now=NOW) is AccountState.LOCKED
    assert state_of(disabled_at=NOW, locked_until=at(1), now=NOW) is AccountState.DISABLED
