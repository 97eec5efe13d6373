"""A site sends a zip with ten faults; the board says each, queries go out in one batch, and at the end it is green."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from casebook.installation import Installation
from services.command.demo import PASSWORD
from services.command.machine import operator
from services.ingest import worker
from tests import ten_faults
from tests.browser.conftest import is_trouble, served
from tests.registering import a_registration

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_MS = 60_000
FORM = {
    "ct_on": ten_faults.CT_ON,
    "mri_on": ten_faults.WRONG_MRI_ON,
    "b_values": "0, 50, 400, 800",
    "ct_slice_thickness_mm": "5.0",
}
FOUND = {
    "another patient in the submission": "7 files held",
    "series missing": "EOB hepatobiliary",
    "b-values differ": "0, 800 s/mm²",
    "slices too thick": "7 mm",
    "study date differs": ten_faults.WRONG_MRI_ON,
    "text burned into the image": "1 file held",
    "broken file": "1 file held",
    "not a DICOM image": "1 file held",
    "archive in an archive": "1 file held",
}
"""What the board says of each fault that somebody has to settle; the duplicate is on the submission's receipt."""


class Someone:
    """A person at a browser."""

    def __init__(self, chromium: Browser, address: str, login: str) -> None:
        self.context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=address, locale="en")
        self.context.set_default_timeout(LONG_MS)
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda said: self.troubles.append(said.text) if is_trouble(said) else None)
        self.page.goto("/login?lang=en")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/work")

    def send(self, number: str, zipped: Path) -> None:
        self.page.goto(f"/submissions/new?patient={number}&timepoint=baseline")
        self.page.set_input_files("#files", zipped)
        self.page.get_by_role("link", name="Receipt").wait_for()

    def fill_form(self, number: str, answers: dict[str, str], *, why: str | None = None) -> None:
        self.page.goto(f"/patients/{number}/forms/imaging-performed?timepoint=baseline")
        for name, answer in answers.items():
            self.page.fill(f'[name="f.{name}"]', answer)
        if why is None:
            self.page.check('[name="f.gadoxetate"][value="yes"]')
        else:
            self.page.fill('[name="change_reason"]', why)
        self.page.locator("button.primary", has_text="Save").click()
        self.page.wait_for_load_state("networkidle")
        assert self.page.locator("[role=alert]").all_inner_texts() == []

    def answer_all(self, said: str) -> int:
        """Answer every query of the own list that is open; returns how many there were."""
        self.page.goto("/queries?state=open")
        links = self.page.locator(".queries tbody th a")
        paths = [str(link.get_attribute("href")) for link in links.all()]
        for path in paths:
            self.page.goto(path)
            self.page.fill("#said", said)
            self.page.get_by_role("button", name="Answer", exact=True).click()
            self.page.get_by_role("status").wait_for()
        return len(paths)

    def choose_all(self, name: str) -> int:
        boxes = self.page.locator(f"input[name={name}]")
        for box in boxes.all():
            box.check()
        return boxes.count()

    def refuse_all_held(self, number: str) -> int:
        """Refuse every group of files that is held; returns how many groups there were."""
        for n in range(20):
            self.page.goto(f"/quarantine?patient={number}")
            looks = self.page.get_by_role("link", name="Look", exact=True)
            if looks.count() == 0:
                return n
            looks.first.click()
            self.page.check("[name=decision][value=refuse]")
            if self.page.locator("[name=scope][value=alike]").count():
                self.page.check("[name=scope][value=alike]")
            self.page.fill("textarea[name=reason]", "not images of this examination")
            self.page.get_by_role("button", name="Decide").click()
            self.page.get_by_role("status").wait_for()
        pytest.fail("files are still held")

    def board(self, number: str) -> list[str]:
        """What differs and is not settled, a line each."""
        self.page.goto(f"/board?search={number}")
        lines = self.page.locator(".board tbody tr:has(input[name=row])").all_inner_texts()
        return [" ".join(line.split()) for line in lines]


@pytest.fixture
def people(chromium: Browser, sample: Installation):
    with served(sample) as address, worker.beside(sample):
        found = [Someone(chromium, address, login) for login in ("coordinator", "manager")]
        yield found
        for someone in found:
            someone.context.close()
            assert someone.troubles == []


@pytest.fixture
def number(sample: Installation) -> str:
    """A patient who was registered when the images were taken."""
    actor = operator("DREAM")
    with sample.database.transaction(actor=actor.login, reason="a test") as session:
        subject = a_registration(
            session,
            actor,
            site_code=ten_faults.SITE,
            registered_on=date.fromisoformat(ten_faults.REGISTERED_ON),
            key=sample.settings.key,
        )
        return subject.number


def test_ten_faults_are_said_asked_about_answered_and_settled(people, number, tmp_path):
    coordinator, manager = people
    sent = ten_faults.make(tmp_path)
    coordinator.send(number, sent.path)
    coordinator.page.get_by_role("link", name="Receipt").click()
    told = " ".join(coordinator.page.locator("main").inner_text().split())
    assert f"archived {sent.n_archived} " in told
    assert f"duplicate {sent.n_duplicates} " in told
    coordinator.fill_form(number, FORM)

    lines = manager.board(number)
    for what, found in FOUND.items():
        assert any(what in line and found in line for line in lines), (what, lines)
    n_asked = manager.choose_all("row")
    assert n_asked == len(lines)
    manager.page.get_by_role("button", name="Send queries").click()
    manager.page.get_by_role("button", name=f"Send {n_asked} queries").click()
    manager.page.get_by_role("status").wait_for()

    assert coordinator.answer_all("Corrected; what was missing is sent.") >= len(FOUND)
    coordinator.fill_form(number, {"mri_on": ten_faults.MRI_ON, "b_values": "0, 800"}, why="typing errors")
    coordinator.send(number, ten_faults.make_missing(tmp_path))

    assert manager.refuse_all_held(number) == len(ten_faults.HELD)
    left = manager.board(number)
    assert all("slices too thick" in line for line in left), left
    manager.choose_all("row")
    manager.page.fill("#reason", "the scanner makes no thinner ones")
    manager.page.get_by_role("button", name="Accept with reason").click()
    manager.page.get_by_role("status").wait_for()
    assert manager.board(number) == []
    expect(manager.page.get_by_text("Nothing differs that is not settled.")).to_be_visible()
    manager.page.get_by_role("link", name="Nothing standing", exact=True).click()
    expect(manager.page.get_by_role("link", name=number, exact=True).first).to_be_visible()
