"""A study with one patient and people who fill, verify and sign, for tests that commit."""

from dataclasses import dataclass
from datetime import timedelta

from casebook.actions.accounts import add_account
from casebook.actions.entry_states import EntryKey, act_on_entry
from casebook.actions.forms import save_entry
from casebook.actions.grants import grant_role
from casebook.actions.signatures import sign_entry
from casebook.actions.signing_in import signed_in_as
from casebook.actions.studies import load_definition
from casebook.domain.actors import Actor, Role
from casebook.domain.forms.states import EntryAct
from casebook.store import forms
from casebook.store.database import Database
from casebook.store.tables import Lesion, Subject
from tests.pages import hospital

INVESTIGATOR, MANAGER, COORDINATOR = "investigator", "manager", "coordinator"
PEOPLE = (
    (COORDINATOR, Role.SITE_COORDINATOR, hospital.SITE),
    (INVESTIGATOR, Role.INVESTIGATOR, hospital.SITE),
    (MANAGER, Role.DATA_MANAGER, None),
    ("monitor", Role.MONITOR, None),
    ("elsewhere", Role.INVESTIGATOR, hospital.OTHER_SITE),
)
MDT = {
    "decided_on": str(hospital.day(105)),
    "members": [{"role": "liver-surgeon", "name": "Dr. B"}],
    "resectability": "resectable",
    "lesions": {"L1": {"plan": "resect", "reason": "with margin"}, "L2": {"plan": "resect", "reason": "with margin"}},
}
OTHER_MDT = {**MDT, "decided_on": str(hospital.day(106))}
CHEMOTHERAPY = {**hospital.CHEMOTHERAPY, "started_on": str(hospital.day(7)), "ended_on": str(hospital.day(77))}


@dataclass(frozen=True)
class Ward:
    """A database with one patient; acts are transactions of their own, as requests are."""

    database: Database
    subject: Subject

    def key(self, form: str = "mdt-decision") -> EntryKey:
        return EntryKey(self.subject.id, form)

    def row(self, form: str = "mdt-decision"):
        with self.database.session() as session:
            return next((row for row in forms.entries(session, self.subject.id) if row.form_code == form), None)

    def signatures(self, form: str = "mdt-decision"):
        row = self.row(form)
        with self.database.session() as session:
            return forms.signatures(session, [row.id]).get(row.id, ())

    def save(self, data=None, *, form="mdt-decision", version=None, reason=None, draft=False, by=COORDINATOR):
        with self._as(by, reason) as (session, who):
            return save_entry(
                session,
                who.actor,
                subject_id=self.subject.id,
                form_code=form,
                timepoint_code=None,
                ordinal=1,
                data=MDT if data is None else data,
                version=version,
                reason=reason,
                now=hospital.NOW,
                draft=draft,
            )

    def act(self, act: EntryAct, *, form="mdt-decision", version=None, reason=None, by=MANAGER):
        known = self.row(form).version if version is None else version
        with self._as(by, None) as (session, who):
            return act_on_entry(session, who.actor, self.key(form), act, version=known, reason=reason, now=hospital.NOW)

    def sign(
        self, *, form="mdt-decision", version=None, password=hospital.PASSWORD, by=INVESTIGATOR, meaning="I agree"
    ):
        known = self.row(form).version if version is None else version
        with self._as(by, None) as (session, who):
            return sign_entry(
                session,
                who,
                self.key(form),
                password=password,
                meaning=meaning,
                version=known,
                now=hospital.NOW,
            )

    def bring_to(self, state: str, *, form: str = "mdt-decision") -> None:
        """Take the entry through every act up to a state."""
        self.save(form=form, data=None if form == "mdt-decision" else CHEMOTHERAPY)
        road = {
            "verified": lambda: self.act(EntryAct.VERIFY, form=form),
            "signed": lambda: self.sign(form=form),
            "frozen": lambda: self.act(EntryAct.FREEZE, form=form),
            "locked": lambda: self.act(EntryAct.LOCK, form=form),
        }
        for reached, step in road.items():
            if self.row(form).state == state:
                return
            if reached != "signed" or form == "mdt-decision":
                step()

    def actor(self, login: str) -> Actor:
        with self.database.session() as session:
            return signed_in_as(session, login=login, now=hospital.NOW).actor

    def _as(self, login: str, reason: str | None):
        return _InTheNameOf(self.database, login, reason)


class _InTheNameOf:
    def __init__(self, database: Database, login: str, reason: str | None) -> None:
        self.database, self.login, self.reason = database, login, reason

    def __enter__(self):
        self.transaction = self.database.transaction(actor=self.login, reason=self.reason, role="of a test")
        session = self.transaction.__enter__()
        return session, signed_in_as(session, login=self.login, now=hospital.NOW)

    def __exit__(self, *error):
        return self.transaction.__exit__(*error)


def open_ward(database: Database) -> Ward:
    with database.transaction(actor="machine", reason="a test") as session:
        load_definition(session, hospital.MACHINE, text=hospital.DREAM.read_text(encoding="utf-8"), now=hospital.NOW)
        for login, role, site in PEOPLE:
            add_account(
                session,
                hospital.MACHINE,
                login=login,
                display_name=f"{login.title()} 田中",
                password=hospital.PASSWORD if login == INVESTIGATOR else None,
            )
            grant_role(
                session,
                hospital.MACHINE,
                login=login,
                role=role,
                study_code=hospital.STUDY,
                site_code=site,
                now=hospital.NOW - timedelta(days=1),
            )
        subject = hospital.a_patient(session)
        session.add_all(Lesion(subject_id=subject.id, label=label, segment="V") for label in ("L1", "L2"))
    return Ward(database, subject)
