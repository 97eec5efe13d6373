import importlib.util
import sys

import pytest

from services.command.demo import PASSWORD, ROOT
from services.ingest.worker import run_until_idle


@pytest.fixture(scope="session")
def example():
    """The script of the documentation, as a module."""
    spec = importlib.util.spec_from_file_location("one_patient", ROOT / "docs" / "examples" / "one_patient.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_new_patient_goes_from_registration_to_the_endpoint_by_the_api_alone(browser, sample, example):
    def person(login):
        return example.Person(browser(), login, PASSWORD)

    readers = [person(login) for login in ("reader", "reader2")]
    people = example.People(person("manager"), person("coordinator"), readers, person("statistician"))
    statistician = people.statistician
    before = statistician.call("GET", "/api/v1/studies/DREAM/endpoint").json()
    patient = example.new_patient(example.SAMPLE)
    assert {timepoint: patient.n_series(timepoint) for timepoint in patient.images} == {
        "baseline": 2,
        "preoperative": 2,
    }

    outcome = example.whole_course(people, patient, site="BE-02", pause=lambda: run_until_idle(sample))

    assert outcome.subject == "BE-02-0002"
    assert outcome.lesion["cdlm"]["status"] == "yes"
    wanted = {
        "subject": "BE-02-0002",
        "site": "BE-02",
        "lesion": "L1",
        "segment": "VII",
        "cdlm": "yes",
        "nonviable": "1",
        "reference_standard": "PATHOLOGY",
        "in_ct": "Y",
    }
    assert {name: outcome.row[name] for name in wanted} == wanted
    after = statistician.call("GET", "/api/v1/studies/DREAM/endpoint").json()
    assert len(after["rows"]) == len(before["rows"]) + 1
    for earlier, later in zip(before["table"]["strategies"], outcome.estimates, strict=True):
        assert (later["n_evaluable"], later["n_nonviable"]) == (earlier["n_evaluable"] + 1, earlier["n_nonviable"] + 1)


def test_the_example_makes_another_person_of_every_copy(example):
    first, second = example.new_patient(example.SAMPLE), example.new_patient(example.SAMPLE)
    uids = [{image.SOPInstanceUID for image in patient.images["baseline"]} for patient in (first, second)]
    assert uids[0].isdisjoint(uids[1])
    assert {str(image.PatientID) for image in first.images["baseline"]}.isdisjoint(
        str(image.PatientID) for image in second.images["baseline"]
    )
