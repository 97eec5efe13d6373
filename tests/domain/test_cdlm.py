"""When a lesion has disappeared on all images, and what says no or nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.cdlm import Block, Blocking, CdlmStatus, derive_cdlm
from casebook.domain.imaging import ReadingSequence as Sequence
from casebook.domain.imaging import Visibility
from tests.domain.builders import a_cdlm, dream

SAID = st.dictionaries(st.sampled_from(Sequence), st.one_of(st.none(), st.sampled_from(Visibility)))


def test_gone_on_every_sequence_is_a_cdlm():
    found = a_cdlm()
    assert found.status is CdlmStatus.YES
    assert found.blocked_by == ()
    assert found.reason.en == "yes"
    assert found.rule_version == "1.0"


def test_seen_on_one_sequence_is_no_and_names_it():
    found = a_cdlm(eob=Visibility.VISIBLE)
    assert found.status is CdlmStatus.NO
    assert found.blocked_by == (Block(Sequence.EOB, Blocking.VISIBLE),)
    assert found.reason.en == "no · EOB visible"
    assert found.reason.ja == "いいえ · EOB 描出あり"


def test_not_evaluable_on_one_sequence_is_undetermined_and_names_it():
    found = a_cdlm(dwi=Visibility.NOT_EVALUABLE)
    assert found.status is CdlmStatus.UNDETERMINED
    assert found.blocked_by == (Block(Sequence.DWI, Blocking.NOT_EVALUABLE),)
    assert found.reason.en == "undetermined · DWI"


def test_every_cell_that_blocks_is_listed_in_the_order_of_the_study():
    found = a_cdlm(eob=None, dwi=Visibility.NOT_EVALUABLE)
    assert found.blocked_by == (
        Block(Sequence.DWI, Blocking.NOT_EVALUABLE),
        Block(Sequence.EOB, Blocking.MISSING),
    )
    assert found.reason.en == "undetermined · DWI, EOB"


def test_seen_on_one_sequence_is_no_even_while_others_are_missing():
    found = a_cdlm(ct=None, dwi=Visibility.NOT_EVALUABLE, eob=Visibility.VISIBLE)
    assert found.status is CdlmStatus.NO
    assert found.blocked_by == (Block(Sequence.EOB, Blocking.VISIBLE),)


def test_nothing_read_is_undetermined_by_all_sequences():
    found = derive_cdlm({}, dream().rules.cdlm)
    assert found.status is CdlmStatus.UNDETERMINED
    assert [block.sequence for block in found.blocked_by] == list(Sequence)


@pytest.mark.parametrize(
    ("ct", "expected"),
    [(Visibility.NOT_VISIBLE, True), (Visibility.VISIBLE, False), (Visibility.NOT_EVALUABLE, None), (None, None)],
)
def test_gone_on_ct_is_told_whatever_mri_says(ct, expected):
    assert a_cdlm(ct=ct).ct_dlm is expected
    assert a_cdlm(ct=ct, eob=Visibility.VISIBLE).ct_dlm is expected


def test_a_sequence_the_study_does_not_require_blocks_nothing():
    rule = replace(dream().rules.cdlm, required_sequences=(Sequence.CT, Sequence.DWI))
    gone = {Sequence.CT: Visibility.NOT_VISIBLE, Sequence.DWI: Visibility.NOT_VISIBLE}
    assert derive_cdlm({**gone, Sequence.EOB: Visibility.VISIBLE}, rule).status is CdlmStatus.YES


@given(SAID)
def test_the_status_is_no_exactly_when_a_required_sequence_shows_the_lesion(said):
    found = derive_cdlm(said, dream().rules.cdlm)
    assert (found.status is CdlmStatus.NO) == (Visibility.VISIBLE in said.values())
    assert (found.status is CdlmStatus.YES) == (found.blocked_by == ())


@given(SAID, st.sampled_from(Sequence))
def test_reading_a_missing_sequence_never_turns_no_into_yes(said, sequence):
    before = derive_cdlm({**said, sequence: None}, dream().rules.cdlm)
    for visibility in Visibility:
        after = derive_cdlm({**said, sequence: visibility}, dream().rules.cdlm)
        if before.status is CdlmStatus.NO:
            assert after.status is CdlmStatus.NO
        if before.status is CdlmStatus.UNDETERMINED and visibility is Visibility.NOT_EVALUABLE:
            assert after.status is CdlmStatus.UNDETERMINED
