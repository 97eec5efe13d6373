"""The local read of a site by page, and what it counts for."""

import re

import pytest

from casebook.store import lesions, reads
from casebook.store.tables import Lesion
from tests.pages import hospital
from tests.pages.reading import fields, words

HERE = f"{hospital.SITE}-0001"
SEQUENCES = ("ct", "dwi", "t1t2", "eob")


@pytest.fixture
def patient(registry):
    """A new patient with one lesion and images before surgery."""
    with registry.transaction(actor="machine", reason="a test") as session:
        subject = hospital.a_patient(session)
        session.add(Lesion(subject_id=subject.id, label="L1", segment="V"))
        hospital.some_images(session, subject, "preoperative", 98)
    return subject


def at(subject) -> str:
    return f"/patients/{subject.number}/reads/preoperative"


def send(browser, path, changes):
    shown = browser.get(path).text
    start = shown.index(f'action="{path}"')
    return browser.post(path, data={**fields('class="entry"' + shown[start:]), **changes})


UNCLEAR = {"L1.dwi.seen": "not-evaluable", "L1.dwi.why": "motion"}
WHOLE = {f"L1.{sequence}.seen": "not-visible" for sequence in SEQUENCES} | UNCLEAR


def accepted(registry, subject):
    with registry.session() as session:
        return reads.accepted(session, [subject.id]).get(subject.id, {})


@pytest.mark.parametrize(("login", "status"), [("radiologist", 200), ("coordinator", 403), ("reader", 404)])
def test_a_sites_radiologist_alone_opens_the_read(browsers, patient, login, status):
    assert browsers(login).get(at(patient)).status_code == status
    assert browsers(login).get(f"/patients/{hospital.OTHER_SITE}-0001/reads/preoperative").status_code in {404, 403}


def test_a_draft_is_saved_cell_by_cell_and_comes_back(browsers, patient, registry):
    browser = browsers("radiologist")
    changes = {"L1.ct.seen": "visible", "L1.ct.mm": "8.5", "L1.dwi.seen": "not-evaluable", "L1.dwi.why": "motion"}
    assert send(browser, at(patient), {**changes, "act": "save"}).status_code == 303
    shown = browser.get(at(patient)).text
    assert 'value="8.5"' in shown
    assert accepted(registry, patient) == {}
    assert send(browser, at(patient), {"L1.ct.seen": "", "L1.ct.mm": "", "act": "save"}).status_code == 303
    assert 'value="8.5"' not in browser.get(at(patient)).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"L1.ct.seen": "visible", "L1.ct.mm": "large"}, "expected mm"),
        ({"L1.ct.seen": "not-visible", "L1.ct.mm": "8"}, "only a visible lesion has a diameter"),
        ({"L1.ct.seen": "visible", "L1.ct.why": "motion"}, "only where it is not evaluable"),
    ],
)
def test_a_verdict_that_contradicts_itself_is_said_in_its_cell(browsers, patient, changes, said):
    answer = send(browsers("radiologist"), at(patient), {**changes, "act": "save"})
    assert answer.status_code == 422
    assert said in re.search(r'id="L1.ct-help">(.*?)</span>', answer.text)[1]


def test_a_read_is_signed_whole_with_the_password_and_counts_until_there_is_a_central_one(browsers, patient, registry):
    browser = browsers("radiologist")
    holes = send(browser, at(patient), {"L1.ct.seen": "visible", "act": "sign", "password": hospital.PASSWORD})
    assert holes.status_code == 422
    assert "needs its diameter" in words(holes.text)
    assert "no verdict yet" in words(holes.text)
    wrong = send(browser, at(patient), {**WHOLE, "act": "sign", "password": "not mine"})
    assert "the password is wrong" in words(wrong.text)
    assert accepted(registry, patient) == {}
    assert send(browser, at(patient), {**WHOLE, "act": "sign", "password": hospital.PASSWORD}).status_code == 303
    assert accepted(registry, patient)["preoperative"].reading.kind == "site"
    assert 'name="password"' not in browser.get(at(patient)).text
    shown = browsers("manager").get(f"/patients/{patient.number}").text
    assert "local read of the site" in words(shown)
    assert "undetermined · DWI" in words(re.search(r'<tr id="lesion-L1">.*?</tr>', shown, re.DOTALL)[0])


def test_a_sites_read_does_not_take_the_place_of_a_central_one(browsers, registry):
    path = f"/patients/{HERE}/reads/preoperative"
    with registry.session() as session:
        subject_id = session.query(Lesion).filter_by(label="L5").first().subject_id
        labels = [item.label for item in lesions.of_subject(session, subject_id)]
    whole = {f"{label}.{sequence}.seen": "not-visible" for label in labels for sequence in SEQUENCES}
    answer = send(browsers("radiologist"), path, {**whole, "act": "sign", "password": hospital.PASSWORD})
    assert answer.status_code == 303, words(answer.text)
    shown = browsers("manager").get(f"/patients/{HERE}").text
    assert "no · EOB visible" in words(re.search(r'<tr id="lesion-L3">.*?</tr>', shown, re.DOTALL)[0])


def test_before_images_arrive_there_is_nothing_to_read(browsers, patient):
    shown = browsers("radiologist").get(f"/patients/{patient.number}/reads/baseline")
    assert shown.status_code == 200
    assert "No images of this timepoint have arrived" in words(shown.text)
    assert browsers("radiologist").get(f"/patients/{patient.number}/reads/never").status_code == 404
