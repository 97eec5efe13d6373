"""Forms by page through all states: drafts, verifying, signing, freezing, merging two versions, history, in bulk."""

import re

import pytest

from casebook.store import forms
from casebook.store.tables import Lesion
from tests.pages import hospital
from tests.pages.reading import error_beside, fields, row, words
from tests.pages.test_forms import CHEMOTHERAPY, send


@pytest.fixture
def patient(registry):
    """A new patient with two lesions, of one's own."""
    with registry.transaction(actor="machine", reason="a test") as session:
        subject = hospital.a_patient(session)
        session.add_all(Lesion(subject_id=subject.id, label=label, segment="V") for label in ("L1", "L2"))
    return subject


@pytest.fixture
def path(patient):
    return f"/patients/{patient.number}/forms/chemotherapy"


@pytest.fixture
def mdt(patient):
    return f"/patients/{patient.number}/forms/mdt-decision"


MDT = {
    "f.decided_on": str(hospital.day(100)),
    "f.members.liver-surgeon": ["A"],
    "f.resectability": "resectable",
    **{
        f"l.{label}.{code}": said for label in ("L1", "L2") for code, said in (("plan", "resect"), ("reason", "margin"))
    },
}


def stored(registry, patient, code="chemotherapy"):
    with registry.session() as session:
        return next((one for one in forms.entries(session, patient.id) if one.form_code == code), None)


def act(browser, path, name, **more):
    shown = browser.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)[1]
    version = re.search(r'name="version" value="(\d+)"', shown)[1]
    return browser.post(f"{path}/{name}", data={"csrf_token": token, "version": version, **more})


def test_a_draft_keeps_what_is_there_and_refuses_what_is_wrong(browsers, registry, patient, path):
    answer = send(browsers("coordinator"), path, {"f.regimen": "folfox", "act": "draft"})
    assert answer.status_code == 303
    assert stored(registry, patient).state == "started"
    wrong = send(browsers("coordinator"), path, {"f.n_cycles": "six", "act": "draft"})
    assert wrong.status_code == 422
    assert "expected a number" in error_beside(wrong.text, "f.n_cycles")
    assert error_beside(wrong.text, "f.antibody") == ""
    assert send(browsers("coordinator"), path, CHEMOTHERAPY).status_code == 303
    assert stored(registry, patient).state == "complete"


def test_each_person_finds_the_acts_of_the_own_role_and_no_others(browsers, registry, patient, path):
    send(browsers("coordinator"), path, CHEMOTHERAPY)
    for login, verifies in (("manager", True), ("coordinator", False), ("monitor", False)):
        assert (f"{path}/verify" in browsers(login).get(path).text) is verifies
    assert act(browsers("manager"), path, "verify").status_code == 303
    shown = browsers("monitor").get(path).text
    assert "verified Manager 佐藤, data manager" in words(shown)
    assert f"{path}/freeze" in browsers("manager").get(path).text
    assert f"{path}/freeze" not in shown


def test_a_form_is_signed_with_the_password_and_says_by_whom(browsers, registry, patient, mdt):
    send(browsers("coordinator"), mdt, MDT)
    act(browsers("manager"), mdt, "verify")
    wrong = act(browsers("investigator"), mdt, "signature", password="not the password", meaning="I agree")
    assert wrong.status_code == 422
    assert "The password is wrong" in words(wrong.text)
    assert stored(registry, patient, "mdt-decision").state == "verified"
    right = act(browsers("investigator"), mdt, "signature", password=hospital.PASSWORD, meaning="I agree with the plan")
    assert right.status_code == 303
    said = words(browsers("monitor").get(mdt).text)
    assert "“I agree with the plan”" in said
    change = {"f.decided_on": str(hospital.day(101)), "change_reason": "the letter says so"}
    assert send(browsers("coordinator"), mdt, change).status_code == 303
    said = words(browsers("monitor").get(mdt).text)
    assert re.search(r"The signature of .* fell on .* because the form changed: the letter says so", said)
    assert "complete" in said


def test_a_frozen_form_shows_no_way_to_save_and_a_step_back_asks_why(browsers, registry, patient, path):
    send(browsers("coordinator"), path, CHEMOTHERAPY)
    act(browsers("manager"), path, "verify")
    act(browsers("manager"), path, "freeze")
    assert "<fieldset disabled>" in browsers("coordinator").get(path).text
    refused = act(browsers("manager"), path, "unfreeze")
    assert refused.status_code == 409
    assert "Say why" in words(refused.text)
    assert act(browsers("manager"), path, "unfreeze", change_reason="a query").status_code == 303
    assert stored(registry, patient).state == "verified"


def test_an_act_on_a_version_that_is_gone_does_nothing_and_says_so(browsers, registry, patient, path):
    send(browsers("coordinator"), path, CHEMOTHERAPY)
    answer = act(browsers("manager"), path, "verify", version="7")
    assert answer.status_code == 412
    assert "nothing was done" in words(answer.text)
    assert stored(registry, patient).state == "complete"


