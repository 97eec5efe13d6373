"""The lesion dataset of the endpoint."""

from dataclasses import replace
from types import SimpleNamespace

from casebook.actions.endpoint_json import COLUMNS, record
from casebook.domain.interim import LockState
from tests.domain.builders import LATER, a_pathology, day, resected
from tests.domain.endpoint.records import a_lesion, a_patient

ENDPOINT = SimpleNamespace(definition=SimpleNamespace(code="DREAM"), as_of=LATER, lock=LockState(()))


def test_a_row_has_every_column_in_order():
    lesion = a_lesion()
    row = record((a_patient("JP-01-0001", lesion), lesion), ENDPOINT)
    assert tuple(row) == COLUMNS
    assert (row["cdlm"], row["nonviable"], row["in_ct_mri"], row["status"]) == ("yes", "1", "Y", "FINAL")


def test_of_a_patient_who_took_back_all_data_only_that_is_told():
    lesion = a_lesion(facts=replace(resected(a_pathology()), data_withdrawn_on=day(20)))
    row = record((a_patient("JP-01-0001", lesion, left="data-withdrawn"), lesion), ENDPOINT)
    assert tuple(row) == COLUMNS
    assert {name: value for name, value in row.items() if value} == {
        "study": "DREAM",
        "subject": "JP-01-0001",
        "site": "JP-01",
        "country": "JP",
        "group": "JCOG",
        "lesion": "L1",
        "outcome": "not-in-endpoint",
        "reason": "data-withdrawn",
        "outcome_rule": "1.0",
        "as_of": "2026-01-01",
        "status": "FINAL",
    }
