"""What the baseline list needs to be agreed, and what its signature is bound to."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.baseline_list import ListedBaseline, digest_of, gaps_of
from casebook.domain.imaging import SEGMENTS, ReadingSequence

CT, DWI = ReadingSequence.CT, ReadingSequence.DWI
ALL = tuple(ReadingSequence)
DIAMETERS = st.decimals("0.1", "500", places=1)
LESIONS = st.builds(
    ListedBaseline,
    label=st.integers(1, 99).map("L{}".format),
    segment=st.sampled_from(SEGMENTS),
    diameter_mm=st.none() | DIAMETERS,
    diameters_mm=st.dictionaries(st.sampled_from(ReadingSequence), DIAMETERS),
)


def test_a_baseline_diameter_is_enough_and_so_is_one_on_every_sequence():
    whole = ListedBaseline("L1", "V", Decimal("12.0"))
    by_sequence = ListedBaseline("L2", "V", None, dict.fromkeys(ALL, Decimal("9.0")))
    assert gaps_of([whole, by_sequence], ALL) == ()


@pytest.mark.parametrize(
    ("lesion", "said"),
    [
        (ListedBaseline("L1", "", Decimal(9)), ["has no segment"]),
        (ListedBaseline("L1", "V"), ["has no diameter"]),
        (
            ListedBaseline("L1", "V", None, {CT: Decimal(9), DWI: Decimal(9)}),
            ["has no baseline diameter, and none on T1T2, EOB"],
        ),
        (ListedBaseline("L1", "IV"), ["has no segment", "has no diameter"]),
    ],
)
def test_what_is_missing_is_said_lesion_by_lesion(lesion, said):
    assert [gap.what.en for gap in gaps_of([lesion], ALL)] == said


@given(st.lists(LESIONS, unique_by=lambda lesion: lesion.label, max_size=6), st.randoms())
def test_the_digest_does_not_hang_on_the_order_of_the_list(listed, random):
    shuffled = random.sample(listed, len(listed))
    assert digest_of(shuffled) == digest_of(listed)


@given(LESIONS, DIAMETERS)
def test_any_change_of_a_listed_value_changes_the_digest(lesion, diameter_mm):
    changed = [
        replace(lesion, label="M1"),
        replace(lesion, segment=SEGMENTS[SEGMENTS.index(lesion.segment) - 1]),
        replace(lesion, diameter_mm=None if lesion.diameter_mm else diameter_mm),
        replace(lesion, diameters_mm={} if lesion.diameters_mm else {CT: diameter_mm}),
    ]
    digests = {digest_of([item]) for item in [lesion, *changed]}
    assert len(digests) == len(changed) + 1
