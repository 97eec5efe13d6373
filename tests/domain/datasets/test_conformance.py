"""Each breach of the rules is told, by dataset and variable."""

from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from casebook.domain.datasets.all_datasets import datasets_of
from casebook.domain.datasets.conformance import conformance
from casebook.domain.datasets.model import Dataset
from tests.domain.datasets.invented_study import invented_study


@cache
def made() -> tuple[Dataset, ...]:
    return datasets_of(invented_study(12, seed=7))


def changed(name, change, *, every=False, where=lambda _row: True):
    """Give the datasets with the first row (or every row) of one changed, of those that `where` picks."""
    found, done = [], False
    for one in made():
        rows = []
        for row in one.rows:
            record = dict(zip(one.shape.names, row, strict=True))
            if one.name == name and where(record) and (every or not done):
                record, done = record | change, True
            rows.append(tuple(record.values()))
        found.append(replace(one, rows=tuple(rows)))
    assert done
    return tuple(found)


FAULTS = [
    ("a word outside its list", "TU", {"TULOC": "LUNG"}, {}, "TU.TULOC: is not in the code list LOC"),
    ("a number that is a word", "ADLES", {"NONVIABN": "1"}, {}, "ADLES.NONVIABN: is no integer"),
    ("yes as truth value", "ADSL", {"NEVAL": True}, {}, "ADSL.NEVAL: is no integer"),
    ("a text too long", "DM", {"SUBJID": "x" * 21}, {}, "DM.SUBJID: is longer than its variable"),
    ("blanks at an end", "DM", {"ARM": "Surgery "}, {}, "DM.ARM: begins or ends with a blank"),
    ("what must be there", "DM", {"SEX": None}, {}, "DM.SEX: is missing"),
    ("a number twice", "TR", {"TRSEQ": 2}, {}, "TR: a sequence number stands twice for a subject"),
    ("a wrong study day", "DS", {"DSSTDY": 0}, {}, "DS.DSSTDY: is not DSSTDTC counted from RFSTDTC"),
    ("no day", "DS", {"DSSTDTC": "2019-2-3"}, {}, "DS.DSSTDTC: is no day by ISO 8601"),
    ("a subject not in DM", "MI", {"USUBJID": "DREAM-X"}, {}, "MI: 1 subjects are not in DM"),
    (
        "an identifier without evaluator",
        "TR",
        {"TREVAL": None},
        {"where": lambda row: row["TREVALID"]},
        "TR.TREVALID: stands without TREVAL",
    ),
    (
        "the site's read accepted",
        "TR",
        {"TRACPTFL": "Y"},
        {"where": lambda row: row["TREVALID"] is None},
        "TR.TRACPTFL: stands without an independent assessor",
    ),
    ("two accepted", "TR", {"TRACPTFL": "Y"}, {"every": True, "where": lambda row: row["TREVALID"]}, "two evaluators"),
    ("a lesion nobody identified", "TR", {"TRLNKID": "R1-L77"}, {}, "TR.TRLNKID: is not in TU"),
    ("a lesion of another evaluator", "TR", {"TREVALID": "ADJUDICATOR"}, {"every": True}, "TR.TRLNKID: is not in TU"),
    ("a qualifier of no row", "SUPPTU", {"IDVARVAL": "999"}, {}, "SUPPTU: a row belongs to no row of TU"),
    ("a link that is not one", "TU", {"TULNKID": "INV-L1"}, {"every": True}, "TULNKID does not name one row"),
    ("a source that is not there", "ADLES", {"SRCSEQ": 9999}, {}, "ADLES.SRCSEQ: names no row of its domain"),
]


@pytest.mark.parametrize(("name", "change", "how", "told"), [one[1:] for one in FAULTS], ids=[one[0] for one in FAULTS])
def test_a_breach_is_told(name, change, how, told):
    found = conformance(changed(name, change, **how))
    assert any(told in one for one in found), found


def test_datasets_as_they_are_made_break_nothing():
    assert conformance(made()) == []


def test_a_dataset_twice_a_long_name_and_a_long_label_are_told():
    first = made()[0]
    named = replace(first, shape=replace(first.shape, name="ADSUBJECTS"))
    found = conformance((first, first, named))
    assert "ADSL: is there twice" in found
    assert "ADSUBJECTS: the name is too long" in found


def test_two_code_lists_of_one_name_are_told():
    adsl = next(one for one in made() if one.name == "ADSL")
    place = adsl.shape.names.index("SEX")
    sex = adsl.shape.variables[place]
    renamed = replace(sex, codes=replace(sex.codes, name="NY"))
    variables = (*adsl.shape.variables[:place], renamed, *adsl.shape.variables[place + 1 :])
    found = conformance((replace(adsl, shape=replace(adsl.shape, variables=variables)),))
    assert "NY: is the name of two code lists" in found


def test_a_fault_of_many_rows_is_told_once():
    found = conformance(changed("ADLES", {"REG1DT": date(2019, 1, 1).isoformat()}, every=True))
    assert [one for one in found if one.startswith("ADLES.REG1DT")] == [
        "ADLES.REG1DT: is no date (row 1, 2, 3, 4, 5 ...)"
    ]
