"""What a spreadsheet would run is made harmless, and nothing is lost by it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.spreadsheets import FORMULA_STARTS, as_typed, csv_lines, harmless


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_text_that_begins_like_a_formula_stands_behind_an_apostrophe(start):
    assert harmless(f"{start}1+1") == f"'{start}1+1"


def test_a_text_of_another_kind_stays_as_it_is():
    assert harmless("3 - 4") == "3 - 4"
    assert harmless("'quoted'") == "'quoted'"


@given(st.text(alphabet="'=+-@＝a\t\n ", max_size=6))
def test_every_text_is_read_back_as_it_was_typed(text):
    assert as_typed(harmless(text)) == text
    assert not harmless(text).startswith(FORMULA_STARTS)


def test_a_negative_number_is_no_formula():
    assert next(csv.reader(io.StringIO(csv_lines([[-4, "-4"]])))) == ["-4", "'-4"]
