"""Form entries of DREAM: what is accepted, what is refused, and how that is said."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.forms import (
    Entry,
    EntryContext,
    FieldType,
    Member,
    Missing,
    PartialDate,
    plain,
    stored_entry,
    validate_entry,
)
from casebook.domain.imaging import SEGMENTS
from tests.domain.builders import dream

TODAY = date(2019, 12, 1)
BASELINE = {
    "birth_year": "1956",
    "sex": "female",
    "primary_site": "rectum",
    "synchronous": "yes",
    "n_metastases": 6,
    "largest_diameter_mm": "41.5",
    "extrahepatic": False,
}
SURGERY = {
    "operated_on": "2019-08-10",
    "procedure": "right hepatectomy",
    "resection_type": "anatomical",
    "segments_resected": ["V", "VI", "VII", "VIII"],
    "ultrasound": "with-contrast",
    "lesions": {
        "L1": {"ultrasound_finding": "seen", "found_by_surgeon": True, "fate": "resected"},
        "L2": {"ultrasound_finding": "not-seen", "found_by_surgeon": "no", "fate": "left-in-place"},
    },
}
PATHOLOGY = {
    "operated_on": "2019-08-10",
    "reported_on": "2019-08-24",
    "lesions": {"L1": {"matching": "certain", "viable_cells": "none", "regression_grade": "1"}},
}
FOLLOW_UP = {
    "imaged_on": "2019-11-20",
    "modalities": ["ct"],
    "adequate": "yes",
    "elsewhere_in_liver": "no",
    "outside_liver": "no",
    "lesions": {"L2": {"at_site": "no-recurrence", "local_treatment": "none"}},
}
MDT = {
    "decided_on": "2019-07-20",
    "members": [{"role": "liver-surgeon", "name": "山田 太郎"}],
    "resectability": "resectable",
    "lesions": {label: {"plan": "resect", "reason": "solitary"} for label in ("L1", "L2")},
}


def check(form, data, *, others=None, lesions=("L1", "L2"), anchors=None, today=TODAY):
    context = EntryContext(today, lesions, anchors or {}, others or {}, dream().edit_checks)
    return validate_entry(dream().form(form), data, context)


def accepted(form, data, **context):
    result = check(form, data, **context)
    assert result.errors == ()
    return result.entry


def fault(form, data, field, **context):
    """The one error of an entry, which stands at `field` and speaks both languages."""
    (found,) = check(form, data, **context).errors
    assert found.field == field
    assert found.message.en
    assert found.message.ja
    return found


def test_a_complete_form_becomes_typed_answers():
    entry = accepted("baseline-disease", BASELINE)
    assert entry.answers["birth_year"] == Decimal(1956)
    assert entry.answers["largest_diameter_mm"] == Decimal("41.5")
    assert entry.answers["synchronous"] is True
    assert entry.answers["extrahepatic"] is False
    assert "diagnosed_on" not in entry.answers


@pytest.mark.parametrize("field", list(BASELINE))
def test_a_required_answer_left_out_or_blank_is_named(field):
    without = {code: raw for code, raw in BASELINE.items() if code != field}
    assert fault("baseline-disease", without, field).code == "required"
    assert fault("baseline-disease", {**BASELINE, field: "  "}, field).code == "required"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("12,5", "not-a-number"),
        ("NaN", "not-a-number"),
        (float("nan"), "not-a-number"),
        (float("inf"), "not-a-number"),
        ("Infinity", "not-a-number"),
        ("1e6", "not-a-number"),
        (1e6, "out-of-range"),
        (10**400, "not-a-number"),
        (-1, "out-of-range"),
        ("-1", "out-of-range"),
        (0, "out-of-range"),
        ("12.55", "decimals"),
        (True, "not-a-number"),
        ([12], "not-a-number"),
        ("=1+1", "not-a-number"),
        ("12 mm", "not-a-number"),
        ("٣", "not-a-number"),
    ],
)
def test_a_diameter_that_is_none_is_refused_with_its_reason(raw, code):
    found = fault("baseline-disease", {**BASELINE, "largest_diameter_mm": raw}, "largest_diameter_mm")
    assert found.code == code


def test_a_number_out_of_range_says_its_unit_and_bounds():
    found = fault("baseline-disease", {**BASELINE, "largest_diameter_mm": "1000"}, "largest_diameter_mm")
    assert found.message.en == "found 1000 mm; expected 1 to 300 mm"
    assert found.message.ja == "1000 mm は範囲外です。1〜300 mm で入力してください"


def test_a_unit_is_said_in_the_language_of_the_message():
    found = fault("baseline-disease", {**BASELINE, "n_metastases": 999}, "n_metastases")
    assert found.message.en == "found 999 lesions; expected 1 to 200 lesions"
    assert found.message.ja == "999 個 は範囲外です。1〜200 個 で入力してください"


@pytest.mark.parametrize("raw", ["12.5", " 12.5 ", 12.5, Decimal("12.5"), "１２．５", "12.50", "+12.5"])
def test_a_number_is_understood_as_people_type_it(raw):
    entry = accepted("baseline-disease", {**BASELINE, "largest_diameter_mm": raw})
    assert entry.answers["largest_diameter_mm"] == Decimal("12.5")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("2017-02-30", "no-such-date"),
        ("2017-13-01", "no-such-date"),
        ("0000-01-01", "no-such-date"),
        ("10/08/2019", "not-a-date"),
        ("2019-8-1", "not-a-date"),
        ("2019-08-10T10:00:00", "not-a-date"),
        (20190810, "not-a-date"),
        ("1066-10-14", "out-of-range"),
        ("2019-12-02", "in-the-future"),
    ],
)
def test_a_date_that_is_none_is_refused_with_its_reason(raw, code):
    assert fault("surgery", {**SURGERY, "operated_on": raw}, "operated_on").code == code


def test_a_date_in_full_width_digits_is_understood():
    assert accepted("surgery", {**SURGERY, "operated_on": "２０１９-０８-１０"}).day("operated_on") == date(2019, 8, 10)


@pytest.mark.parametrize("raw", ["2017", "2017-02", "2017-02-28"])
def test_a_partial_date_keeps_what_is_known(raw):
    value = accepted("baseline-disease", {**BASELINE, "diagnosed_on": raw}).answers["diagnosed_on"]
    assert str(value) == raw
    assert value.earliest <= date(2017, 2, 28) <= value.latest


@pytest.mark.parametrize("raw", ["2017-02-30", "2017-00", "17", "2017-2"])
def test_a_partial_date_that_is_none_is_refused(raw):
    assert fault("baseline-disease", {**BASELINE, "diagnosed_on": raw}, "diagnosed_on")


def test_a_partial_date_means_its_first_to_its_last_day():
    assert (PartialDate(2016, 2).earliest, PartialDate(2016, 2).latest) == (date(2016, 2, 1), date(2016, 2, 29))
    assert PartialDate(2016, 12).latest == PartialDate(2016).latest == date(2016, 12, 31)


def test_text_that_looks_like_a_formula_is_text():
    assert accepted("surgery", {**SURGERY, "procedure": "=HYPERLINK(1)"}).word("procedure") == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("raw", "code"),
    [("a\x00b", "control-character"), ("x" * 1001, "too-long"), (7, "not-text"), ("\ud800", "control-character")],
)
def test_text_that_is_none_is_refused(raw, code):
    assert fault("surgery", {**SURGERY, "procedure": raw}, "procedure").code == code


def test_a_choice_that_does_not_exist_names_those_that_do():
    found = fault("baseline-disease", {**BASELINE, "primary_site": "liver"}, "primary_site")
    assert found.message.en == "found “liver”; expected one of right-colon, left-colon, rectum"


def test_a_missing_reason_stands_for_an_answer_where_the_field_allows_it():
    entry = accepted("baseline-disease", {**BASELINE, "primary_site": {"missing": "not-known"}})
    assert entry.answers["primary_site"] == Missing("not-known")
    assert fault("baseline-disease", {**BASELINE, "sex": {"missing": "not-known"}}, "sex").code == "missing-reason"


def test_a_field_the_form_does_not_have_is_refused():
    assert fault("baseline-disease", {**BASELINE, "locked": True}, "locked").code == "unknown-field"
    with_site = {**SURGERY, "lesions": {**SURGERY["lesions"], "L1": {**SURGERY["lesions"]["L1"], "site": "JP-01"}}}
    assert fault("surgery", with_site, "lesions.L1.site").code == "unknown-field"


def test_a_field_is_asked_only_when_its_condition_holds():
    chemotherapy = {
        "regimen": "folfox",
        "antibody": "none",
        "n_cycles": 6,
        "started_on": "2019-04-20",
        "ended_on": "2019-07-01",
        "retrospective": "no",
    }
    accepted("chemotherapy", chemotherapy)
    assert fault("chemotherapy", {**chemotherapy, "regimen_other": "S-1"}, "regimen_other").code == "not-asked"
    assert fault("chemotherapy", {**chemotherapy, "regimen": "other"}, "regimen_other").code == "required"


def test_a_row_field_can_depend_on_the_answer_given_once():
    no_ultrasound = {**SURGERY, "ultrasound": "not-done"}
    fields = [found.field for found in check("surgery", no_ultrasound).errors]
    assert fields == ["lesions.L1.ultrasound_finding", "lesions.L2.ultrasound_finding"]


def test_every_lesion_the_form_asks_about_needs_its_answers():
    only_one = {**SURGERY, "lesions": {"L1": SURGERY["lesions"]["L1"]}}
    assert {found.field for found in check("surgery", only_one).errors} == {
        "lesions.L2.ultrasound_finding",
        "lesions.L2.found_by_surgeon",
        "lesions.L2.fate",
    }


def test_pathology_asks_about_the_lesions_resected_in_that_operation():
    surgery = accepted("surgery", SURGERY)
    accepted("pathology", PATHOLOGY, others={"surgery": (surgery,)})
    both = {**PATHOLOGY, "lesions": {**PATHOLOGY["lesions"], "L2": PATHOLOGY["lesions"]["L1"]}}
    found = fault("pathology", both, "lesions.L2", others={"surgery": (surgery,)})
    assert found.message.en == "has no row here: asked only where fate is resected"
    assert fault("pathology", PATHOLOGY, "lesions.L1", others={}).code == "not-asked"


def test_a_lesion_resected_in_a_second_operation_has_its_own_pathology():
    first = accepted("surgery", SURGERY)
    again = {
        **SURGERY,
        "operated_on": "2019-11-20",
        "lesions": {"L2": {**SURGERY["lesions"]["L2"], "fate": "resected"}},
    }
    second = accepted("surgery", again, others={"surgery": (first,)})
    assert list(second.lesions) == ["L2"]
    report = {
        **PATHOLOGY,
        "operated_on": "2019-11-20",
        "reported_on": "2019-11-30",
        "lesions": {"L2": PATHOLOGY["lesions"]["L1"]},
    }
    others = {"surgery": (first, second)}
    assert list(accepted("pathology", report, others=others).lesions) == ["L2"]
    assert list(accepted("pathology", PATHOLOGY, others=others).lesions) == ["L1"]
    accepted("surgery", SURGERY, others={"surgery": (second,)})
    accepted("follow-up", {**FOLLOW_UP, "imaged_on": "2019-11-19"}, others=others)
    assert fault("follow-up", {**FOLLOW_UP, "imaged_on": "2019-11-21"}, "lesions.L2", others=others)


def test_follow_up_asks_about_the_lesions_left_in_place_and_those_never_operated():
    surgery = accepted("surgery", SURGERY)
    assert list(accepted("follow-up", FOLLOW_UP, others={"surgery": (surgery,)}).lesions) == ["L2"]
    row = FOLLOW_UP["lesions"]["L2"]
    accepted("follow-up", {**FOLLOW_UP, "lesions": {"L1": row, "L2": row}}, others={})


def test_a_lesion_of_another_subject_has_no_row():
    rows = {**SURGERY["lesions"], "L9": SURGERY["lesions"]["L1"]}
    found = check("surgery", {**SURGERY, "lesions": rows}).errors
    assert [item.field for item in found] == ["lesions.L9"]


def test_a_form_without_lesion_rows_takes_none():
    assert fault("baseline-disease", {**BASELINE, "lesions": {"L1": {"x": 1}}}, "lesions").code == "not-asked"


@pytest.mark.parametrize("rows", [[1], "L1", 7])
def test_lesion_rows_of_the_wrong_shape_are_refused(rows):
    assert fault("surgery", {**SURGERY, "lesions": rows}, "lesions").code == "not-a-table"
    assert fault("surgery", {**SURGERY, "lesions": {**SURGERY["lesions"], "L1": rows}}, "lesions.L1")


def test_members_have_a_role_and_a_name():
    entry = accepted("mdt-decision", MDT)
    assert entry.answers["members"] == (Member("liver-surgeon", "山田 太郎"),)


@pytest.mark.parametrize(
    "members",
    [
        [{"role": "liver-surgeon"}],
        [{"role": "pilot", "name": "A"}],
        [{"role": "liver-surgeon", "name": "  "}],
        [{"role": "liver-surgeon", "name": "A\nB"}],
        [{"role": "liver-surgeon", "name": "A", "login": "x"}],
        "liver-surgeon",
        ["liver-surgeon"],
    ],
)
def test_a_member_without_a_known_role_and_a_name_is_refused(members):
    assert fault("mdt-decision", {**MDT, "members": members}, "members")


def test_choices_are_kept_once_in_the_order_of_the_form():
    surgery = accepted("surgery", SURGERY)
    data = {**FOLLOW_UP, "modalities": ["eob-mri", "ct", "ct"]}
    entry = accepted("follow-up", data, others={"surgery": (surgery,)})
    assert entry.answers["modalities"] == ("ct", "eob-mri")


def test_surgery_before_the_first_registration_is_an_error_at_its_date():
    found = fault("surgery", SURGERY, "operated_on", anchors={"first-registration": date(2019, 9, 1)})
    assert found.code == "baseline-before-surgery"
    assert found.message.en == "Surgery is earlier than the first registration (2019-09-01, 2019-08-10)"


def test_follow_up_imaging_before_surgery_is_an_error():
    data = {**FOLLOW_UP, "imaged_on": "2019-08-09"}
    found = check("follow-up", data, anchors={"surgery": date(2019, 8, 10)}).errors
    assert "follow-up-after-surgery" in [item.code for item in found]


def test_a_treatment_date_in_a_lesion_row_is_checked_at_its_row():
    surgery = accepted("surgery", SURGERY)
    row = {"at_site": "recurrence", "diameter_mm": "9", "local_treatment": "ablation", "treated_on": "2019-08-01"}
    found = fault(
        "follow-up",
        {**FOLLOW_UP, "lesions": {"L2": row}},
        "lesions.L2.treated_on",
        others={"surgery": (surgery,)},
        anchors={"surgery": date(2019, 8, 10)},
    )
    assert found.code == "local-treatment-after-surgery"


def test_a_long_wait_for_surgery_is_a_warning_and_not_an_error():
    result = check("surgery", SURGERY, anchors={"chemotherapy-end": date(2019, 3, 1)})
    assert result.is_complete
    assert [(item.field, item.code) for item in result.warnings] == [("operated_on", "chemotherapy-before-surgery")]


def test_pathology_reported_before_its_operation_is_an_error_within_one_form():
    surgery = accepted("surgery", SURGERY)
    data = {**PATHOLOGY, "reported_on": "2019-08-01"}
    assert fault("pathology", data, "reported_on", others={"surgery": (surgery,)}).code == "pathology-after-surgery"


@pytest.mark.parametrize(
    ("form", "data"), [("baseline-disease", BASELINE), ("surgery", SURGERY), ("mdt-decision", MDT)]
)
def test_a_stored_entry_reads_back_equal(form, data):
    entry = accepted(form, data)
    stored = json.loads(json.dumps(plain(entry)))
    assert accepted(form, stored) == entry
    assert stored_entry(dream().form(form), stored, ("L1", "L2")) == entry


def test_a_stored_entry_is_typed_without_asking_other_forms_again():
    entry = stored_entry(dream().form("pathology"), PATHOLOGY, ("L1",))
    assert entry.lesions["L1"]["matching"] == "certain"


def test_a_stored_answer_its_field_no_longer_takes_is_left_out():
    entry = stored_entry(dream().form("baseline-disease"), {**BASELINE, "sex": "x", "lesions": [1]}, ())
    assert "sex" not in entry.answers
    assert entry.lesions == {}


def test_a_draft_may_lack_answers_but_not_hold_a_wrong_one():
    draft = check("baseline-disease", {"sex": "female"})
    assert draft.is_acceptable_draft
    assert not draft.is_complete
    assert {item.field for item in draft.unanswered} == set(BASELINE) - {"sex"}
    wrong = check("baseline-disease", {"sex": "female", "n_metastases": "many"})
    assert not wrong.is_acceptable_draft
    assert check("baseline-disease", {}).is_acceptable_draft
    assert check("baseline-disease", BASELINE).is_acceptable_draft


def test_a_draft_with_dates_out_of_order_is_refused_as_a_whole_entry_would_be():
    early = {"operated_on": "2019-08-10"}
    result = check("surgery", early, anchors={"first-registration": date(2019, 9, 1)})
    assert not result.is_acceptable_draft
    assert "baseline-before-surgery" in {item.code for item in result.errors}


def test_what_was_refused_is_shown_short_and_printable():
    found = fault("baseline-disease", {**BASELINE, "sex": "\x1b[31m" + "x" * 500}, "sex")
    assert found.message.en.isprintable()
    assert len(found.message.en) < 120


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(SEGMENTS)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@given(st.sampled_from(dream().forms), st.data())
def test_no_input_ever_raises_and_what_is_accepted_reads_back_the_same(form, data):
    codes = [field.code for field in form.questions] + ["lesions", "unknown"]
    raw = data.draw(st.dictionaries(st.sampled_from(codes), ANYTHING, max_size=6))
    context = EntryContext(TODAY, ("L1",))
    result = validate_entry(form, raw, context)
    again = validate_entry(form, json.loads(json.dumps(plain(result.entry))), context)
    if "not-a-table" not in {item.code for item in result.errors}:
        assert again.entry == result.entry
    for item in result.errors:
        assert item.message.en
        assert item.message.ja


def test_every_field_type_is_used_or_readable():
    used = {field.type for form in dream().forms for field in (*form.questions, *form.lesion_fields)}
    assert set(FieldType) - used == {FieldType.LESION, FieldType.LESIONS}


def test_an_empty_entry_says_everything_that_is_required():
    result = check("baseline-disease", {})
    assert result.entry == Entry()
    assert {item.field for item in result.errors} == set(BASELINE)
