"""The activation gate: an approval that covers the protocol on the day, training, imaging qualification; ICH E6(R3)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.activation import (
    BLOCKS,
    RUNS_OUT_WITHIN,
    Approval,
    Qualification,
    Qualified,
    SitePapers,
    Validity,
    activation,
)

DAY = date(2026, 5, 4)
VERSION = "1.1"
ALWAYS = Validity(date(2020, 1, 1))
DAYS = st.dates(DAY - timedelta(400), DAY + timedelta(400))
VALIDITIES = st.builds(
    lambda from_on, length, revoked_on: Validity(
        from_on, None if length is None else from_on + timedelta(length), revoked_on
    ),
    DAYS,
    st.none() | st.integers(0, 300),
    st.none() | DAYS,
)


def an_approval(validity: Validity = ALWAYS, *, number: str = "A-1", protocol_version: str = VERSION) -> Approval:
    return Approval(uuid4(), number, protocol_version, validity)


def shown(*kinds: Qualification, validity: Validity = ALWAYS) -> tuple[Qualified, ...]:
    return tuple(Qualified(kind, validity) for kind in kinds)


def papers(*approvals: Approval, qualifications: tuple[Qualified, ...] | None = None) -> SitePapers:
    return SitePapers(approvals, shown(*Qualification) if qualifications is None else qualifications)


def codes(found: SitePapers, on: date = DAY) -> list[str]:
    return [block.code for block in activation(found, protocol_version=VERSION, on=on).blocks]


def lies_within(validity: Validity, day: date) -> bool:
    """Written as the records say it: from, until (both included), and not from the day of the revocation on."""
    return (
        day >= validity.from_on
        and (validity.until_on is None or day <= validity.until_on)
        and (validity.revoked_on is None or day < validity.revoked_on)
    )


@given(VALIDITIES, DAYS)
def test_a_paper_holds_from_its_first_day_to_its_last_and_not_from_its_revocation_on(validity, day):
    assert validity.holds_on(day) == lies_within(validity, day)


@given(st.dates(), st.integers(0, 500))
def test_the_first_and_the_last_day_count_and_their_neighbours_do_not(from_on, length):
    until_on = min(from_on, date.max - timedelta(600)) + timedelta(length)
    validity = Validity(min(from_on, date.max - timedelta(600)), until_on)
    assert validity.holds_on(validity.from_on)
    assert validity.holds_on(until_on)
    assert not validity.holds_on(until_on + timedelta(1))
    assert validity.from_on == date.min or not validity.holds_on(validity.from_on - timedelta(1))


@given(
    st.lists(st.builds(an_approval, VALIDITIES, protocol_version=st.sampled_from([VERSION, "1.0", "2.0"]))),
    st.lists(st.builds(Qualified, st.sampled_from(Qualification), VALIDITIES)),
    st.none() | DAYS,
    DAYS,
)
def test_every_missing_paper_is_named_and_nothing_else(approvals, qualifications, closed_on, day):
    found = activation(SitePapers(tuple(approvals), tuple(qualifications), closed_on), protocol_version=VERSION, on=day)
    covers = [one for one in approvals if one.protocol_version == VERSION and lies_within(one.validity, day)]
    missing = {"site"} if closed_on is not None and closed_on <= day else set()
    missing |= set() if covers else {"approval"}
    valid = {one.kind for one in qualifications if lies_within(one.validity, day)}
    missing |= set(Qualification) - valid
    named = [next(part for part in ("site", "approval", *Qualification) if part in one.code) for one in found.blocks]
    assert sorted(named) == sorted(missing)
    assert found.is_active == (not missing)
    assert {block.code for block in found.blocks} <= BLOCKS
    assert (found.approval in covers) if covers else found.approval is None
    assert all(block.message.en and block.message.ja for block in found.blocks)


@given(st.integers(0, 200))
def test_a_paper_is_said_to_run_out_within_sixty_days_of_its_last_day(n_days):
    ends = DAY + timedelta(n_days)
    found = activation(papers(an_approval(Validity(ALWAYS.from_on, ends))), protocol_version=VERSION, on=DAY)
    assert found.is_active
    assert [str(ends) in text.en for text in found.running_out] == ([True] if n_days <= RUNS_OUT_WITHIN.days else [])


@pytest.mark.parametrize(
    ("n_days", "en", "ja"),
    [
        (0, "ethics approval ends today (2026-05-04)", "倫理審査の承認は本日（2026-05-04）に期限が切れます"),
        (1, "ethics approval ends in 1 day (2026-05-05)", "倫理審査の承認は1日後（2026-05-05）に期限が切れます"),
        (60, "ethics approval ends in 60 days (2026-07-03)", "倫理審査の承認は60日後（2026-07-03）に期限が切れます"),
    ],
)
def test_how_long_is_left_is_said_in_both_languages(n_days, en, ja):
    ends = Validity(ALWAYS.from_on, DAY + timedelta(n_days))
    (said,) = activation(papers(an_approval(ends)), protocol_version=VERSION, on=DAY).running_out
    assert (said.en, said.ja) == (en, ja)


def test_a_renewal_in_the_drawer_means_nothing_runs_out():
    old, renewed = Validity(ALWAYS.from_on, DAY + timedelta(10)), Validity(DAY, DAY + timedelta(365))
    found = activation(papers(an_approval(old), an_approval(renewed, number="A-2")), protocol_version=VERSION, on=DAY)
    assert found.running_out == ()
    assert found.approval is not None
    assert found.approval.number == "A-2"


def test_a_qualification_that_ends_is_said_to_run_out():
    ends = Validity(ALWAYS.from_on, DAY + timedelta(30))
    kept = (*shown(Qualification.TRAINING), *shown(Qualification.IMAGING, validity=ends))
    (said,) = activation(papers(an_approval(), qualifications=kept), protocol_version=VERSION, on=DAY).running_out
    assert said.en == "imaging qualification ends in 30 days (2026-06-03)"


def test_an_approval_of_another_protocol_version_covers_nothing():
    assert codes(papers(an_approval(protocol_version="1.0"))) == ["no-approval"]


@pytest.mark.parametrize(
    ("validity", "code", "words"),
    [
        (Validity(DAY + timedelta(1)), "approval-not-yet-valid", "valid from 2026-05-05 only"),
        (Validity(ALWAYS.from_on, DAY - timedelta(1)), "approval-ended", "ended on 2026-05-03; record its renewal"),
        (Validity(ALWAYS.from_on, None, DAY), "approval-revoked", "was revoked on 2026-05-04"),
    ],
)
def test_what_is_wrong_with_the_nearest_approval_is_said(validity, code, words):
    (block,) = activation(papers(an_approval(validity)), protocol_version=VERSION, on=DAY).blocks
    assert block.code == code
    assert block.message.en == f"approval A-1 {'is ' if 'only' in words else ''}{words}"


def test_a_qualification_that_ended_is_told_from_one_never_shown():
    over = Validity(ALWAYS.from_on, DAY - timedelta(1))
    assert codes(papers(an_approval(), qualifications=shown(Qualification.TRAINING, validity=over))) == [
        "training-ended",
        "no-imaging",
    ]


def test_a_site_is_closed_from_the_day_on():
    kept = SitePapers((an_approval(),), shown(*Qualification), closed_on=DAY)
    assert codes(kept, DAY - timedelta(1)) == []
    assert codes(kept) == ["site-closed"]


def test_a_revocation_to_come_ends_the_approval_the_day_before():
    validity = Validity(ALWAYS.from_on, DAY + timedelta(300), DAY + timedelta(20))
    assert validity.last_on == DAY + timedelta(19)
    assert codes(papers(an_approval(validity)), DAY + timedelta(19)) == []
    assert codes(papers(an_approval(validity)), DAY + timedelta(20)) == ["approval-revoked"]
