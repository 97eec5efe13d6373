"""The life of lesions: no sequence of allowed acts loses an identity, gives a label twice, or makes a circle."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule

from casebook.domain import lesion_events as rules
from casebook.domain.errors import Invalid, Refused
from casebook.domain.lesion_events import LesionBook, LesionState, Origin, Standing


def a_book(*labels: str, is_locked: bool = True) -> LesionBook:
    return LesionBook(is_locked, {label: Standing() for label in labels})


class Life(RuleBasedStateMachine):
    """Any acts in any order; what is refused changes nothing."""

    standing = Bundle("standing")
    ended = Bundle("ended")

    def __init__(self) -> None:
        super().__init__()
        self.book = LesionBook()
        self.given: list[str] = []
        self.is_read = False

    def fresh(self, n: int = 1) -> tuple[str, ...]:
        labels = rules.next_labels(self.book.lesions, n)
        self.given += labels
        return labels

    @precondition(lambda self: not self.book.is_locked)
    @rule(target=standing)
    def add(self):
        (label,) = self.fresh()
        self.book = rules.added(self.book, label)
        return label

    @precondition(lambda self: not self.book.is_locked and any(s.is_active for s in self.book.lesions.values()))
    @rule()
    def lock(self):
        self.book = rules.locked(self.book)

    @precondition(lambda self: self.book.is_locked and not self.is_read)
    @rule()
    def unlock(self):
        self.book = rules.unlocked(self.book, is_read=False)

    @precondition(lambda self: self.book.is_locked)
    @rule()
    def sign_a_central_read(self):
        self.is_read = True

    @rule(target=ended, label=consumes(standing))
    def void(self, label):
        self.book = rules.voided(self.book, label)
        return label

    @precondition(lambda self: self.book.is_locked)
    @rule(target=standing, parent=consumes(standing), n=st.integers(2, 4))
    def split(self, parent, n):
        labels = self.fresh(n)
        self.book = rules.split(self.book, parent, labels)
        return multiple(*labels)

    @precondition(lambda self: self.book.is_locked)
    @rule(target=standing, one=consumes(standing), other=consumes(standing))
    def merge(self, one, other):
        (label,) = self.fresh()
        self.book = rules.merged(self.book, [one, other], label)
        return label

    @precondition(lambda self: self.book.is_locked)
    @rule(target=standing)
    def appear(self):
        (label,) = self.fresh()
        self.book = rules.appeared(self.book, label)
        return label

    @rule(label=ended)
    def nothing_happens_to_an_ended_lesion(self, label):
        before = self.book
        for act in (
            lambda: rules.voided(before, label),
            lambda: rules.split(before, label, rules.next_labels(before.lesions, 2)),
            lambda: rules.merged(before, [label, *before.lesions], rules.next_labels(before.lesions)[0]),
            lambda: rules.require_changeable(before, label),
        ):
            with pytest.raises(Refused):
                act()

    @rule(data=st.data())
    def a_label_once_given_is_not_given_again(self, data):
        if not self.given:
            return
        label = data.draw(st.sampled_from(self.given))
        with pytest.raises(Refused):
            (rules.appeared if self.book.is_locked else rules.added)(self.book, label)

    @precondition(lambda self: self.book.is_locked)
    @rule()
    def the_locked_list_itself_does_not_change(self):
        with pytest.raises(Refused):
            rules.added(self.book, rules.next_labels(self.book.lesions)[0])
        for label in self.book.lesions:
            with pytest.raises(Refused):
                rules.require_changeable(self.book, label)

    @precondition(lambda self: self.is_read and self.book.is_locked)
    @rule()
    def a_list_that_was_read_centrally_stays_locked(self):
        with pytest.raises(Refused, match="central read"):
            rules.unlocked(self.book, is_read=True)

    @invariant()
    def every_label_was_given_once(self):
        assert sorted(self.given) == sorted(self.book.lesions)
        assert len(set(self.given)) == len(self.given)

    @invariant()
    def parents_come_before_their_children_so_there_is_no_circle(self):
        born = {label: number for number, label in enumerate(self.given)}
        for label, standing in self.book.lesions.items():
            assert all(born[parent] < born[label] for parent in standing.parents)

    @invariant()
    def every_active_lesion_that_is_not_new_goes_back_to_the_baseline(self):
        for label, standing in self.book.lesions.items():
            ancestors = self.book.ancestors_of(label)
            assert all(self.book.lesions[one].origin is Origin.BASELINE for one in ancestors)
            if standing.is_active:
                assert bool(ancestors) is (standing.origin is not Origin.NEW)

    @invariant()
    def what_split_or_merged_has_children_and_nothing_else_has(self):
        for label, standing in self.book.lesions.items():
            with_children = standing.state in {LesionState.SPLIT, LesionState.MERGED}
            assert bool(self.book.children_of(label)) is with_children


TestLife = Life.TestCase


def test_labels_go_on_after_the_highest_that_was_ever_given():
    assert rules.next_labels([]) == ("L1",)
    assert rules.next_labels(["L2", "L10", "M40"], 2) == ("L11", "L12")
    with pytest.raises(Refused, match="L999"):
        rules.next_labels(["L999"])


def test_a_split_ends_one_lesion_in_several_that_go_back_to_it():
    book = rules.split(a_book("L1", "L2"), "L1", ["L3", "L4"])
    assert book.lesions["L1"].state is LesionState.SPLIT
    assert book.children_of("L1") == ("L3", "L4")
    assert book.lesions["L3"].origin is Origin.SPLIT
    assert book.ancestors_of("L4") == {"L1"}


def test_a_merge_goes_back_to_all_baseline_lesions_in_it():
    book = rules.split(a_book("L1", "L2"), "L1", ["L3", "L4"])
    book = rules.merged(book, ["L2", "L4"], "L5")
    assert book.lesions["L5"].origin is Origin.MERGE
    assert book.ancestors_of("L5") == {"L1", "L2"}


def test_what_comes_of_new_lesions_alone_is_new_and_with_a_baseline_lesion_is_not():
    book = rules.appeared(rules.appeared(a_book("L1"), "L2"), "L3")
    assert rules.split(book, "L2", ["L4", "L5"]).lesions["L4"].origin is Origin.NEW
    assert rules.merged(book, ["L2", "L3"], "L4").lesions["L4"].origin is Origin.NEW
    assert rules.merged(book, ["L1", "L3"], "L4").lesions["L4"].origin is Origin.MERGE


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda book: rules.split(book, "L1", ["L3"]), "splits into 2 to 12 lesions; found 1"),
        (lambda book: rules.merged(book, ["L1"], "L3"), "takes 2 to 12 lesions; found 1"),
        (lambda book: rules.merged(book, ["L1", "L1"], "L3"), "found 1"),
        (lambda book: rules.split(book, "L9", ["L3", "L4"]), "no lesion L9"),
        (lambda book: rules.appeared(book, "seven"), "found|Found"),
        (lambda book: rules.split(book, "L1", ["L2", "L3"]), "L2 was given already"),
        (lambda book: rules.split(book, "L1", ["L3", "L3"]), "stands twice"),
        (lambda book: rules.unlocked(replace(book, is_locked=False), is_read=False), "not locked"),
        (lambda book: rules.appeared(replace(book, is_locked=False), "L3"), "not locked yet"),
    ],
)
def test_what_cannot_be_is_said_with_what_was_found(act, said):
    with pytest.raises((Refused, Invalid), match=said):
        act(a_book("L1", "L2"))


def test_a_list_of_nothing_but_lesions_entered_in_error_cannot_be_locked():
    book = rules.voided(a_book("L1", is_locked=False), "L1")
    with pytest.raises(Refused, match="no lesion"):
        rules.locked(book)
