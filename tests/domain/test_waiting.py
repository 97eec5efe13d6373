"""What a saved form entry waits for, and what is done on many of a kind at once."""

import pytest

from casebook.domain.forms.states import EntryState, allowed_acts
from casebook.domain.forms.waiting import ACT_LABELS, ACTS, LABELS, Waits, waits_for

SAVED = [state for state in EntryState if state is not EntryState.NOT_STARTED]


@pytest.mark.parametrize(
    ("state", "unsigned", "signed"),
    [
        (EntryState.STARTED, Waits.COMPLETION, Waits.COMPLETION),
        (EntryState.COMPLETE, Waits.VERIFICATION, Waits.VERIFICATION),
        (EntryState.VERIFIED, Waits.FREEZING, Waits.SIGNATURE),
        (EntryState.SIGNED, Waits.FREEZING, Waits.FREEZING),
        (EntryState.FROZEN, Waits.LOCKING, Waits.LOCKING),
        (EntryState.LOCKED, Waits.NOTHING, Waits.NOTHING),
    ],
)
def test_each_entry_waits_for_one_thing(state, unsigned, signed):
    assert waits_for(state, needs_signature=False) is unsigned
    assert waits_for(state, needs_signature=True) is signed


@pytest.mark.parametrize("state", SAVED)
@pytest.mark.parametrize("needs_signature", [True, False])
def test_what_is_offered_for_a_kind_is_possible_for_its_entries(state, needs_signature):
    offered = set(ACTS[waits_for(state, needs_signature=needs_signature)])
    assert offered <= allowed_acts(state, needs_signature=needs_signature)


def test_everything_has_its_words():
    assert set(LABELS) == set(Waits)
    assert set(ACT_LABELS) == {act for acts in ACTS.values() for act in acts}
