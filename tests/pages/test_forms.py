"""Reading and filling forms by page."""

from datetime import timedelta

import pytest

from casebook.store import forms
from casebook.store.registry import timepoints
from casebook.store.tables import Lesion
from tests.pages import hospital
from tests.pages.reading import error_beside, fields, section, words

HERE = f"{hospital.SITE}-0001"
ELSEWHERE = f"{hospital.OTHER_SITE}-0001"
FULL = {
    "eligibility": None,
    "eligibility-second": None,
    "baseline-disease": None,
    "chemotherapy": None,
    "mdt-decision": None,
    "surgery": None,
    "pathology": None,
    "follow-up": "month-3",
}


@pytest.fixture
def patient(registry):
    """A new patient with two lesions, of one's own."""
    with registry.transaction(actor="machine", reason="a test") as session:
        subject = hospital.a_patient(session)
        session.add_all(Lesion(subject_id=subject.id, label=label, segment="V") for label in ("L1", "L2"))
    return subject


def stored(database, subject, code):
    with database.session() as session:
        return next((row for row in forms.entries(session, subject.id) if row.form_code == code), None)


def send(browser, path, changes):
    """Open a form, change what is given, send all of it as a browser would."""
    shown = browser.get(path).text
    return browser.post(path, data={**fields(shown), **changes})


CHEMOTHERAPY = {
    "f.regimen": "folfox",
    "f.antibody": "none",
    "f.n_cycles": "6",
    "f.retrospective": "no",
    "f.started_on": str(hospital.day(7)),
}


@pytest.mark.parametrize(
    ("login", "here", "elsewhere"),
    [
        ("manager", 200, 200),
        ("monitor", 200, 200),
        ("statistician", 200, 200),
        ("coordinator", 200, 404),
        ("elsewhere", 404, 200),
        ("radiologist", 403, 403),
        ("reader", 404, 404),
        ("admin", 403, 403),
    ],
)
def test_forms_open_for_who_sees_outcomes_at_the_own_site_only(browsers, login, here, elsewhere):
    assert browsers(login).get(f"/patients/{HERE}/forms/surgery").status_code == here
    assert browsers(login).get(f"/patients/{ELSEWHERE}/forms/surgery").status_code == elsewhere


@pytest.mark.parametrize("login", ["monitor", "statistician"])
def test_who_may_not_edit_reads_without_a_way_to_save(browsers, login):
    shown = browsers(login).get(f"/patients/{HERE}/forms/surgery").text
    assert "<fieldset disabled>" in shown
    assert "button primary" not in shown
    token = fields(shown)["csrf_token"]
    answer = browsers(login).post(f"/patients/{HERE}/forms/surgery", data={"csrf_token": token})
    assert answer.status_code == 403


@pytest.mark.parametrize(("form", "timepoint"), FULL.items())
def test_a_stored_form_is_shown_so_that_sending_it_unchanged_changes_nothing(browsers, registry, form, timepoint):
    path = f"/patients/{HERE}/forms/{form}" + (f"?timepoint={timepoint}" if timepoint else "")
    answer = send(browsers("manager"), path, {})
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("saved=1")
    assert "Saved as version 1." in browsers("manager").get(answer.headers["location"]).text


