"""Published lesion tables: share and exact interval as printed, in percent."""

from decimal import Decimal

import pytest

from casebook.domain.errors import Invalid
from casebook.stats.intervals import clopper_pearson, wilson
from casebook.stats.rounding import percent, rounded

PUBLISHED = [
    ("Benoist 2006, persistent or recurred", 55, 66, "83.3", "72.1", "91.4"),
    ("Benoist 2006, complete response", 11, 66, "16.7", "8.6", "27.9"),
    ("Auer 2010, resected without viable cells", 44, 68, "64.7", "52.2", "75.9"),
    ("Auer 2010, followed and durable", 31, 50, "62.0", "47.2", "75.3"),
    ("Auer 2010, true complete response", 75, 118, "63.6", "54.2", "72.2"),
    ("Owen 2016, indeterminate as viable", 30, 77, "39.0", "28.0", "50.8"),
    ("Owen 2016, indeterminate excluded", 30, 72, "41.7", "30.2", "53.9"),
    ("Owen 2016, indeterminate as non-viable", 35, 77, "45.5", "34.1", "57.2"),
    ("Eur J Surg Oncol 2023, patients", 32, 158, "20.3", "14.3", "27.4"),
    ("Eur J Surg Oncol 2023, without viable cells", 19, 20, "95.0", "75.1", "99.9"),
    ("van Vledder 2010, patients", 40, 168, "23.8", "17.6", "31.0"),
    ("van Vledder 2010, local recurrence", 10, 17, "58.8", "32.9", "81.6"),
    ("Elias 2007, without reappearance", 10, 16, "62.5", "35.4", "84.8"),
    ("Zech 2014, none", 0, 118, "0.0", "0.0", "3.1"),
    ("Zech 2014, some", 19, 112, "17.0", "10.5", "25.2"),
    ("Zech 2014, most", 44, 112, "39.3", "30.2", "49.0"),
    ("MADAME PRINCESA, response", 2, 10, "20.0", "2.5", "55.6"),
    ("MADAME PRINCESA, disease control", 6, 10, "60.0", "26.2", "87.8"),
]


@pytest.mark.parametrize(("source", "y", "n", "share", "lower", "upper"), PUBLISHED)
def test_a_published_share_and_its_exact_interval_are_printed_the_same(source, y, n, share, lower, upper):
    interval = clopper_pearson(y, n)
    assert percent(y / n) == f"{share} %"
    assert percent(interval.lower) == f"{lower} %"
    assert percent(interval.upper) == f"{upper} %"


def test_the_parts_of_benoist_add_up():
    assert 20 + 12 + 23 == 55
    assert 20 + 15 + 31 == 66


def test_the_naive_wilson_interval_of_f20_equals_the_reference():
    interval = wilson(30, 48)
    assert (rounded(interval.lower, 4), rounded(interval.upper, 4)) == (Decimal("0.4836"), Decimal("0.7478"))


def test_an_interval_at_another_level_is_wider():
    assert clopper_pearson(6, 10, 0.985).width > clopper_pearson(6, 10).width


@pytest.mark.parametrize(("y", "n", "level"), [(3, 2, 0.95), (-1, 2, 0.95), (0, 0, 0.95), (1, 2, 1), (1, 2, 0)])
def test_an_impossible_count_or_level_is_refused(y, n, level):
    with pytest.raises(Invalid):
        clopper_pearson(y, n, level)
    with pytest.raises(Invalid):
        wilson(y, n, level)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (62.5, 0, "63"),
        (2.5, 0, "3"),
        (3.5, 0, "4"),
        (-2.5, 0, "-3"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
        (Decimal("0.125"), 2, "0.13"),
        (1e-9, 3, "0.000"),
        (1e22, 0, "10000000000000000000000"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, decimals, expected):
    assert str(rounded(value, decimals)) == expected


def test_elias_prints_sixty_two_but_half_rounds_up():
    assert percent(10 / 16, 0) == "63 %"
