"""A patient with images at baseline and a form about them, for tests of reconciliation."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from casebook.actions.forms import save_entry
from casebook.actions.reconcile import Reconciled, reconcile
from casebook.actions.signing_in import signed_in_as
from casebook.domain.actors import Actor
from casebook.domain.reconciliation.wanted import Wanted
from casebook.store import forms, images
from casebook.store.database import set_actor
from casebook.store.tables import Discrepancy, ImageCheck, QuarantineItem, Subject, Submission, Timepoint
from tests.pages import hospital

BASELINE = "baseline"
IMAGED_ON = hospital.day(-8)
FORM = {"ct_on": str(IMAGED_ON), "mri_on": str(IMAGED_ON), "b_values": "50, 800", "gadoxetate": "yes"}
EVERYTHING = Wanted()


@dataclass
class Desk:
    """The data centre's desk: a registry in one session, with the study key at hand."""

    session: Session
    subject: Subject

    def compare(self, days: int = 0) -> Reconciled:
        return reconcile(self.session, self.subject, key=hospital.KEY, now=hospital.NOW + timedelta(days=days))

    def fill(self, *, draft: bool = False, **answers: object) -> None:
        """Fill the form about the images, or change it."""
        timepoint_id = images.ensure_timepoint(self.session, self.subject.id, BASELINE)
        known = forms.entry(
            self.session,
            subject_id=self.subject.id,
            form_code="imaging-performed",
            timepoint_id=timepoint_id,
            ordinal=1,
        )
        save_entry(
            self.session,
            hospital.MACHINE,
            subject_id=self.subject.id,
            form_code="imaging-performed",
            timepoint_code=BASELINE,
            ordinal=1,
            data=FORM | answers,
            version=known.version if known else None,
            reason="corrected" if known else None,
            now=hospital.NOW,
            draft=draft,
        )

    def rows(self) -> dict[str, Discrepancy]:
        """The discrepancies that stand, by rule."""
        found = select(Discrepancy).where(Discrepancy.subject_id == self.subject.id, Discrepancy.gone_at.is_(None))
        return {row.rule: row for row in self.session.scalars(found)}

    def actor(self, login: str) -> Actor:
        who = signed_in_as(self.session, login=login, now=hospital.NOW)
        set_actor(self.session, login, role=who.actor.role)
        return who.actor

    def seen(self, *rules: str) -> dict:
        rows = self.rows()
        return {rows[rule].id: rows[rule].fingerprint for rule in rules}


def without_faults(session: Session, subject: Subject) -> None:
    """Take away what the hospital's deliveries for a patient bring by themselves."""
    mine = select(Timepoint.id).where(Timepoint.subject_id == subject.id)
    session.execute(delete(ImageCheck).where(ImageCheck.timepoint_id.in_(mine)))
    session.execute(update(Submission).where(Submission.timepoint_id.in_(mine)).values(state="receiving"))
    session.execute(update(QuarantineItem).where(QuarantineItem.timepoint_id.in_(mine)).values(state="refused"))
    session.expire_all()


def a_desk(session: Session) -> Desk:
    hospital.open_registry(session)
    subject = hospital.a_patient(session)
    hospital.some_images(session, subject, BASELINE, -8)
    without_faults(session, subject)
    return Desk(session, subject)


def n_statements(session: Session, act) -> int:
    """How many statements an act sends."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)