def test_an_entry_is_saved_and_shown_again(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    answer = send(browsers("coordinator"), path, CHEMOTHERAPY)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?saved=1")
    kept = stored(registry, patient, "chemotherapy")
    assert kept.data["n_cycles"] == "6"
    assert kept.data["retrospective"] is False
    again = fields(browsers("coordinator").get(path).text)
    assert again["f.started_on"] == [str(hospital.day(7))]
    assert again["version"] == ["1"]


def test_every_error_stands_beside_its_field_and_nothing_typed_is_lost(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    wrong = {
        **CHEMOTHERAPY,
        "f.n_cycles": "six",
        "f.started_on": str(hospital.TODAY + timedelta(days=9)),
        "f.antibody": "",
    }
    answer = send(browsers("manager"), path, wrong)
    assert answer.status_code == 422
    assert "found “six”; expected a number" in error_beside(answer.text, "f.n_cycles")
    assert "after today" in error_beside(answer.text, "f.started_on")
    assert fields(answer.text)["f.n_cycles"] == ["six"]
    assert "3 answers keep the form from being saved" in words(answer.text)
    assert stored(registry, patient, "chemotherapy") is None


def test_errors_are_said_in_japanese_too(browsers, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    answer = send(browsers("kanri"), path, {**CHEMOTHERAPY, "f.n_cycles": "六"})
    assert "数値ではありません" in error_beside(answer.text, "f.n_cycles")


def test_a_reason_stands_for_an_answer_but_not_beside_one(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    both = send(browsers("manager"), path, {**CHEMOTHERAPY, "m.f.n_cycles": "not-known"})
    assert "clear one of them" in error_beside(both.text, "f.n_cycles")
    one = send(browsers("manager"), path, {**CHEMOTHERAPY, "f.n_cycles": "", "m.f.n_cycles": "not-known"})
    assert one.status_code == 303
    assert stored(registry, patient, "chemotherapy").data["n_cycles"] == {"missing": "not-known"}


def test_a_closed_question_that_is_answered_says_when_it_is_asked(browsers, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    shown = browsers("manager").get(path).text
    assert "only when “Regimen” is Other" in words(shown)
    answer = send(browsers("manager"), path, {**CHEMOTHERAPY, "f.regimen_other": "something"})
    assert "is asked only when regimen is other" in error_beside(answer.text, "f.regimen_other")


def test_members_and_lesion_rows_go_there_and_back(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/mdt-decision"
    answer = send(
        browsers("manager"),
        path,
        {
            "f.decided_on": str(hospital.day(100)),
            "f.members.liver-surgeon": ["Dr. A, Ph.D.", "山田 太郎", ""],
            "f.resectability": "resectable",
            "l.L1.plan": "resect",
            "l.L1.reason": "margin",
            "l.L2.plan": "leave",
            "l.L2.reason": "gone",
        },
    )
    assert answer.status_code == 303
    data = stored(registry, patient, "mdt-decision").data
    assert [member["name"] for member in data["members"]] == ["Dr. A, Ph.D.", "山田 太郎"]
    assert data["lesions"]["L2"] == {"plan": "leave", "reason": "gone"}
    shown = fields(browsers("manager").get(path).text)
    assert shown["f.members.liver-surgeon"] == ["Dr. A, Ph.D.", "山田 太郎", ""]
    assert shown["l.L2.plan"] == ["leave"]


def test_an_error_in_a_lesions_row_stands_in_its_cell(browsers, patient):
    path = f"/patients/{patient.number}/forms/mdt-decision"
    answer = send(
        browsers("manager"),
        path,
        {
            "f.decided_on": str(hospital.day(100)),
            "f.members.liver-surgeon": "A",
            "f.resectability": "resectable",
            "l.L1.plan": "resect",
            "l.L1.reason": "margin",
        },
    )
    assert "required" in error_beside(answer.text, "l.L2.plan")
    assert error_beside(answer.text, "l.L1.plan") == ""


def test_pathology_begins_with_the_operation_that_has_no_report(browsers, registry, patient):
    with registry.transaction(actor="machine", reason="a test") as session:
        hospital.fill(
            session,
            patient,
            "surgery",
            {
                "operated_on": str(hospital.day(121)),
                "procedure": "resection",
                "resection_type": "non-anatomical",
                "segments_resected": ["V"],
                "ultrasound": "not-done",
                "lesions": {
                    "L1": {"found_by_surgeon": "yes", "fate": "resected"},
                    "L2": {"found_by_surgeon": "no", "fate": "left-in-place"},
                },
            },
        )
    path = f"/patients/{patient.number}/forms/pathology"
    shown = browsers("manager").get(path).text
    assert fields(shown)["f.operated_on"] == [str(hospital.day(121))]
    assert "l.L1.matching" in shown
    assert "l.L2.matching" not in shown


def test_chemotherapy_after_surgery_does_not_make_the_surgery_early(browsers, registry, patient):
    surgery = {
        "operated_on": str(hospital.day(121)),
        "procedure": "wedge",
        "resection_type": "none",
        "ultrasound": "not-done",
        "lesions": {label: {"found_by_surgeon": "no", "fate": "not-found"} for label in ("L1", "L2")},
    }
    after = {**hospital.CHEMOTHERAPY, "started_on": str(hospital.day(160)), "ended_on": str(hospital.day(230))}
    with registry.transaction(actor="machine", reason="a test") as session:
        hospital.fill(session, patient, "surgery", surgery)
        hospital.fill(session, patient, "chemotherapy", after)
    shown = browsers("manager").get(f"/patients/{patient.number}/forms/surgery").text
    assert "before the end of chemotherapy" not in words(shown)


def test_the_lesions_asked_about_can_be_shown_for_other_answers_without_saving(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/follow-up?timepoint=month-3"
    answer = send(browsers("manager"), path, {"act": "rows", "f.imaged_on": str(hospital.day(200))})
    assert answer.status_code == 200
    assert "l.L1.at_site" in answer.text
    assert stored(registry, patient, "follow-up") is None


def test_a_change_needs_its_reason_and_keeps_it_in_the_trail(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    send(browsers("manager"), path, CHEMOTHERAPY)
    without = send(browsers("manager"), path, {"f.n_cycles": "8"})
    assert without.status_code == 422
    assert "say why" in error_beside(without.text, "change_reason")
    assert fields(without.text)["f.n_cycles"] == ["8"]
    answer = send(browsers("manager"), path, {"f.n_cycles": "8", "change_reason": "miscounted"})
    assert answer.headers["location"] == f"{path}?saved=2"
    assert stored(registry, patient, "chemotherapy").data["n_cycles"] == "8"


def test_a_form_changed_meanwhile_shows_who_changed_what_and_both_answers(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    send(browsers("manager"), path, CHEMOTHERAPY)
    mine = fields(browsers("coordinator").get(path).text)
    send(browsers("manager"), path, {"f.n_cycles": "8", "change_reason": "miscounted"})
    answer = browsers("coordinator").post(path, data={**mine, "f.n_cycles": "9", "change_reason": "I know better"})
    assert answer.status_code == 412
    said = words(answer.text)
    assert "Manager 佐藤 saved version 2" in said
    assert "Reason given: miscounted" in said
    assert "Cycles 8 9" in said
    assert stored(registry, patient, "chemotherapy").data["n_cycles"] == "8"
    again = fields(answer.text)
    assert again["change_reason"] == ["I know better"]
    assert browsers("coordinator").post(path, data=again).status_code == 303
    assert stored(registry, patient, "chemotherapy").data["n_cycles"] == "9"


def test_a_first_entry_that_somebody_else_made_meanwhile_is_not_overwritten(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    mine = {**fields(browsers("coordinator").get(path).text), **CHEMOTHERAPY, "f.n_cycles": "9"}
    send(browsers("manager"), path, CHEMOTHERAPY)
    assert browsers("coordinator").post(path, data=mine).status_code == 412
    assert stored(registry, patient, "chemotherapy").data["n_cycles"] == "6"


def test_a_form_without_the_sessions_token_is_refused(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    assert browsers("manager").post(path, data={**CHEMOTHERAPY, "version": "0"}).status_code == 403
    assert stored(registry, patient, "chemotherapy") is None


def test_nobody_fills_a_form_of_another_site(browsers, registry, patient):
    browser = browsers("elsewhere")
    token = fields(browser.get(f"/patients/{ELSEWHERE}/forms/chemotherapy").text)["csrf_token"]
    answer = browser.post(
        f"/patients/{patient.number}/forms/chemotherapy", data={**CHEMOTHERAPY, "version": "0", "csrf_token": token}
    )
    assert answer.status_code == 404
    assert stored(registry, patient, "chemotherapy") is None


def test_a_refused_entry_leaves_no_timepoint_behind(browsers, registry, patient):
    path = f"/patients/{patient.number}/forms/follow-up?timepoint=month-6"
    assert send(browsers("manager"), path, {"f.imaged_on": "soon"}).status_code == 422
    with registry.session() as session:
        assert not [row for row in timepoints(session, patient.id) if row.code == "month-6"]


@pytest.mark.parametrize(
    "rest",
    [
        "nothing",
        "surgery?timepoint=month-3",
        "follow-up",
        "follow-up?timepoint=baseline",
        "surgery?ordinal=3",
        "eligibility?ordinal=2",
    ],
)
def test_entries_the_study_does_not_ask_for_do_not_exist(browsers, rest):
    assert browsers("manager").get(f"/patients/{HERE}/forms/{rest}").status_code == 404


def test_a_further_entry_of_a_repeatable_form_is_a_form_of_its_own(browsers, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    send(browsers("manager"), path, CHEMOTHERAPY)
    second = f"{path}?ordinal=2"
    assert fields(browsers("manager").get(second).text)["f.n_cycles"] == [""]
    answer = send(browsers("manager"), second, {**CHEMOTHERAPY, "f.n_cycles": "2"})
    assert answer.headers["location"] == f"{second}&saved=1"
    listed = section(browsers("manager").get(f"/patients/{patient.number}").text, "Forms")
    assert "Chemotherapy 2 complete 1" in words(listed)


def test_text_from_people_stays_text(browsers, patient):
    path = f"/patients/{patient.number}/forms/chemotherapy"
    nasty = '"><script>alert(1)</script>'
    answer = send(browsers("manager"), path, {**CHEMOTHERAPY, "f.regimen": "other", "f.regimen_other": nasty})
    assert answer.status_code == 303
    for page in (path, f"/patients/{patient.number}"):
        assert "<script>" not in browsers("manager").get(page).text
