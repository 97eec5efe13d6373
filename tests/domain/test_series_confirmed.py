"""What a person confirmed stands; rules speak of the images beside it."""

import pytest

from casebook.domain.errors import Stale
from casebook.domain.imaging import SeriesRole as Role
from casebook.domain.series_confirmed import CORRECTED, beside_confirmed, corrected, require_known
from casebook.domain.series_roles import RoleProposal
from casebook.domain.texts import Text


def a_proposal(role=Role.DWI, sop_uids=None, frames=None, **more):
    return RoleProposal("1.2", role, 0.62, (Text("said", "言"),), "rules/1", sop_uids, frames, **more)


def test_a_role_that_was_confirmed_for_the_whole_series_leaves_nothing_to_propose():
    assert beside_confirmed([a_proposal()], [a_proposal(Role.ADC)], ["a", "b"]) == ()


def test_without_a_confirmed_role_proposals_stay_as_they_are():
    proposed = [a_proposal(), a_proposal(Role.ADC, ("a",))]
    assert beside_confirmed([], proposed, ["a", "b"]) == tuple(proposed)


def test_images_that_came_later_are_proposed_for_beside_the_confirmed_ones():
    confirmed = [a_proposal(Role.EOB_ARTERIAL, ("a", "b"))]
    proposed = [a_proposal(Role.EOB_PORTAL_VENOUS, ("b", "c")), a_proposal(Role.EOB_PRE, ("a",))]
    (left,) = beside_confirmed(confirmed, proposed, ["a", "b", "c"])
    assert (left.role, left.sop_uids) == (Role.EOB_PORTAL_VENOUS, ("c",))


def test_a_proposal_for_the_whole_series_is_narrowed_to_what_nobody_confirmed():
    (left,) = beside_confirmed([a_proposal(sop_uids=("a",))], [a_proposal(Role.T2)], ["b", "a", "c"])
    assert left.sop_uids == ("b", "c")


def test_frames_of_an_instance_that_was_confirmed_are_not_proposed_for_again():
    confirmed = [a_proposal(Role.EOB_PRE, ("a",), (1, 2))]
    assert beside_confirmed(confirmed, [a_proposal(Role.EOB_ARTERIAL, ("a",), (3, 4))], ["a"]) == ()


def test_a_correction_keeps_what_it_is_about_and_says_what_the_rule_had_said():
    said = corrected(a_proposal(sop_uids=("a",), b_values_s_per_mm2=(50.0,), delay_s=20.0), Role.T2)
    assert (said.role, said.sop_uids, said.confidence, said.rule, said.delay_s) == (Role.T2, ("a",), 1.0, CORRECTED, 20)
    assert said.b_values_s_per_mm2 == ()
    assert "DWI (0.62)" in said.evidence[0].en


def test_a_part_that_was_proposed_anew_is_looked_at_again_first():
    require_known({1}, {1, 2})
    with pytest.raises(Stale, match="proposed anew"):
        require_known({1, 3}, {1, 2})
