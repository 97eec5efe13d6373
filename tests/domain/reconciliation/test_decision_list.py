"""Lists of decisions as spreadsheets write them."""

from uuid import uuid4

import pytest

from casebook.domain.errors import Invalid
from casebook.domain.reconciliation.decision_list import MOST_LINES, Decision, read_decisions, text_of

HEAD = "id,fingerprint,decision,reason"
KEY = uuid4()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_utf_8_and_shift_jis_are_read_with_and_without_a_mark(encoding):
    text = text_of(f"{HEAD}\r\n{KEY},f,了承,施設の仕様\r\n".encode(encoding))
    found = read_decisions(text).decisions[0]
    assert (found.line, found.id, found.decision, found.reason) == (2, KEY, Decision.ACCEPT, "施設の仕様")


@pytest.mark.parametrize("data", [b"\xff\xfe\x00a", "了承".encode("utf-16"), b"\x81"])
def test_other_bytes_are_refused(data):
    with pytest.raises(Invalid):
        text_of(data)


def test_columns_in_another_order_and_unknown_ones_are_read():
    text = f"reason,patient,decision,fingerprint,id\nfine,JP-01-0001,ACCEPT,f,{KEY}\n"
    found = read_decisions(text).decisions[0]
    assert (found.id, found.fingerprint, found.reason) == (KEY, "f", "fine")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Columns are missing: id, fingerprint, decision, reason."),
        ("id,decision,reason\n", "Columns are missing: fingerprint."),
        (f"{HEAD},id\n", "Columns stand twice: id."),
        (f'{HEAD}\n"open', "Line"),
        (f"{HEAD}\n" + ",,,\n" * (MOST_LINES + 1), "lines at most"),
    ],
)
def test_what_is_no_list_is_refused_with_what_was_found(text, words):
    with pytest.raises(Invalid, match=words):
        read_decisions(text)


def test_empty_decisions_are_counted_and_short_lines_read():
    found = read_decisions(f"{HEAD}\n{KEY},f,,\n{KEY}\n")
    assert (found.decisions, found.faults, found.n_blank) == ((), (), 2)


def test_an_apostrophe_that_the_export_put_before_a_formula_is_taken_off_again():
    text = f"{HEAD}\n{KEY},f,accept,'=2+3\n{uuid4()},f,accept,'tis fine\n"
    assert [one.reason for one in read_decisions(text).decisions] == ["=2+3", "'tis fine"]
