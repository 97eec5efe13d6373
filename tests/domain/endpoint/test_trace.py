"""The rows of a derivation say what went in, by which rule, and what came out."""

from dataclasses import replace

from hypothesis import given, settings

from casebook.domain.endpoint.records import pairs
from casebook.domain.endpoint.trace import Kind, Part, trace_rows
from casebook.domain.imaging import Visibility
from tests.domain.builders import a_pathology, day, dream, imaging, left_in_place, resected
from tests.domain.endpoint.records import a_lesion, a_patient, patients

RULES = dream().rules


def said(lesion, part, kind, **patient):
    rows = trace_rows(a_patient("JP-01-0001", lesion, **patient), lesion, RULES)
    return {row.what.en: row.value.en for row in rows if (row.part, row.kind) == (part, kind)}


def test_every_sequence_of_the_read_goes_into_cdlm():
    lesion = a_lesion(seen={"eob": Visibility.VISIBLE, "dwi": None})
    assert said(lesion, Part.CDLM, Kind.INPUT) == {
        "CT": "not visible",
        "DWI": "not read",
        "T1/T2": "not visible",
        "EOB": "visible",
    }
    assert said(lesion, Part.CDLM, Kind.RESULT) == {"cDLM": "no · EOB visible"}


def test_surgery_and_pathology_go_into_the_outcome():
    given_in = said(a_lesion(facts=resected(a_pathology())), Part.OUTCOME, Kind.INPUT)
    assert given_in["at surgery"] == "resected"
    assert given_in["pathology"] == f"no viable cells, specimen certainly the lesion, {day(14)}"


def test_each_imaging_goes_into_the_outcome_by_its_day():
    given_in = said(a_lesion(facts=left_in_place(imaging(400, adequate=False), imaging(90))), Part.OUTCOME, Kind.INPUT)
    assert list(given_in)[2:] == [f"imaging {day(90)}", f"imaging {day(400)}"]
    assert given_in[f"imaging {day(400)}"] == "no recurrence at the site, not adequate"


def test_parameters_that_the_study_has_not_published_are_called_defaults():
    rules = replace(RULES, outcome=replace(RULES.outcome, defaults=("early_window_days",)))
    lesion = a_lesion()
    rows = trace_rows(a_patient("JP-01-0001", lesion), lesion, rules)
    values = {row.what.en: row.value.en for row in rows if row.kind is Kind.RULE}
    assert values["early window"].endswith("(default)")
    assert values["horizon"] == "730 days"


def test_the_place_in_each_strategy_is_said_with_its_reason():
    lesion = a_lesion(seen={"eob": Visibility.VISIBLE})
    assert said(lesion, Part.ENDPOINT, Kind.RESULT) == {
        "CT alone": "in the denominator",
        "CT + MRI (cDLM)": "not in the set: not seen on CT, visible on MRI (reached: Lesions of the study)",
        "CT + MRI + intra-operative ultrasound": (
            "not in the set: not seen on CT, visible on MRI (reached: Lesions of the study)"
        ),
    }


@settings(max_examples=20)
@given(patients())
def test_every_row_speaks_both_languages(found):
    for patient, lesion in pairs(found):
        for row in trace_rows(patient, lesion, RULES):
            assert row.what.en
            assert row.what.ja
            assert row.value.en
            assert row.value.ja
