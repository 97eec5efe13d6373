"""Three people do their work in a real browser: a site coordinator, a data manager, a monitor."""

import re
from collections.abc import Iterator, Mapping

import pytest

from tests.pages import hospital

TODAY = str(hospital.TODAY)
CRITERIA = {code: answer for code, answer in hospital.ELIGIBLE.items() if answer in {"yes", "no"}}
AGAIN = {"chemotherapy_complete": "yes", "preoperative_ct_and_mri": "yes", "mdt_resectable": "yes"}
CHEMOTHERAPY = {"regimen": "folfox", "antibody": "bevacizumab", "n_cycles": "6"}


NOTHING_IS_FETCHED = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
"""Rows of lesions follow some answers: they are asked for as soon as one is changed."""


class Someone:
    """A person at a browser; only what they see on the pages leads them on."""

    def __init__(self, chromium, address: str, login: str) -> None:
        self.context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en", base_url=address)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", self._hear)
        self.page.goto("/login")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", hospital.PASSWORD)
        self.page.click("button.primary")

    def _hear(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(message.text)

    def answer(self, answers: Mapping[str, str | list[str]]) -> None:
        """Answer questions of a form, whatever input each has."""
        for name, answer in answers.items():
            for one in answer if isinstance(answer, list) else [answer]:
                self._answer(name, one)

    def _answer(self, name: str, answer: str) -> None:
        inputs = self.page.locator(f'[name="{name}"]')
        kind = inputs.first.evaluate("one => one.tagName === 'SELECT' ? 'select' : one.type")
        if kind in {"radio", "checkbox"}:
            self.page.check(f'[name="{name}"][value="{answer}"]')
        elif kind == "select":
            inputs.first.select_option(answer)
        else:
            inputs.first.fill(answer)
            inputs.first.blur()
        self.page.wait_for_function(NOTHING_IS_FETCHED)

    def follow(self, link) -> None:
        """Click, and wait for the page that comes then."""
        with self.page.expect_navigation():
            link.click()

    def press(self, button: str) -> None:
        self.follow(self.page.get_by_role("button", name=button, exact=True))

    def save(self, button: str = "Save as complete") -> None:
        self.press(button)
        alert = self.page.locator("[role=alert], .said.error")
        assert alert.count() == 0, [item.inner_text() for item in alert.all()]

    def open_form(self, number: str, label: str) -> None:
        self.page.goto(f"/patients/{number}")
        self.follow(self.page.get_by_role("link", name=label, exact=False).first)


@pytest.fixture
def people(chromium, address) -> Iterator:
    """Sign people in; at the end no page may have complained to its console."""
    found: list[Someone] = []

    def person(login: str) -> Someone:
        found.append(Someone(chromium, address, login))
        return found[-1]

    yield person
    for someone in found:
        someone.context.close()
        complaints = [text for text in someone.said if "422" not in text]
        assert complaints == []


def register(someone: Someone, road: str) -> str:
    """Register a patient from the list of patients; returns the number."""
    page = someone.page
    page.goto("/patients")
    page.get_by_role("link", name="Register a patient").click()
    someone.answer({"f.road": road, "f.consented_on": TODAY, "f.resectability": "borderline"})
    someone.answer({f"f.{code}": answer for code, answer in CRITERIA.items()})
    someone.save("Register")
    page.wait_for_url(re.compile(r"/patients/JP-06-\d{4}$"))
    return page.url.rsplit("/", 1)[1]


def list_lesions(someone: Someone, number: str, lesions: Mapping[str, str]) -> None:
    """Fill the baseline list: segment and diameter of each lesion."""
    page = someone.page
    page.goto(f"/patients/{number}/lesions")
    for index, (segment, diameter_mm) in enumerate(lesions.items()):
        row = page.locator("table tbody tr").nth(index)
        row.locator("select[name$='.segment']").select_option(segment)
        row.locator("input[name$='.mm']").fill(diameter_mm)
    someone.save("Save the list")


def treat(someone: Someone, number: str, *, retrospective: str) -> None:
    someone.open_form(number, "Chemotherapy")
    someone.answer({f"f.{code}": answer for code, answer in CHEMOTHERAPY.items()})
    someone.answer({"f.started_on": str(hospital.day(380)), "f.ended_on": str(hospital.day(440))})
    someone.answer({"f.retrospective": retrospective})
    someone.save()


def decide(someone: Someone, number: str, lesions: list[str]) -> None:
    someone.open_form(number, "MDT decision")
    someone.answer({"f.decided_on": TODAY, "f.members.liver-surgeon": "B. Surg", "f.resectability": "resectable"})
    for label in lesions:
        someone.answer({f"l.{label}.plan": "resect", f"l.{label}.reason": "with margin"})
    someone.save()


def register_for_surgery(someone: Someone, number: str) -> None:
    someone.page.goto(f"/patients/{number}")
    someone.page.get_by_role("link", name=re.compile("second registration", re.IGNORECASE)).first.click()
    someone.answer({f"f.{code}": answer for code, answer in {**AGAIN, "fit_for_surgery": "yes"}.items()})
    someone.save("Register")


def operate_and_follow(someone: Someone, number: str) -> None:
    """L1 is resected without viable cells, L2 left in place and free at the first imaging."""
    someone.open_form(number, "Surgery")
    someone.answer({"f.operated_on": TODAY, "f.procedure": "Segmentectomy VIII", "f.resection_type": "anatomical"})
    someone.answer({"f.segments_resected": ["VIII"], "f.ultrasound": "with-contrast"})
    for label, fate in {"L1": "resected", "L2": "left-in-place"}.items():
        someone.answer({f"l.{label}.ultrasound_finding": "not-seen", f"l.{label}.found_by_surgeon": "no"})
        someone.answer({f"l.{label}.fate": fate})
    someone.save()
    someone.open_form(number, "Pathology")
    someone.answer({"f.operated_on": TODAY, "f.reported_on": TODAY})
    assert someone.page.locator("[name='l.L2.matching']").count() == 0, "only what was resected is asked about"
    someone.answer({"l.L1.matching": "certain", "l.L1.viable_cells": "none", "l.L1.regression_grade": "1"})
    someone.save()
    someone.page.goto(f"/patients/{number}/forms/follow-up?timepoint=month-3")
    someone.answer({"f.imaged_on": TODAY, "f.modalities": ["ct"], "f.adequate": "yes"})
    someone.answer({"f.elsewhere_in_liver": "no", "f.outside_liver": "no"})
    someone.answer({"l.L2.at_site": "no-recurrence", "l.L2.local_treatment": "none"})
    someone.save()


@pytest.mark.browser
@pytest.mark.parametrize(("road", "retrospective"), [("prospective", "no"), ("simultaneous", "yes")])
def test_a_coordinator_takes_a_patient_of_each_road_to_follow_up(people, road, retrospective):
    coordinator = people("coordinator")
    number = register(coordinator, road)
    list_lesions(coordinator, number, {"VIII": "18", "IVb": "11.5"})
    treat(coordinator, number, retrospective=retrospective)
    decide(coordinator, number, ["L1", "L2"])
    register_for_surgery(coordinator, number)
    operate_and_follow(coordinator, number)
    coordinator.page.goto(f"/patients/{number}/forms")
    rows = coordinator.page.locator("tbody tr").all_inner_texts()
    complete = {row.strip().split("\t")[0].strip().split("\n")[0] for row in rows if "complete" in row}
    assert {"Surgery", "Pathology", "Chemotherapy", "MDT decision"} <= {name.split(" ·")[0] for name in complete}


@pytest.mark.browser
def test_questions_follow_the_answers_while_a_form_is_filled(people):
    coordinator = people("coordinator")
    number = register(coordinator, "prospective")
    coordinator.page.goto(f"/patients/{number}/forms/chemotherapy")
    other = coordinator.page.locator("[name='f.regimen_other']")
    assert not other.is_visible()
    coordinator.answer({"f.n_cycles": "4", "f.regimen": "other"})
    other.wait_for(state="visible")
    assert coordinator.page.locator("[name='f.n_cycles']").input_value() == "4"
    coordinator.answer({"f.regimen_other": "trial drug", "f.regimen": "folfiri"})
    other.wait_for(state="hidden")
    assert other.is_disabled(), "it is kept for a change of mind, and not sent"


@pytest.mark.browser
def test_a_data_manager_verifies_and_locks_and_a_monitor_reads_a_fields_history(people):
    coordinator, manager = people("coordinator"), people("manager")
    number = register(coordinator, "prospective")
    treat(coordinator, number, retrospective="no")
    coordinator.open_form(number, "Chemotherapy")
    coordinator.answer({"f.n_cycles": "8", "change_reason": "two more cycles were found in the chart"})
    coordinator.save("Save the change")

    page = manager.page
    page.goto(f"/patients/{number}/forms")
    for act in ("Verify", "Freeze", "Lock"):
        manager.press(act)
    page.goto(f"/patients/{number}/forms")
    assert "locked" in page.locator("tr", has_text="Chemotherapy").inner_text()
    eligibility = page.locator("tr", has_text="Eligibility, first registration").inner_text()
    assert "verified" in eligibility, "it waits for the investigator's signature"

    investigator = people("investigator")
    investigator.page.goto(f"/patients/{number}/forms/eligibility")
    investigator.page.get_by_text("Sign …").click()
    investigator.page.fill("[name=password]", hospital.PASSWORD)
    investigator.save("Sign")
    page.goto(f"/patients/{number}/forms/eligibility")
    for act in ("Freeze", "Lock"):
        manager.save(act)
    assert page.locator("[aria-current=step]").inner_text().lower().startswith("locked")

    monitor = people("monitor")
    monitor.page.goto(f"/patients/{number}/forms/chemotherapy")
    assert monitor.page.get_by_role("button", name=re.compile("Save")).count() == 0
    monitor.page.locator(".history-link").first.click()
    told = " ".join(monitor.page.locator("main").inner_text().split())
    assert "6 → 8" in told
    assert "two more cycles were found in the chart" in told
    assert "Coordinator 佐藤" in told