def test_two_versions_are_merged_field_by_field_as_the_person_chooses(browsers, registry, patient, path):
    send(browsers("manager"), path, CHEMOTHERAPY)
    mine = fields(browsers("coordinator").get(path).text)
    send(browsers("manager"), path, {"f.n_cycles": "8", "f.antibody": "cetuximab", "change_reason": "miscounted"})
    typed = {**mine, "f.n_cycles": "9", "f.retrospective": "yes", "change_reason": "I know better"}
    answer = browsers("coordinator").post(path, data=typed)
    assert answer.status_code == 412
    assert "Cycles 8 9" in words(answer.text)
    asked = fields(answer.text)
    assert "pick.n_cycles" not in asked
    assert asked["pick.antibody"] == ["stored"]
    assert asked["pick.retrospective"] == ["yours"]
    assert asked["change_reason"] == ["I know better"]
    again = browsers("coordinator").post(path, data={**asked, "act": "merge"})
    assert again.status_code == 412
    assert "choose one of the two" in words(again.text)
    done = browsers("coordinator").post(path, data={**asked, "pick.n_cycles": "yours", "act": "merge"})
    assert done.status_code == 303
    kept = stored(registry, patient).data
    assert (kept["n_cycles"], kept["antibody"], kept["retrospective"]) == ("9", "cetuximab", True)


def test_a_merge_without_a_reason_comes_back_with_everything_chosen(browsers, registry, patient, path):
    send(browsers("manager"), path, CHEMOTHERAPY)
    mine = fields(browsers("coordinator").get(path).text)
    send(browsers("manager"), path, {"f.n_cycles": "8", "change_reason": "miscounted"})
    asked = fields(browsers("coordinator").post(path, data={**mine, "f.n_cycles": "9"}).text)
    refused = browsers("coordinator").post(path, data={**asked, "pick.n_cycles": "yours", "act": "merge"})
    assert refused.status_code == 422
    assert fields(refused.text)["f.n_cycles"] == ["9"]
    assert stored(registry, patient).data["n_cycles"] == "8"


def test_what_was_typed_into_a_form_that_was_locked_meanwhile_is_shown_and_not_saved(browsers, registry, patient, path):
    send(browsers("manager"), path, CHEMOTHERAPY)
    mine = fields(browsers("coordinator").get(path).text)
    act(browsers("manager"), path, "verify")
    act(browsers("manager"), path, "freeze")
    answer = browsers("coordinator").post(path, data={**mine, "f.n_cycles": "9", "change_reason": "x"})
    assert answer.status_code == 412
    assert "It is frozen now" in words(answer.text)
    assert "Cycles 6 9" in words(answer.text)
    assert "Save these answers" not in answer.text
    assert stored(registry, patient).data["n_cycles"] == "6"


def test_the_history_says_of_each_field_what_was_who_when_and_why(browsers, registry, patient, path):
    send(browsers("coordinator"), path, CHEMOTHERAPY)
    change = {"f.regimen": "capox", "f.n_cycles": "", "m.f.n_cycles": "not-known", "change_reason": "source checked"}
    send(browsers("manager"), path, change)
    act(browsers("manager"), path, "verify")
    shown = browsers("monitor").get(path).text
    assert f'href="{path}/history?field=n_cycles"' in shown
    assert "history?field=antibody" not in shown
    whole = words(browsers("monitor").get(f"{path}/history").text)
    assert "Manager 佐藤 manager · data manager" in whole
    assert "Regimen: FOLFOX → CAPOX" in whole
    assert "source checked" in whole
    assert "complete → verified" in whole
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", whole)
    one = words(browsers("monitor").get(f"{path}/history?field=n_cycles").text)
    assert "6 → (" in one
    assert "FOLFOX" not in one
    assert browsers("monitor").get(f"{path}/history?field=nothing").status_code == 404


def test_the_history_is_for_who_sees_the_patients_outcomes(browsers, registry, patient, path):
    send(browsers("coordinator"), path, CHEMOTHERAPY)
    expected = {
        "coordinator": 200,
        "statistician": 200,
        "elsewhere": 404,
        "radiologist": 403,
        "reader": 404,
        "admin": 403,
    }
    found = {login: browsers(login).get(f"{path}/history").status_code for login in expected}
    assert found == expected


def test_many_forms_are_verified_in_one_go_and_what_hinders_one_is_said(browsers, registry, patient, path, mdt):
    send(browsers("coordinator"), path, {"f.regimen": "folfox", "act": "draft"})
    send(browsers("coordinator"), mdt, MDT)
    overview = f"/patients/{patient.number}/forms"
    shown = browsers("manager").get(overview).text
    assert row(shown, "MDT decision").startswith("MDT decision complete")
    assert "checkbox" not in browsers("monitor").get(overview).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)[1]
    ticked = [f"{stored(registry, patient, code).id}@1" for code in ("chemotherapy", "mdt-decision")]
    answer = browsers("manager").post(f"{overview}/verify", data={"csrf_token": token, "entry": ticked})
    said = words(answer.text)
    assert "done for 1 form" in said
    assert "Chemotherapy: The form is started" in said
    assert stored(registry, patient, "mdt-decision").state == "verified"
