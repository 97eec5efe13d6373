from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from casebook.store.image_search import Days, Field, Like, OneOf
from services.api.dicomweb.qido_conditions import FIELDS, UNSUPPORTED_WARNING, condition_of, conditions_of
from services.api.dicomweb.qido_query import FUZZY_WARNING, MAX_RESULTS, days, like, parsed, uids


def test_ohif_s_study_list_is_understood():
    query = parsed(
        [
            ("limit", "101"),
            ("offset", "0"),
            ("fuzzymatching", "false"),
            ("includefield", "00081030,00080060,00080090,00100030"),
        ]
    )
    assert (query.limit, query.offset, query.warnings) == (101, 0, ())
    assert query.include == {0x00081030, 0x00080060, 0x00080090, 0x00100030}


def test_attributes_are_named_by_keyword_tag_or_path():
    query = parsed(
        [("StudyInstanceUID", "1.2"), ("0020000e", "3"), ("00400275.00401001", "x"), ("includefield", "all")]
    )
    assert [tag for tag, _ in query.matches] == [0x0020000D, 0x0020000E, -1]
    assert query.include_all


@pytest.mark.parametrize(
    "parameters",
    [
        [("limit", "-1")],
        [("limit", "abc")],
        [("limit", "")],
        [("limit", "١")],
        [("offset", "1.5")],
        [("offset", "9" * 30)],
        [("fuzzymatching", "maybe")],
        [("NoSuchAttribute", "x")],
        [("0010002", "x")],
        [("0020000D.Nonsense", "x")],
        [("includefield", "Nonsense")],
        [("PatientID", "a\0b")],
        [("PatientID", "x" * 100_000)],
        [("PatientID", "x")] * 100,
    ],
)
def test_parameters_that_do_not_read_are_refused(parameters):
    with pytest.raises(Invalid):
        parsed(parameters)


def test_the_refusal_never_repeats_what_was_sent():
    with pytest.raises(Invalid) as refused:
        parsed([("<script>alert(1)</script>", "x")])
    assert "<" not in refused.value.message


def test_a_huge_limit_is_cut_and_fuzzy_matching_is_declined():
    query = parsed([("limit", "1000000"), ("fuzzymatching", "true")])
    assert query.limit == MAX_RESULTS
    assert query.warnings == (FUZZY_WARNING,)


def test_sql_wildcards_are_literal():
    assert like("100%_\\") is None
    assert like("A*%_?\\") == "A%\\%\\__\\\\"
    assert condition_of(Field.PATIENT, "%") == OneOf(Field.PATIENT, ("%",))
    assert condition_of(Field.PATIENT, "JP-*") == Like(Field.PATIENT, "JP-%")


@given(st.text(max_size=30))
def test_a_pattern_keeps_every_literal_sign_escaped(value):
    pattern = like(value)
    if pattern is not None:
        unescaped = pattern.replace("\\\\", "").replace("\\%", "").replace("\\_", "")
        assert unescaped.count("%") == value.count("*")
        assert unescaped.count("_") == value.count("?")


@pytest.mark.parametrize(
    ("said", "range_"),
    [
        ("20260401", (date(2026, 4, 1), date(2026, 4, 1))),
        ("20260401-20260430", (date(2026, 4, 1), date(2026, 4, 30))),
        ("20260401-", (date(2026, 4, 1), None)),
        ("-20260430", (None, date(2026, 4, 30))),
    ],
)
def test_date_ranges_have_three_forms(said, range_):
    assert days(said) == range_
    assert condition_of(Field.STUDY_DATE, said) == Days(*range_)


@pytest.mark.parametrize("said", ["2017-02-30", "20170230", "-", "yesterday", "2026", "20260401-x", "00000101"])
def test_days_that_do_not_exist_are_refused(said):
    with pytest.raises(Invalid):
        days(said)


def test_uid_lists_are_divided_by_comma_or_backslash():
    assert uids("1.2,3.4\\5.6") == ["1.2", "3.4", "5.6"]
    for wrong in ("1.2,", "../etc", "1" * 65, "1.2 3"):
        with pytest.raises(Invalid):
            uids(wrong)


def test_empty_and_universal_values_match_everything():
    assert conditions_of(parsed([("PatientName", ""), ("PatientID", "*"), ("StudyDate", "*")])) == ([], ())


def test_attributes_that_are_not_indexed_are_passed_over_with_a_warning():
    conditions, warnings = conditions_of(
        parsed([("BodyPartExamined", "LIVER"), ("00400275.00401001", "x"), ("Modality", "CT")])
    )
    assert conditions == [OneOf(Field.MODALITY, ("CT",))]
    assert warnings == (UNSUPPORTED_WARNING,)


def test_numbers_must_be_numbers():
    assert condition_of(Field.SERIES_NUMBER, "3") == OneOf(Field.SERIES_NUMBER, (3,))
    with pytest.raises(Invalid):
        condition_of(Field.INSTANCE_NUMBER, "NaN")


def test_every_field_can_be_asked_for():
    assert set(FIELDS.values()) == set(Field)
