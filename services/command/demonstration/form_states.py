"""The data centre and the investigator bring a patient's entries as far as the plan says: verified, signed, locked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.entry_states import EntryKey, act_on_all
from casebook.actions.signatures import sign_entry
from casebook.domain.forms.states import EntryAct, EntryState
from casebook.store import forms, registry
from casebook.store.accounts import SignedIn
from casebook.store.database import set_actor
from casebook.store.tables import FormEntry
from services.command.demonstration.people import PASSWORD, Team

SIGNED_MEANING: Final = "I confirm that these data are complete and correct"
SIGNED_FORMS: Final = frozenset(
    {"eligibility", "eligibility-second", "mdt-decision", "surgery", "pathology", "end-of-study"}
)
"""Forms of the study that ask for a signature; the others are frozen once they are verified."""
ORDER: Final = tuple(EntryState)


class EntryAt(NamedTuple):
    """Which entry of a patient."""

    form: str
    timepoint: str | None = None
    ordinal: int = 1


def bring_to_goals(
    session: Session, team: Team, number: str, subject_id: UUID, goals: Mapping[EntryAt, EntryState]
) -> None:
    """Verify, sign, freeze and lock what is to be so."""

    def in_bulk(act: EntryAct, goal: EntryState) -> None:
        rows = {row.id: row.version for at, row in _rows(session, subject_id).items() if _reaches(goals[at], goal)}
        if rows:
            _named(session, team.manager)
            done = act_on_all(session, team.manager.actor, act, numbers=[number], entry_ids=rows, now=datetime.now(UTC))
            hindered = [item for item in done if item.hindrance is not None]
            assert not hindered, f"{number}: {hindered[0]}"

    in_bulk(EntryAct.VERIFY, EntryState.VERIFIED)
    for at, row in _rows(session, subject_id).items():
        if at.form in SIGNED_FORMS and _reaches(goals[at], EntryState.SIGNED):
            _sign(session, team.investigator, subject_id, at, row)
    in_bulk(EntryAct.FREEZE, EntryState.FROZEN)
    in_bulk(EntryAct.LOCK, EntryState.LOCKED)


def _reaches(goal: EntryState, state: EntryState) -> bool:
    return ORDER.index(goal) >= ORDER.index(state)


def _rows(session: Session, subject_id: UUID) -> dict[EntryAt, FormEntry]:
    codes = {row.id: row.code for row in registry.timepoints(session, subject_id)}
    return {
        EntryAt(row.form_code, codes[row.timepoint_id] if row.timepoint_id else None, row.ordinal): row
        for row in forms.entries(session, subject_id)
    }


def _sign(session: Session, who: SignedIn, subject_id: UUID, at: EntryAt, row: FormEntry) -> None:
    _named(session, who)
    signing = sign_entry(
        session,
        who,
        EntryKey(subject_id, at.form, at.timepoint, at.ordinal),
        password=PASSWORD,
        meaning=SIGNED_MEANING,
        version=row.version,
        now=datetime.now(UTC),
    )
    assert signing.row is not None, "the demonstration's password is right"


def _named(session: Session, who: SignedIn) -> None:
    set_actor(session, who.actor.login, role=who.actor.role)
