"""What passes as a number, a technical text, a date; and what is written for it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.dicom.deidentification import values
from casebook.dicom.deidentification.profile import profile

WORDS = profile().words
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))
SHIFTS = st.integers(-3652, -32)


@pytest.mark.parametrize(
    "text",
    [
        "*ep_b800t",
        "*fl3d1_ns",
        "B30f",
        "Br40d",
        "HELICAL MODE",
        "IEC_FIRST_LEVEL",
        "ISO_10918_1",
        "syngo MR E11",
        "FAST_GEMS",
        "STANDARD",
        "LARGE BOWTIE FIL",
        "In-Stack Position Number",
        "1H",
    ],
)
def test_a_technical_text_passes(text):
    assert values.technical(text, WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "YAMADA",
        "se yamada",
        "山田",
        "Br40d 山",
        "98765432",
        "12345",
        "03-1234-5678",
        "2017-03-04",
        "MR 20170304",
        "Dr. Liver",
        "axial for Mrs Smith",
        "liver\nhead",
        "x" * 65,
    ],
)
def test_a_text_with_a_name_or_a_long_number_does_not_pass(text):
    assert not values.technical(text, WORDS)


@given(st.text(min_size=1, max_size=20).filter(lambda text: not text.isascii()))
def test_nothing_outside_ascii_is_technical(text):
    assert not values.technical(text, WORDS)


@given(DAYS, SHIFTS)
def test_a_date_moves_by_the_shift(day, shift):
    moved = values.shifted_date(day.strftime("%Y%m%d"), shift)
    assert (date.fromisoformat(moved) - day).days == shift


@given(DAYS, DAYS, SHIFTS)
def test_the_days_between_two_dates_stay(one, other, shift):
    moved = [date.fromisoformat(values.shifted_date(f"{day:%Y%m%d}", shift)) for day in (one, other)]
    assert moved[1] - moved[0] == other - one


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("20170304101112.123456+0900", "20170201101112.123456+0900"),
        ("20170304101112-0500", "20170201101112-0500"),
        ("201703041011", "201702011011"),
        ("20170304", "20170201"),
        ("20170304+0000", "20170201+0000"),
    ],
)
def test_a_datetime_keeps_its_time_and_zone(text, moved):
    assert values.shifted_datetime(text, -31) == moved


@pytest.mark.parametrize("text", ["201703", "2017", "20170230", "20170304256060", "born 1951", "20170304101112+9999"])
def test_a_datetime_that_is_not_one_or_has_no_day_is_not_kept(text):
    assert values.shifted_datetime(text, -31) is None


@pytest.mark.parametrize("text", ["20170230", "20171301", "***", "1951", "2017-03-04", "20170304 YAMADA", "00010101"])
def test_a_date_that_is_not_one_is_not_kept(text):
    assert values.shifted_date(text, -31) is None


def test_the_old_form_of_a_date_moves_too():
    assert values.shifted_date("2017.03.04", -31) == "20170201"


@pytest.mark.parametrize("text", ["10", "1011", "101112", "101112.5", "101112.123456", "10:11:12"])
def test_a_time_is_kept(text):
    assert values.time(text) == text


@pytest.mark.parametrize("text", ["25", "1061", "noon", "101112.1234567", "101112 YAMADA"])
def test_a_time_that_is_not_one_is_not_kept(text):
    assert values.time(text) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("066Y", "066Y"),
        ("089Y", "089Y"),
        ("090Y", "090Y"),
        ("103Y", "090Y"),
        ("22Y", "022Y"),
        ("100D", "100D"),
        ("old", None),
    ],
)
def test_an_age_above_89_years_is_written_as_90(text, written):
    assert values.age(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("SIEMENS", "SIEMENS"),
        ("Siemens Healthineers", "SIEMENS"),
        ("G.E. Medical Systems", "GE MEDICAL SYSTEMS"),
        ("Philips Medical Systems, Inc.", "Philips"),
        ("CANON_MEC", "CANON_MEC"),
        ("Dr Yamada's workshop", None),
    ],
)
def test_a_maker_is_written_in_one_way(text, written):
    assert values.manufacturer(text, profile().manufacturers) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("EOB・プリモビスト注シリンジ 10mL", "GADOXETATE"),
        ("Gd-EOB-DTPA 7.5 ml given by Sato", "GADOXETATE"),
        ("ISOVUE300/100", "IOPAMIDOL"),
        ("11 ml Omniscan", "GADODIAMIDE"),
        ("ProHance (gadoteridol)", "GADOTERIDOL"),
        ("gadoteric acid", "GADOTERATE"),
        ("GADOXETATE", "GADOXETATE"),
        ("without contrast", None),
        ("Yamada", None),
    ],
)
def test_an_agent_is_written_in_one_way(text, written):
    assert values.agent(text, profile().agents, profile().no_agent) == written


@pytest.mark.parametrize("value", [1, 0.5, -3.25e-7, 99_999_999])
def test_a_measurement_is_a_number(value):
    assert values.written_number(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "12", None, b"1", 987_654_321])
def test_what_is_no_measurement_is_not(value):
    assert not values.written_number(value)
