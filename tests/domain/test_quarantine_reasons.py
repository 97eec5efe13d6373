"""Whoever sent a file that was set aside is told what to do, whatever the reason."""

import pytest

from casebook.domain.quarantine_reasons import FOR_SENDERS, WORDS, advice_to_sender, reason_of

CODES = sorted(code for words in WORDS.values() for code in words)


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_advice_that_does_not_ask_the_sender_to_look_into_the_quarantine(code):
    advice = advice_to_sender(code)
    assert advice.en
    assert advice.ja
    assert advice != reason_of(code).to_do


def test_advice_of_a_reason_is_closer_than_that_of_its_kind_and_an_unknown_reason_has_one():
    assert advice_to_sender("nested-archive").en == "Unpack it, and send the images that it holds."
    assert advice_to_sender("pixels-too-many").en.endswith("tell the data centre.")
    assert advice_to_sender("truncated") in FOR_SENDERS.values()
    assert advice_to_sender("nobody-knows") in FOR_SENDERS.values()
