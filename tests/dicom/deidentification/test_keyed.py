"""What the study key makes of identifiers."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from casebook.dicom.deidentification.keyed import (
    LONGEST_SHIFT_DAYS,
    SHORTEST_SHIFT_DAYS,
    date_shift_days,
    keyed_accession,
    keyed_id,
    keyed_uid,
    seal,
)

KEYS = st.binary(min_size=16, max_size=64)
UIDS = st.from_regex(r"1\.[1-9][0-9]{0,8}(\.[1-9][0-9]{0,8}){1,5}", fullmatch=True)
LABELS = st.from_regex(r"[A-Z]{2}-[0-9]{2}-[0-9]{4}", fullmatch=True)
KEY = b"0123456789abcdef0123456789abcdef"


@given(KEYS, UIDS)
def test_a_uid_becomes_one_of_128_bits_under_2_25(key, uid):
    made = keyed_uid(key, uid)
    assert made.startswith("2.25.")
    assert len(made) <= 64
    assert 0 <= int(made.removeprefix("2.25.")) < 2**128


@given(KEYS, UIDS)
def test_the_same_uid_is_the_same_again(key, uid):
    assert keyed_uid(key, uid) == keyed_uid(key, uid)


@given(KEYS, st.lists(UIDS, unique=True, max_size=30))
def test_two_uids_never_become_one(key, uids):
    assert len({keyed_uid(key, uid) for uid in uids}) == len(uids)


@given(st.lists(KEYS, unique=True, min_size=2, max_size=5), UIDS)
def test_two_studies_make_different_uids_of_one(keys, uid):
    assert len({keyed_uid(key, uid) for key in keys}) == len(keys)


def test_the_standards_own_uids_stay():
    assert keyed_uid(KEY, "1.2.840.10008.1.2.1") == "1.2.840.10008.1.2.1"


def test_a_uid_that_only_begins_like_the_standards_does_not_stay():
    assert keyed_uid(KEY, "1.2.840.10008.19510203").startswith("2.25.")


@given(KEYS, LABELS)
def test_the_shift_is_within_its_documented_range_and_never_zero(key, label):
    assert -LONGEST_SHIFT_DAYS <= date_shift_days(key, label) <= -SHORTEST_SHIFT_DAYS < 0


def test_the_shifts_of_many_subjects_fill_the_range():
    shifts = [date_shift_days(KEY, f"JP-01-{n:04d}") for n in range(2000)]
    assert len(set(shifts)) > 1300
    assert min(shifts) < -3600
    assert max(shifts) > -80


@given(KEYS, st.lists(LABELS, unique=True, min_size=2, max_size=10), st.text(min_size=1, max_size=16))
def test_two_patients_with_one_accession_number_do_not_share_the_new_one(key, labels, accession):
    made = {keyed_accession(key, label, accession) for label in labels}
    assert len(made) == len(labels)
    assert all(len(number) == 16 for number in made)


def test_no_accession_number_stays_none():
    assert keyed_accession(KEY, "JP-01-0001", "") == ""


def test_a_part_that_moves_from_one_argument_to_the_next_makes_another_seal():
    assert seal(KEY, "JP-01-0001", "1.2", "3") != seal(KEY, "JP-01-0001", "1.23", "")


def test_an_identifier_that_is_only_equal_to_itself_is_short():
    assert len(keyed_id(KEY, "Frame Position")) == 8


def test_another_process_makes_the_same_of_everything():
    script = (
        "from casebook.dicom.deidentification.keyed import *;"
        f"k={KEY!r};"
        "print(keyed_uid(k,'1.2.3'),keyed_accession(k,'JP-01-0001','A1'),date_shift_days(k,'JP-01-0001'))"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout.split()
        for seed in ("1", "2")
    ]
    here = [
        keyed_uid(KEY, "1.2.3"),
        keyed_accession(KEY, "JP-01-0001", "A1"),
        str(date_shift_days(KEY, "JP-01-0001")),
    ]
    assert printed == [here, here]
