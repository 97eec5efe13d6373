"""What two reads leave to a third person, and what the accepted read is then."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.cdlm import CdlmStatus, derive_cdlm
from casebook.domain.central.adjudication import (
    Choice,
    Chosen,
    Dispute,
    Disputed,
    Read,
    Side,
    check_choice,
    disputes,
    is_second_left,
    settle,
    undecided,
)
from casebook.domain.central.new_lesions import SAME_PLACE_MM, NewLesion, matched
from casebook.domain.errors import Invalid, Refused
from casebook.domain.imaging import LocationBasis, ReadingSequence, Visibility
from casebook.domain.series_links import Link
from tests.domain.builders import dream

RULE = dream().rules.cdlm
GONE = dict.fromkeys(ReadingSequence, Visibility.NOT_VISIBLE)
SEEN_ON_EOB = GONE | {ReadingSequence.EOB: Visibility.VISIBLE}
SEEN_ON_CT = GONE | {ReadingSequence.CT: Visibility.VISIBLE}
SHIFT = (1.0, 0.0, 0.0, 100.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def a_read(new=(), **cells):
    return Read(cells, tuple(new))


def a_new(label="N1", at=(0.0, 0.0, 0.0), frame="1.2"):
    return NewLesion(label, frame, at)


def a_link(from_frame="1.2", to_frame="1.3", quality_mm=2.0, matrix=SHIFT):
    return Link(from_frame, to_frame, LocationBasis.REGISTERED, matrix, quality_mm)


CELLS = st.dictionaries(st.sampled_from(ReadingSequence), st.sampled_from(Visibility))
LISTED = st.dictionaries(st.sampled_from(["L1", "L2", "L3", "L10"]), CELLS)
COORDINATE = st.floats(-40, 40, allow_nan=False)
PLACES = st.lists(st.tuples(st.tuples(COORDINATE, COORDINATE, COORDINATE), st.sampled_from(["1.2", "1.3"])), max_size=4)
NEW = PLACES.map(lambda places: tuple(a_new(f"N{n}", at, frame) for n, (at, frame) in enumerate(places, start=1)))
READS = st.builds(Read, LISTED, NEW)
LINKS = st.sampled_from([(), (a_link(),), (a_link("1.3", "1.2"),)])


def test_reads_that_agree_on_the_status_need_no_third_person_however_they_differ_otherwise():
    assert disputes(a_read(L1=SEEN_ON_EOB), a_read(L1=SEEN_ON_CT), RULE) == ()


def test_a_lesion_gone_in_one_read_and_seen_in_the_other_is_disputed():
    found = disputes(a_read(L1=GONE, L2=GONE), a_read(L1=GONE, L2=SEEN_ON_EOB), RULE)
    assert found == (Disputed("L2", Dispute.STATUS_DIFFERS, left=CdlmStatus.YES, right=CdlmStatus.NO),)


def test_a_lesion_that_one_read_cannot_judge_is_disputed():
    blind = GONE | {ReadingSequence.DWI: Visibility.NOT_EVALUABLE}
    (found,) = disputes(a_read(L1=GONE), a_read(L1=blind), RULE)
    assert (found.left, found.right) == (CdlmStatus.YES, CdlmStatus.UNDETERMINED)


def test_disputed_lesions_come_as_people_count_and_new_ones_last():
    left = a_read(L10=GONE, L2=GONE, new=[a_new("N2"), a_new("N1", at=(90.0, 0.0, 0.0))])
    found = disputes(left, a_read(L10=SEEN_ON_CT, L2=SEEN_ON_CT), RULE)
    assert [item.label for item in found] == ["L2", "L10", "N1", "N2"]


def test_a_new_lesion_at_the_same_place_in_both_reads_is_one_and_not_disputed():
    left, right = a_read(new=[a_new("N1")]), a_read(new=[a_new("N3", at=(SAME_PLACE_MM, 0.0, 0.0))])
    assert disputes(left, right, RULE) == ()


def test_a_new_lesion_farther_away_is_another_one_and_each_is_disputed_under_a_label_of_its_own():
    left, right = a_read(new=[a_new("N1")]), a_read(new=[a_new("N1", at=(SAME_PLACE_MM + 0.1, 0.0, 0.0))])
    found = disputes(left, right, RULE)
    assert [(item.label, item.only_in, item.new_label) for item in found] == [
        ("N1", Side.LEFT, "N1"),
        ("N2", Side.RIGHT, "N1"),
    ]


def test_places_in_frames_that_are_not_linked_never_match():
    assert matched([a_new(frame="1.2")], [a_new(frame="1.3")]) == ()


@pytest.mark.parametrize(("frames", "there"), [(("1.2", "1.3"), 100.0), (("1.3", "1.2"), -100.0)])
def test_a_link_matches_places_across_frames_in_either_direction(frames, there):
    pairs = matched([a_new(frame="1.2")], [a_new(frame="1.3", at=(there, 0.0, 0.0))], [a_link(*frames)])
    assert len(pairs) == 1
    assert matched([a_new(frame="1.2")], [a_new(frame="1.3")], [a_link(*frames)]) == ()


def test_of_several_links_the_one_with_the_smallest_error_says_where_it_is():
    poor = a_link(quality_mm=None, matrix=tuple(1.0 if n % 5 == 0 else 0.0 for n in range(16)))
    there = [a_new(frame="1.3", at=(100.0, 0.0, 0.0))]
    assert matched([a_new()], there, [poor, a_link()]) != ()


def test_one_new_lesion_matches_the_nearest_of_two_and_leaves_the_other():
    near, far = a_new("N1", at=(2.0, 0.0, 0.0)), a_new("N2", at=(8.0, 0.0, 0.0))
    assert matched([a_new()], [far, near]) == ((a_new(), near),)


def test_the_second_readers_read_stands_on_the_left_of_about_every_other_case():
    drawn = [is_second_left("seed", f"R-{n}", (1, 1)) for n in range(1000, 1400)]
    assert 160 < sum(drawn) < 240
    assert is_second_left("seed", "R-1000", (1, 1)) is drawn[0]


@given(READS, LINKS)
def test_a_read_never_disagrees_with_itself(read, links):
    assert disputes(read, read, RULE, links) == ()


@given(READS, READS, LINKS)
def test_left_and_right_only_mirror_what_is_disputed(left, right, links):
    there, back = disputes(left, right, RULE, links), disputes(right, left, RULE, links)
    mirrored = [replace(item, left=item.right, right=item.left) for item in back if item.only_in is None]
    assert mirrored == [item for item in there if item.only_in is None]
    assert sum(item.only_in is not None for item in there) == sum(item.only_in is not None for item in back)


@given(READS, READS, LINKS)
def test_what_is_disputed_has_labels_of_its_own_and_comes_back_from_storage(left, right, links):
    found = disputes(left, right, RULE, links)
    assert len({item.label for item in found}) == len(found)
    assert tuple(Disputed.from_json(item.to_json()) for item in found) == found


@given(READS, READS, LINKS, st.data())
def test_the_accepted_read_is_one_read_per_lesion_and_gives_its_status(left, right, links, data):
    found = disputes(left, right, RULE, links)
    choices = {item.label: Chosen(data.draw(st.sampled_from([Choice.LEFT, Choice.RIGHT]))) for item in found}
    agreed = data.draw(st.sampled_from(Side))
    settled = settle(left, right, found, choices, agreed=agreed)
    sides = {Side.LEFT: left, Side.RIGHT: right}
    assert set(settled.lesions) == left.cells.keys() | right.cells.keys()
    for label, taken in settled.lesions.items():
        wanted = choices[label].choice.side if label in choices else agreed
        assert taken.side is wanted
        others = derive_cdlm(sides[wanted.other].cells.get(label, {}), RULE).status
        mine = derive_cdlm(sides[wanted].cells.get(label, {}), RULE).status
        assert label in choices or mine is others
    assert len(set(settled.new)) == len(settled.new)
    assert all(label in {new.label for new in sides[side].new} for side, label in settled.new)


@given(READS, READS, LINKS)
def test_nothing_is_settled_while_a_choice_is_open(left, right, links):
    found = disputes(left, right, RULE, links)
    for item in found:
        choices = {other.label: Chosen(Choice.LEFT) for other in found if other is not item}
        assert undecided(found, choices) == (item.label,)
        with pytest.raises(Refused, match=item.label):
            settle(left, right, found, choices, agreed=Side.LEFT)


@pytest.mark.parametrize(("choice", "kept"), [(Choice.LEFT, ((Side.LEFT, "N4"),)), (Choice.RIGHT, ())])
def test_a_new_lesion_stays_where_the_read_that_has_it_is_chosen(choice, kept):
    left, right = a_read(new=[a_new("N4")]), a_read()
    found = disputes(left, right, RULE)
    assert settle(left, right, found, {"N1": Chosen(choice)}, agreed=Side.RIGHT).new == kept


def test_a_new_lesion_of_both_reads_is_taken_from_the_agreed_one():
    left, right = a_read(new=[a_new("N2")]), a_read(new=[a_new("N1", at=(3.0, 0.0, 0.0))])
    assert settle(left, right, (), {}, agreed=Side.RIGHT).new == ((Side.RIGHT, "N1"),)


LISTED_LESION = Disputed("L1", Dispute.STATUS_DIFFERS, left=CdlmStatus.YES, right=CdlmStatus.NO)
NEW_LESION = Disputed("N1", Dispute.ONLY_IN_ONE_READ, only_in=Side.LEFT, new_label="N1")
THIRD = Chosen(Choice.THIRD, GONE, "an artefact that both took for a lesion")


@pytest.mark.parametrize(
    ("disputed", "chosen", "may_give_third", "error"),
    [
        (LISTED_LESION, THIRD, False, Refused),
        (NEW_LESION, THIRD, True, Refused),
        (LISTED_LESION, replace(THIRD, comment=" "), True, Invalid),
        (LISTED_LESION, replace(THIRD, third={ReadingSequence.CT: Visibility.VISIBLE}), True, Invalid),
        (LISTED_LESION, replace(THIRD, third=None), True, Invalid),
        (LISTED_LESION, Chosen(Choice.LEFT, GONE), True, Invalid),
    ],
)
def test_a_choice_that_the_charter_or_the_lesion_does_not_allow_is_refused(disputed, chosen, may_give_third, error):
    with pytest.raises(error):
        check_choice(disputed, chosen, sequences=ReadingSequence, may_give_third=may_give_third)


@pytest.mark.parametrize("chosen", [THIRD, Chosen(Choice.LEFT), Chosen(Choice.RIGHT, comment="clear")])
def test_the_other_choices_are_allowed(chosen):
    check_choice(LISTED_LESION, chosen, sequences=ReadingSequence, may_give_third=True)


def test_a_third_verdict_is_taken_as_given():
    left, right = a_read(L1=GONE), a_read(L1=SEEN_ON_CT)
    third = Chosen(Choice.THIRD, SEEN_ON_EOB, "seen late")
    taken = settle(left, right, disputes(left, right, RULE), {"L1": third}, agreed=Side.LEFT).lesions["L1"]
    assert (taken.side, taken.third) == (None, SEEN_ON_EOB)
