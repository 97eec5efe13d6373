"""Edit checks beyond the order of dates: within a row, across forms, in batch, and as the definition states them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.forms import PartialDate
from casebook.domain.forms.batch import FiledEntry, batch_checks
from casebook.domain.forms.checking import broken_checks
from casebook.domain.forms.edit_checks import Severity
from casebook.domain.forms.values import Entry, Missing
from casebook.domain.imaging import SEGMENTS
from casebook.domain.study import StudyDefinitionError, load_study
from tests.domain.builders import DREAM_PATH, dream

D = date.fromisoformat
OPERATED_ON = D("2019-08-10")
SEGMENT_OF = {"L1": "VI", "L2": "IVa"}


def surgery(segments=("VI", "VII"), *, on=OPERATED_ON, kind="non-anatomical", **rows):
    answers = {"operated_on": on, "resection_type": kind, "ultrasound": "with-contrast"}
    return Entry(answers | ({"segments_resected": segments} if segments else {}), rows)


def row(fate, *, seen="not-seen", found=False):
    return {"ultrasound_finding": seen, "found_by_surgeon": found, "fate": fate}


def pathology(on=OPERATED_ON, **rows):
    return Entry({"operated_on": on, "reported_on": on + timedelta(days=10)}, rows)


def specimen(cells, grade="1"):
    return {"viable_cells": cells, "regression_grade": grade, "matching": "certain"}


def status(kind, on="2020-01-01", **more):
    return Entry({"kind": kind, "happened_on": D(on), **more})


def found(form, entry, *, others=None, anchors=None):
    """Field and code of each check that does not hold."""
    broken = broken_checks(dream().form(form), entry, dream().edit_checks, anchors or {}, others or {}, SEGMENT_OF)
    return [(fault.field, fault.code) for _, fault in broken]


def test_a_resected_lesion_lies_in_a_segment_that_was_resected():
    outside = surgery(L1=row("resected"), L2=row("resected"))
    assert found("surgery", outside) == [("lesions.L2.fate", "resected-outside-segments")]
    assert found("surgery", surgery(("IVa", "VI"), L1=row("resected"), L2=row("resected"))) == []
    assert found("surgery", surgery(L1=row("resected"), L2=row("left-in-place"))) == []


def test_a_lesion_outside_the_resected_segments_is_named_in_both_languages_and_only_warned_of():
    ((severity, fault),) = broken_checks(
        dream().form("surgery"), surgery(L2=row("resected")), dream().edit_checks, {}, {}, SEGMENT_OF
    )
    assert severity is Severity.WARNING
    assert fault.message.en == "A resected lesion lies in none of the segments resected (L2 in IVa)"
    assert fault.message.ja.endswith("（L2：IVa）")


def test_segments_that_are_not_known_break_nothing():
    unknown = surgery(None, L9=row("resected"))
    assert found("surgery", unknown) == []
    missing = Entry({"segments_resected": Missing("not-recorded")}, {"L1": row("resected")})
    assert found("surgery", missing) == []
    assert found("surgery", surgery(("I",), L9=row("resected"))) == []


def test_an_operation_without_resection_resects_no_lesion():
    nothing = surgery(None, kind="none", L1=row("resected"), L2=row("ablated"))
    assert found("surgery", nothing) == [("lesions.L1.fate", "resection-of-nothing")]


def test_pathology_of_a_lesion_that_was_not_resected_is_an_error_on_either_form():
    operation, report = surgery(L1=row("left-in-place")), pathology(L1=specimen("none"))
    on_report = found("pathology", report, others={"surgery": (operation,)})
    on_operation = found("surgery", operation, others={"pathology": (report,)})
    assert on_report == [("lesions.L1.viable_cells", "pathology-of-resected")]
    assert on_operation == [("lesions.L1.fate", "pathology-of-resected")]
    severities = {check.code: check.severity for check in dream().edit_checks}
    assert severities["pathology-of-resected"] is Severity.ERROR


def test_the_fate_that_counts_is_that_of_the_same_operation_and_lesion():
    first = surgery(L1=row("left-in-place"), L2=row("resected"))
    second = surgery(on=D("2020-03-01"), L1=row("resected"))
    report = pathology(D("2020-03-01"), L1=specimen("present", "3"))
    assert found("pathology", report, others={"surgery": (first, second)}) == []
    assert found("surgery", second, others={"surgery": (first,), "pathology": (report,)}) == []
    of_the_first = pathology(L1=specimen("present", "3"))
    assert found("pathology", of_the_first, others={"surgery": (first, second)}) != []


def test_two_entries_that_do_not_say_their_operation_are_not_of_the_same_one():
    undated = Entry({}, {"L1": row("left-in-place")})
    report = Entry({}, {"L1": specimen("none")})
    assert found("pathology", report, others={"surgery": (undated,)}) == []


@pytest.mark.parametrize(
    ("cells", "grade", "codes"),
    [
        ("none", "1", []),
        ("none", "2", ["grade-without-cells"]),
        ("present", "1", ["grade-with-cells"]),
        ("present", "5", []),
        ("not-evaluable", "3", []),
        ("none", Missing("not-recorded"), []),
    ],
)
def test_viable_cells_and_regression_grade_say_the_same(cells, grade, codes):
    entry = pathology(L1=specimen(cells, grade))
    assert [code for _, code in found("pathology", entry)] == codes


def test_each_row_is_held_against_itself_only():
    entry = pathology(L1=specimen("none", "1"), L2=specimen("present", "4"))
    assert found("pathology", entry) == []
    crossed = pathology(L1=specimen("none", "4"), L2=specimen("present", "1"))
    assert found("pathology", crossed) == [
        ("lesions.L1.regression_grade", "grade-without-cells"),
        ("lesions.L2.regression_grade", "grade-with-cells"),
    ]


def test_a_lesion_that_was_seen_or_felt_was_found():
    entry = surgery(L1=row("not-found", seen="seen"), L2=row("not-found", found=True))
    assert found("surgery", entry) == [
        ("lesions.L1.fate", "seen-but-not-found"),
        ("lesions.L2.fate", "felt-but-not-found"),
    ]


def test_a_death_after_surgery_is_recorded_as_a_death():
    event = Entry({"occurred_on": D("2019-08-12"), "grade": "V"})
    assert found("adverse-event", event) == [("grade", "grade-v-is-death")]
    assert found("adverse-event", event, others={"status-change": (status("withdrawal"),)}) != []
    assert found("adverse-event", event, others={"status-change": (status("withdrawal"), status("death"))}) == []
    assert found("status-change", status("withdrawal"), others={"adverse-event": (event,)}) == []


def test_a_patient_who_left_has_not_completed_the_follow_up():
    ending = Entry({"reason": "completed", "ended_on": D("2021-01-01")})
    assert found("end-of-study", ending, others={"status-change": (status("death"),)}) == [
        ("reason", "completed-though-left")
    ]
    only_treatment = status("withdrawal", withdrawn_from="treatment")
    assert found("end-of-study", ending, others={"status-change": (only_treatment,)}) == []
    withdrawn = status("withdrawal", withdrawn_from="all-data")
    assert found("status-change", withdrawn, others={"end-of-study": (ending,)}) == [
        ("withdrawn_from", "completed-though-withdrawn")
    ]


def test_on_the_simultaneous_road_chemotherapy_is_recorded_in_retrospect():
    eligibility = Entry({"road": "simultaneous"})
    before, after = Entry({"retrospective": True}), Entry({"retrospective": False})
    alone = {"eligibility": (eligibility,)}
    assert found("chemotherapy", after, others=alone) == [("retrospective", "simultaneous-in-retrospect")]
    assert found("chemotherapy", after, others={**alone, "chemotherapy": (before,)}) == []
    assert found("chemotherapy", after, others={"eligibility": (Entry({"road": "prospective"}),)}) == []


def test_nothing_is_imaged_after_death_but_after_other_changes_it_is():
    imaged = Entry({"imaged_on": D("2020-02-01")})
    assert found("follow-up", imaged, others={"status-change": (status("death"),)}) == [
        ("imaged_on", "follow-up-before-death")
    ]
    assert found("follow-up", imaged, others={"status-change": (status("lost-to-follow-up"),)}) == []
    assert found("status-change", status("death"), others={"follow-up": (imaged,)}) == [
        ("happened_on", "follow-up-before-death")
    ]


@pytest.mark.parametrize(
    ("n_cycles", "n_days", "is_plausible"),
    [(6, 70, True), (6, 105, True), (6, 30, False), (6, 400, False), (1, 0, True), (12, 165, True), (2, 5, False)],
)
def test_cycles_go_with_the_dates_of_chemotherapy(n_cycles, n_days, is_plausible):
    start = D("2019-04-01")
    entry = Entry({"n_cycles": Decimal(n_cycles), "started_on": start, "ended_on": start + timedelta(days=n_days)})
    assert (found("chemotherapy", entry) == []) is is_plausible


def test_a_pace_says_what_it_found():
    entry = Entry({"n_cycles": Decimal(6), "started_on": D("2019-04-01"), "ended_on": D("2019-05-01")})
    ((_, fault),) = broken_checks(dream().form("chemotherapy"), entry, dream().edit_checks, {}, {})
    assert fault.message.en == "The number of cycles does not go with the dates (every 6 days)"
    assert fault.message.ja == "コース数が投与期間に合いません（平均6日ごと）"


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_part_is_at_most_the_whole(n_part, n_whole):
    entry = Entry({"n_on_ct": Decimal(n_part), "n_metastases": Decimal(n_whole)})
    expected = [("n_on_ct", "lesions-on-ct")] if n_part > n_whole else []
    assert found("baseline-disease", entry) == expected


@given(st.dates(D("2015-01-01"), D("2025-01-01")), st.integers(2015, 2024), st.integers(1, 12))
def test_a_partial_date_breaks_an_order_only_when_all_it_can_mean_does(occurred_on, year, month):
    resolved_on = PartialDate(year, month)
    entry = Entry({"occurred_on": occurred_on, "resolved_on": resolved_on})
    broken = [code for _, code in found("adverse-event", entry) if code == "event-resolves-after-it-began"]
    assert bool(broken) is (resolved_on.latest < occurred_on)


DAYS = st.dates(D("2019-01-01"), D("2020-12-31"))
ROWS = st.dictionaries(
    st.sampled_from(["L1", "L2"]),
    st.fixed_dictionaries(
        {},
        optional={
            "fate": st.sampled_from(["resected", "ablated", "left-in-place", "not-found"]),
            "ultrasound_finding": st.sampled_from(["seen", "not-seen"]),
            "found_by_surgeon": st.booleans(),
            "viable_cells": st.sampled_from(["none", "present"]),
            "regression_grade": st.sampled_from(["1", "4"]),
            "treated_on": DAYS,
        },
    ),
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "operated_on": st.sampled_from([OPERATED_ON, D("2020-03-01")]),
        "reported_on": DAYS,
        "imaged_on": DAYS,
        "happened_on": DAYS,
        "ended_on": DAYS,
        "started_on": DAYS,
        "occurred_on": DAYS,
        "kind": st.sampled_from(["death", "withdrawal", "found-ineligible"]),
        "withdrawn_from": st.sampled_from(["treatment", "all-data"]),
        "grade": st.sampled_from(["I", "V"]),
        "reason": st.sampled_from(["completed", "ended-early"]),
        "resection_type": st.sampled_from(["none", "both"]),
        "segments_resected": st.lists(st.sampled_from(SEGMENTS), unique=True).map(tuple),
        "n_cycles": st.integers(1, 12).map(Decimal),
    },
)
FILED = st.lists(
    st.builds(
        FiledEntry,
        form=st.sampled_from([form.code for form in dream().forms]),
        timepoint=st.none(),
        ordinal=st.integers(1, 3),
        entry=st.builds(Entry, ANSWERS, ROWS),
    ),
    max_size=6,
)
ANCHORS = st.dictionaries(st.sampled_from(["first-registration", "surgery", "mdt-decision"]), DAYS)


def batch(filed, anchors=None):
    return batch_checks(dream(), filed, anchors=anchors or {}, segments=SEGMENT_OF)


@given(FILED, ANCHORS)
def test_a_batch_finds_on_each_entry_what_saving_it_would(filed, anchors):
    expected = []
    for one in filed:
        others = {}
        for other in filed:
            if other is not one:
                others[other.form] = (*others.get(other.form, ()), other.entry)
        form = dream().form(one.form)
        expected += broken_checks(form, one.entry, dream().edit_checks, anchors, others, SEGMENT_OF)
    assert [(item.severity, item.fault) for item in batch(filed, anchors)] == expected


@given(FILED, ANCHORS, st.randoms(use_true_random=False))
def test_the_order_in_which_entries_come_changes_nothing(filed, anchors, random):
    shuffled = list(filed)
    random.shuffle(shuffled)

    def said(items):
        return sorted(
            (item.form, item.ordinal, item.fault.field, item.fault.code, item.fault.message.en) for item in items
        )

    assert said(batch(shuffled, anchors)) == said(batch(filed, anchors))


@given(FILED, ANCHORS)
def test_every_fault_stands_at_a_field_of_its_form_and_speaks_both_languages(filed, anchors):
    for item in batch(filed, anchors):
        form = dream().form(item.form)
        *lesion, code = item.fault.field.split(".")
        assert form.lesion_field(code) if lesion else form.field(code)
        assert item.fault.message.en != item.fault.message.ja


def test_a_consistent_subject_has_no_faults_in_batch():
    filed = [
        FiledEntry("surgery", None, 1, surgery(L1=row("resected"), L2=row("left-in-place"))),
        FiledEntry("pathology", None, 1, pathology(L1=specimen("present", "4"))),
        FiledEntry("follow-up", "month-3", 1, Entry({"imaged_on": D("2019-11-20")})),
    ]
    assert batch(filed, {"surgery": OPERATED_ON}) == ()


def test_a_batch_says_which_entry_is_at_fault():
    filed = [
        FiledEntry("follow-up", "month-3", 1, Entry({"imaged_on": D("2019-11-20")})),
        FiledEntry("follow-up", "month-6", 2, Entry({"imaged_on": D("2019-08-01")})),
    ]
    (item,) = batch(filed, {"surgery": OPERATED_ON})
    assert (item.form, item.timepoint, item.ordinal, item.fault.field) == ("follow-up", "month-6", 2, "imaged_on")
    assert item.severity is Severity.ERROR


CHECKS = {
    "kind": ('kind = "pace"', 'kind = "rhythm"', "kind", "at-most"),
    "an unknown key": ('kind = "pace"', 'kind = "pace"\nfaster = true', "faster", "unknown key"),
    "a number that is none": (
        'lower = "baseline-disease.n_on_ct"',
        'lower = "baseline-disease.sex"',
        "lower",
        "n_on_ct",
    ),
    "a count of another form": ('count = "chemotherapy.n_cycles"', 'count = "surgery.n"', "count", "one of"),
    "dates of another form": (
        'earlier = "chemotherapy.started_on"\nlater = "chemotherapy.ended_on"\nmin_days',
        'earlier = "surgery.operated_on"\nlater = "chemotherapy.ended_on"\nmin_days',
        "earlier",
        "a field of the form chemotherapy",
    ),
    "a pace that cannot be": ("max_days = 42", "max_days = 9", "max_days", "10 or more"),
    "an answer nobody can give": (
        'given_answers = ["none"]\nthen = "pathology',
        'given_answers = ["few"]\nthen = "pathology',
        "given_answers[1]",
        "none, present",
    ),
    "a conclusion nobody can give": ('then_answers = ["1"]', 'then_answers = ["0"]', "then_answers[1]", "1, 2, 3"),
    "a form that is not there": ('then = "status-change.kind"', 'then = "death.kind"', "then", "status-change"),
    "an anchor where answers are": ('then = "status-change.kind"', 'then = "anchor:surgery"', "then", "status-change"),
    "a match the forms do not share": (
        'match_on = "operated_on"',
        'match_on = "reported_on"',
        "match_on",
        "operated_on",
    ),
    "a list of no segments": (
        'segments = "surgery.segments_resected"',
        'segments = "follow-up.modalities"',
        "segments",
        "Couinaud",
    ),
    "lesions that are none": (
        'lesions = "surgery.lesions.fate"',
        'lesions = "surgery.resection_type"',
        "lesions",
        "form.lesions.field",
    ),
    "a filter on a third form": (
        'where = { field = "status-change.kind"',
        'where = { field = "adverse-event.grade"',
        "where.field",
        "status-change",
    ),
    "a filter nobody passes": ('answers = ["death"] }', 'answers = ["gone"] }', "where.answers[1]", "death"),
    "a date that is a number": (
        'earlier = "adverse-event.occurred_on"',
        'earlier = "adverse-event.grade"',
        "earlier",
        "occurred_on",
    ),
}


@pytest.mark.parametrize(("old", "new", "field", "said"), CHECKS.values(), ids=CHECKS)
def test_a_check_that_cannot_work_is_named_with_what_was_expected(old, new, field, said):
    text = DREAM_PATH.read_text(encoding="utf-8")
    checks = text.index("[[edit_checks]]")
    at = text.index(old, checks)
    with pytest.raises(StudyDefinitionError) as caught:
        load_study(text[:at] + new + text[at + len(old) :])
    problems = [problem for problem in caught.value.problems if problem.field.endswith(f"].{field}")]
    assert any(said in problem.message for problem in problems), [str(problem) for problem in caught.value.problems]
