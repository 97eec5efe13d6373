"""What the datasets of a study hold, whatever became of its subjects."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest

from casebook.domain.datasets.adam.adltte import adltte
from casebook.domain.datasets.adam.adsl import adsl
from casebook.domain.datasets.all_datasets import datasets_of
from casebook.domain.datasets.columns import LONGEST_TEXT
from casebook.domain.datasets.conformance import conformance
from casebook.domain.datasets.countries import three_letters
from casebook.domain.datasets.identifiers import usubjid
from casebook.domain.datasets.material import DATA_WITHDRAWN, FilledForm, LesionMaterial, withheld
from casebook.domain.datasets.sdtm.observation import study_day
from casebook.domain.datasets.words import ascii_text
from casebook.domain.endpoint.records import LesionRecord
from casebook.domain.forms.values import Entry, Missing
from casebook.domain.lesion_events import LesionState, Origin
from tests.domain.builders import DAY_0, day, dream, imaging, left_in_place, outcome_of, recurrence
from tests.domain.datasets.invented_study import invented_study

ADLES = (
    "STUDYID USUBJID SUBJID SITEID COUNTRY REGPATH REG1DT REG2DT LESID LESSEG BASEDIAM CTABSFL DWIABSFL MRIABSFL "
    "CEMABSFL CTDLMFL CDLMFL CDLMREAS IOUSSTAT LESTRT SURGDT PATHVTFL PATHDT PATHMTCH RECURFL RECURDT FUPDT FUPDY REFSTD "
    "NONVIABL NONVIABN NEREAS ANL01FL DTHDT CLUSTER RULEVER SRCDOM SRCSEQ"
)
TYPED_BY_PEOPLE = ("a name", "A person's name", "words that may name a person")


@cache
def study():
    return invented_study(40, seed=6)


@cache
def made():
    return {one.name: one for one in datasets_of(study())}


def rows(name):
    return list(made()[name].records())


def test_everything_that_is_promised_is_there_and_conforms():
    assert set(made()) >= {"ADSL", "ADLES", "ADLTTE", "ADREAD", "ADQC", "ADQRY", "ADTRACE"}
    assert set(made()) >= {"TS", "DM", "DS", "IE", "PR", "FA", "TU", "TR", "MI", "RELREC", "SUPPDM", "SUPPTU"}
    assert all(one.rows for one in made().values())
    assert conformance(tuple(made().values())) == []


def test_the_lesion_dataset_has_exactly_the_variables_of_the_reference_in_their_order():
    assert made()["ADLES"].shape.names == tuple(ADLES.split())


def test_labels_and_descriptions_are_in_both_languages():
    for one in made().values():
        said = [one.shape.label, one.shape.structure, *(variable.label for variable in one.shape.variables)]
        said += [variable.derivation for variable in one.shape.variables if variable.derivation]
        assert all(text.en and text.ja for text in said), one.name


def test_the_same_records_in_another_order_give_the_same_datasets():
    turned = tuple(
        replace(
            subject,
            forms=subject.forms[::-1],
            lesions=subject.lesions[::-1],
            reads=tuple(replace(read, said=read.said[::-1]) for read in subject.reads[::-1]),
            images=subject.images[::-1],
        )
        for subject in study().subjects[::-1]
    )
    assert datasets_of(replace(study(), subjects=turned)) == tuple(made().values())


def test_nothing_that_a_person_typed_leaves_the_study():
    cells = {cell for one in made().values() for row in one.rows for cell in row if isinstance(cell, str)}
    assert not [cell for cell in cells if any(typed in cell for typed in TYPED_BY_PEOPLE)]


def test_a_lesion_is_identified_once_by_each_evaluator_and_never_per_visit():
    found = Counter((row["USUBJID"], row["TULNKID"], row["TUEVALID"]) for row in rows("TU"))
    assert set(found.values()) == {1}
    of_one = Counter(
        (row["USUBJID"], row["TUSPID"], row["TUEVAL"], row["TUEVALID"]) for row in rows("TU") if row["TUSPID"]
    )
    assert set(of_one.values()) == {1}
    assert {row["TUEVALID"] for row in rows("TU")} == {None, "RADIOLOGIST 1", "RADIOLOGIST 2", "ADJUDICATOR"}
    assert {row["TULOC"] for row in rows("TU")} == {"LIVER"}


def test_what_was_not_judged_is_not_done_with_its_reason_and_results_have_no_location():
    unjudged = [row for row in rows("TR") if row["TRSTAT"]]
    assert unjudged
    assert all(row["TRSTAT"] == "NOT DONE" and row["TRREASND"] and row["TRORRES"] is None for row in unjudged)
    assert {row["TRSTRESC"] for row in rows("TR") if row["TRTESTCD"] == "TUMSTATE"} == {"PRESENT", "ABSENT", None}
    assert {row["TRSTRESU"] for row in rows("TR") if row["TRTESTCD"] == "LDIAM"} == {"mm"}
    assert "TRLOC" not in made()["TR"].shape.names


def test_who_took_back_the_use_of_all_data_leaves_that_behind_and_nothing_else():
    gone = {usubjid(subject) for subject in study().subjects if subject.is_withheld}
    assert gone
    for name, one in made().items():
        left = [row for row in one.records() if row.get("USUBJID") in gone]
        assert not left or name in {"ADSL", "ADLES", "ADTRACE", "DM", "DS", "SUPPDM"}, name
    said = [row for row in rows("ADLES") if row["USUBJID"] in gone]
    assert {(row["CDLMFL"], row["NONVIABN"], row["LESTRT"], row["NEREAS"]) for row in said} == {
        (None, None, None, "DATA WITHDRAWN")
    }
    assert {row["DSDECOD"] for row in rows("DS") if row["USUBJID"] in gone} <= {
        "ENROLLED",
        "SECOND REGISTRATION",
        "WITHDRAWAL BY SUBJECT",
    }


def test_of_a_withdrawn_subject_the_withdrawal_stays_and_no_other_change_of_status():
    def change(ordinal, **answers):
        return FilledForm("status-change", None, ordinal, Entry({"happened_on": day(ordinal), **answers}))

    withdrawal = change(1, kind="withdrawal", withdrawn_from="all-data")
    subject = replace(study().subjects[0], forms=(withdrawal, change(2, kind="death")), left=DATA_WITHDRAWN)
    assert withheld(subject).forms == (withdrawal,)
    assert withheld(replace(subject, left="found-ineligible")).forms == subject.forms


def test_every_outcome_points_to_the_row_that_decided_it():
    assert all(row["SRCDOM"] and row["SRCSEQ"] for row in rows("ADLES"))
    decided = {
        (row["REFSTD"], row["SRCDOM"]) for row in rows("ADLES") if row["NONVIABN"] is not None and not row["NEREAS"]
    }
    assert decided <= {("PATHOLOGY", "MI"), ("FOLLOW-UP", "TR")}
    assert {row["SRCDOM"] for row in rows("ADLES") if row["NEREAS"] == "DIED"} <= {"DS"}


def test_a_lesion_that_counts_has_a_truth_and_one_without_a_truth_says_why():
    for row in rows("ADLES"):
        assert (row["NONVIABN"] is None) == (row["NONVIABL"] is None)
        assert row["NONVIABN"] is not None or row["NEREAS"]
        assert row["ANL01FL"] is None or (row["CDLMFL"] == "Y" and row["NONVIABN"] is not None and not row["NEREAS"])
    counted = Counter(row["USUBJID"] for row in rows("ADLES") if row["ANL01FL"])
    assert counted == {row["USUBJID"]: row["NEVAL"] for row in rows("ADSL") if row["ANL01FL"]}


def test_chemotherapy_is_told_as_far_as_it_comes_before_surgery():
    def course(ordinal, started, **answers):
        return FilledForm("chemotherapy", None, ordinal, Entry({"started_on": day(started), **answers}))

    forms = (
        course(2, 20, regimen="folfiri", antibody="none", n_cycles=Decimal(4)),
        course(1, 0, regimen="folfox", antibody="bevacizumab", n_cycles=Decimal(6)),
        FilledForm("surgery", None, 1, Entry({"operated_on": day(100)})),
        course(3, 200, regimen="capox", antibody="none", n_cycles=Decimal(8)),
    )
    subject = replace(study().subjects[0], forms=forms, left=None)
    row = next(iter(adsl(replace(study(), subjects=(subject,))).records()))
    assert (row["CHEMREG"], row["CHEMAB"], row["NCYCLES"]) == ("FOLFOX, FOLFIRI", "BEVACIZUMAB, NONE", 10)
    unknown = replace(subject, forms=(*forms, course(4, 30, regimen="other", n_cycles=Missing("not-known"))))
    row = next(iter(adsl(replace(study(), subjects=(unknown,))).records()))
    assert (row["CHEMREG"], row["NCYCLES"]) == ("FOLFOX, FOLFIRI, OTHER", None)


def test_the_trace_of_every_lesion_ends_in_its_outcome():
    of_lesion = Counter((row["USUBJID"], row["LESID"]) for row in rows("ADTRACE"))
    assert of_lesion.keys() == {(row["USUBJID"], row["LESID"]) for row in rows("ADLES")}
    assert {row["STEPTYPE"] for row in rows("ADTRACE")} == {"INPUT", "STEP", "RESULT"}
    assert all(row["STEPTXT"].isascii() and row["RULEVER"] for row in rows("ADTRACE"))


FOURTEEN = (
    ("90,1", left_in_place(recurrence(90))),
    ("760,0", left_in_place(imaging(760))),
    ("180,1", left_in_place(imaging(90), recurrence(180))),
    ("400,0", left_in_place(imaging(400))),
    ("250,2", left_in_place(imaging(200), died_on=day(250))),
    ("800,1", left_in_place(recurrence(800))),
    ("50,0", left_in_place(imaging(50))),
    ("0,0", left_in_place(imaging(50, adequate=False))),
)


@pytest.mark.parametrize(("expected", "facts"), FOURTEEN)
def test_times_to_recurrence_are_those_of_the_reference(expected, facts):
    record = LesionRecord("L1", "VI", None, {}, facts.cdlm, outcome_of(facts), facts)
    lesion = LesionMaterial(record, Origin.BASELINE, LesionState.ACTIVE)
    subject = replace(study().subjects[0], lesions=(lesion,), left=None)
    row = next(iter(adltte(replace(study(), subjects=(subject,)), lambda *_: None).records()))
    assert f"{row['AVAL']},{row['STATUS']}" == expected
    assert (row["ADT"] - row["STARTDT"]).days == row["AVAL"]
    assert row["CNSR"] == {0: 1, 1: 0, 2: 2}[row["STATUS"]]


def test_study_days_have_no_day_0():
    assert [study_day(DAY_0 + timedelta(days=n), DAY_0) for n in (-2, -1, 0, 1)] == [-2, -1, 1, 2]
    assert study_day(date(2020, 3, 1), date(2020, 2, 28)) == 3


def test_words_are_printable_ascii_of_at_most_200_bytes():
    assert ascii_text("≥ 3 · b 50, 800 s/mm²") == ">= 3 - b 50, 800 s/mm2"
    assert ascii_text("肝 6 mm\n") == "? 6 mm"
    assert ascii_text("  ") is None
    cut = ascii_text("word " * 100)
    assert len(cut) <= LONGEST_TEXT
    assert cut.endswith(" ...")


def test_every_country_of_the_study_has_three_letters():
    assert {len(three_letters(site.country)) for site in dream().sites} == {3}
    assert three_letters("JP") == "JPN"
