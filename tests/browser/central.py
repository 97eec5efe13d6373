"""A central reader at the desk: hands on the keyboard only, and the case they were given."""

from typing import Any

from playwright.sync_api import expect
from sqlalchemy import select

from casebook.installation import Installation
from casebook.store import assignments, lesions
from casebook.store.tables import Account, LesionMark, ReadingAssignment, Subject
from services.command.demonstration.people import PASSWORD, READERS
from tests.browser.workspace import Workspace

CASE = "BE-02-0001"
"""The sample patient whose images have passed and whom nobody has read yet."""
READER = READERS[0]
STEPS = ("ct", "dwi", "t1t2", "eob", "combined")
MORE_LESIONS = (("L5", "L1", (-14.0, 6.0)), ("L6", "L4", (12.0, 9.0)))
"""Label, the lesion it lies beside, and how far from it along x and y (mm)."""


def add_lesions(installation: Installation) -> None:
    """Put two more lesions on the agreed list, so that it has six."""
    with installation.database.transaction(actor="manager", reason="a test") as session:
        subject = session.scalars(select(Subject).where(Subject.number == CASE)).one()
        known = {row.label: row for row in lesions.of_subject(session, subject.id)}
        for label, beside, shift in MORE_LESIONS:
            values = {"label": label, "segment": "VI", "baseline_diameter_mm": "9.0"}
            added = lesions.add(session, subject_id=subject.id, **values)
            marks = session.scalars(select(LesionMark).where(LesionMark.lesion_id == known[beside].id)).all()
            for mark in marks:
                session.add(_moved(mark, added.id, shift))


def _moved(mark: LesionMark, lesion_id, shift: tuple[float, float]) -> LesionMark:
    x, y = shift
    return LesionMark(
        lesion_id=lesion_id,
        series_id=mark.series_id,
        frame_of_reference_uid=mark.frame_of_reference_uid,
        x_mm=mark.x_mm + x,
        y_mm=mark.y_mm + y,
        z_mm=mark.z_mm,
        source=mark.source,
    )


def assignment_of(installation: Installation, login: str = READER) -> ReadingAssignment:
    """Return under what the reader knows the case."""
    with installation.database.session() as session:
        subject = session.scalars(select(Subject).where(Subject.number == CASE)).one()
        account = session.scalars(select(Account).where(Account.login == login)).one()
        return next(row for row in assignments.of_subject(session, subject.id) if row.account_id == account.id)


class Desk(Workspace):
    """The workspace of a central reader; nothing here takes a mouse."""

    case_id = ""

    def open(self, installation: Installation, timepoint: str = "baseline") -> None:
        """Sign in and open the case at a timepoint, in English."""
        self.case_id = str(assignment_of(installation).id)
        self.sign_in(READER)
        self.speak_english()
        self.go_to(timepoint)

    def speak_english(self) -> None:
        self.page.add_init_script(
            "localStorage.getItem('casebook.language') ?? localStorage.setItem('casebook.language', 'en')"
        )

    def go_to(self, timepoint: str) -> None:
        self.page.goto(f"/viewer/case/{self.case_id}/{timepoint}")
        self.wait_until_open()

    def wait_until_open(self) -> None:
        """Wait until every pane that has a series shows it; in the first steps some have none."""
        self.page.wait_for_function(
            "() => window.casebook?.panes().some(({ imageId }) => imageId)"
            " && window.casebook.panes().every(({ busy }) => !busy)"
        )
        self.settle()

    def key(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def step(self) -> str:
        return self.page.evaluate("() => window.casebook.step()")

    def wait_for_step(self, code: str) -> None:
        self.page.wait_for_function(f"() => window.casebook?.step() === '{code}'")
        self.wait_until_open()

    def wait_until_saved(self) -> None:
        expect(self.page.locator(".save")).to_contain_text("Saved", timeout=30_000)

    def case(self, timepoint: str) -> dict[str, Any]:
        """Return the case as the server tells it."""
        return self.page.request.get(f"/api/v1/cases/{self.case_id}/{timepoint}").json()

    def read(self, timepoint: str) -> dict[str, Any]:
        """Return the own read as the server tells it."""
        return self.case(timepoint)["read"]

    def sign(self) -> None:
        """Sign with the password, from the keyboard."""
        self.key("Shift+Enter")
        expect(self.page.get_by_role("dialog")).to_be_visible()
        self.key("Tab")
        self.page.keyboard.type(PASSWORD)
        self.key("Enter")
        expect(self.page.locator(".save")).to_contain_text("Signed and locked", timeout=30_000)
