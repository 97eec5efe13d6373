"""An invented patient is brought into the registry, by the actions that pages and API use, in its people's names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.baseline_list import add_lesion, lock_list
from casebook.actions.derive import derived_at_end
from casebook.actions.forms import save_entry
from casebook.actions.lesion_events import Happening, record_event
from casebook.actions.lesion_values import LesionValues
from casebook.actions.reads import Verdict, save_findings, sign_read
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.states import EntryState
from casebook.domain.imaging import Judged
from casebook.store import lesions, registry
from casebook.store.accounts import SignedIn
from casebook.store.database import Database, set_actor
from services.command.demonstration.acts import (
    Act,
    Fill,
    LesionsChange,
    ListedLesion,
    ListLesions,
    Read,
    RegisterFirst,
    RegisterSecond,
)
from services.command.demonstration.course import PatientPlan
from services.command.demonstration.form_states import EntryAt, bring_to_goals
from services.command.demonstration.people import PASSWORD, Team
from services.command.demonstration.reading import read_without_images, settle_dispute
from services.command.demonstration.registering import register_first, register_second

PREOPERATIVE: Final = "preoperative"
READ_MEANING: Final = "I read these images"


@dataclass(slots=True)
class Seeding:
    """A patient while it is seeded: the subject's key once it is registered, and how far each entry is to come."""

    team: Team
    plan: PatientPlan
    key: bytes
    _session: Session | None = None
    subject_id: UUID | None = None
    versions: dict[EntryAt, int] = field(default_factory=dict)
    goals: dict[EntryAt, EntryState] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """The session of the transaction that runs."""
        assert self._session is not None, "acts happen in a transaction"
        return self._session

    @session.setter
    def session(self, session: Session) -> None:
        self._session = session

    @property
    def subject(self) -> UUID:
        """The subject's key."""
        assert self.subject_id is not None, "the first act registers the patient"
        return self.subject_id

    def named(self, who: SignedIn) -> Actor:
        """Write what follows in somebody's name."""
        set_actor(self.session, who.actor.login, role=who.actor.role)
        return who.actor


def seed_patient(database: Database, plan: PatientPlan, team: Team, *, key: bytes) -> None:
    """Do everything that is planned about a patient; one that is there already stays as it is.

    Each read is a transaction of its own: a reader's account is held while the reader signs, and two processes that
    hold two readers each would wait for each other.
    """
    seeding = Seeding(team, plan, key)
    if _is_there(database, seeding):
        return
    parts = [list(acts) for _, acts in groupby(plan.acts, key=lambda act: act if isinstance(act, Read) else None)]
    for acts in parts:
        with _transaction(database, seeding) as session:
            for act in acts:
                _do(seeding, act)
            if acts is parts[-1]:
                bring_to_goals(session, team, plan.number, seeding.subject, seeding.goals)


def _is_there(database: Database, seeding: Seeding) -> bool:
    study = seeding.team.coordinator.actor.grants[0].study_code
    with database.session() as session:
        return registry.subject_exists(session, study, seeding.plan.number)


@contextmanager
def _transaction(database: Database, seeding: Seeding) -> Iterator[Session]:
    """One transaction; what the rules make of its acts is worked out at its end, in the coordinator's name."""
    coordinator = seeding.team.coordinator.actor
    with database.transaction(actor=coordinator.login, role=coordinator.role) as session:
        seeding.session = session
        with derived_at_end(session, as_of=datetime.now(UTC).date()):
            yield session
            seeding.named(seeding.team.coordinator)


def _do(seeding: Seeding, act: Act) -> None:
    match act:
        case RegisterFirst():
            subject = register_first(
                seeding.session, seeding.named(seeding.team.coordinator), seeding.plan, act, seeding.key
            )
            seeding.subject_id = subject.id
            assert subject.number == seeding.plan.number, "sites number their patients in the order of the plan"
            seeding.goals[EntryAt("eligibility")] = act.goal
        case RegisterSecond():
            register_second(seeding.session, seeding.named(seeding.team.coordinator), seeding.subject, act)
            seeding.goals[EntryAt("eligibility-second")] = act.goal
        case ListLesions():
            _list(seeding, act)
        case LesionsChange():
            _change(seeding, act)
        case Read():
            _read(seeding, act)
        case Fill():
            _fill(seeding, act)


def _list(seeding: Seeding, act: ListLesions) -> None:
    actor, now = seeding.named(seeding.team.coordinator), datetime.now(UTC)
    for lesion in act.lesions:
        add_lesion(seeding.session, actor, subject_id=seeding.subject, values=_values(lesion), now=now)
    if act.is_agreed:
        seeding.named(seeding.team.investigator)
        is_locked = lock_list(
            seeding.session,
            seeding.team.investigator,
            subject_id=seeding.subject,
            version=_list_version(seeding),
            password=PASSWORD,
            now=now,
        )
        assert is_locked, "the demonstration's password is right"


def _values(lesion: ListedLesion) -> LesionValues:
    return LesionValues(lesion.segment, lesion.diameter_mm, lesion.diameters_mm, label=lesion.label)


def _list_version(seeding: Seeding) -> int:
    who = seeding.team.manager.actor
    return registry.subject(seeding.session, who, Action.SEE_CASES, subject_id=seeding.subject).baseline_version


def _change(seeding: Seeding, act: LesionsChange) -> None:
    record_event(
        seeding.session,
        seeding.named(seeding.team.investigator),
        subject_id=seeding.subject,
        happening=Happening(
            act.kind, act.timepoint, act.on, act.reason, act.ended, tuple(_values(lesion) for lesion in act.came)
        ),
        version=_list_version(seeding),
        now=datetime.now(UTC),
    )


def _read(seeding: Seeding, act: Read) -> None:
    if act.is_central:
        _read_centrally(seeding, act)
        return
    who, now = seeding.team.radiologist, datetime.now(UTC)
    seeding.named(who)
    found = {lesion.label: lesion.id for lesion in lesions.active_of_subject(seeding.session, seeding.subject)}
    case: dict[str, Any] = {"case_id": seeding.subject, "timepoint_code": PREOPERATIVE}
    verdicts = {
        (found[cell.label], Judged(cell.sequence)): Verdict(
            cell.visibility, cell.diameter_mm, cell.not_evaluable_reason, cell.confidence
        )
        for cell in act.cells
        if cell.sequence is not None
    }
    version = save_findings(seeding.session, who, **case, verdicts=verdicts, version=0, now=now).version
    if act.is_signed:
        signed = sign_read(
            seeding.session, who, **case, password=PASSWORD, meaning=READ_MEANING, version=version, now=now
        )
        assert signed, "the demonstration's password is right"


def _read_centrally(seeding: Seeding, act: Read) -> None:
    team = seeding.team
    who = team.readers[act.place % len(team.readers)]
    seeding.named(who)
    read_without_images(seeding.session, who, seeding.subject, act)
    if act.is_settled:
        seeding.named(team.adjudicator)
        settle_dispute(seeding.session, team.adjudicator, seeding.subject)


def _fill(seeding: Seeding, act: Fill) -> None:
    at = EntryAt(act.form, act.timepoint, act.ordinal)
    saved = save_entry(
        seeding.session,
        seeding.named(seeding.team.coordinator),
        subject_id=seeding.subject,
        form_code=act.form,
        timepoint_code=act.timepoint,
        ordinal=act.ordinal,
        data=act.data,
        version=seeding.versions.get(at),
        reason=act.reason,
        now=datetime.now(UTC),
        draft=act.is_draft,
    )
    seeding.versions[at] = saved.row.version
    seeding.goals[at] = act.goal
