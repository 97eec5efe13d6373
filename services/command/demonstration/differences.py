"""Differences between forms and images for the demonstration: of many kinds, of several ages, in every state."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from casebook.actions.forms import save_entry
from casebook.actions.queries import answer
from casebook.actions.reconcile import reconcile, reconcile_all
from casebook.actions.settle import MOST_AT_ONCE, accept_many, ask_sites
from casebook.actions.signing_in import signed_in_as
from casebook.domain.actors import Action, Actor
from casebook.domain.reconciliation.rules import Rule
from casebook.domain.reconciliation.standing import BoardState
from casebook.installation import Installation
from casebook.store import board, forms, registry
from casebook.store.board import Asked, DiscrepancyRow
from casebook.store.database import set_actor
from casebook.store.queue import USUAL
from casebook.store.tables import FormEntry, Subject
from services.command.demonstration.faulty_delivery import Days, write_faulty_delivery
from services.command.demonstration.people import MANAGER, team_of
from services.command.ingest import deliver_with_bar
from services.ingest.delivery import Order
from services.ingest.worker import run_until_idle

FORM: Final = "imaging-performed"
FAULTY_SITE: Final = "BE-02"
NOT_SHOWN: Final = "The demonstration holds images of a few patients only."
ACCEPTED_BECAUSE: Final = "The site's scanner rounds the value; reading is possible."
ANSWER: Final = "The form was filled from the request, not from the scanner. We will correct it."
TYPED_WRONGLY: Final = "entered from the request form"
N_LOST: Final = 6
"""Files that were announced and did not come."""
N_ASKED: Final = 3
"""Of the differences of the faulty delivery."""


@dataclass(frozen=True, slots=True)
class WrongAnswers:
    """What a form of a patient with images says wrongly, and how many days ago that was noticed."""

    timepoint: str
    answers: Mapping[str, object]
    days_ago: int
    then: str


WRONG: Final = (
    WrongAnswers("baseline", {"b_values": "0, 50, 400, 1000"}, 23, "ask and be answered"),
    WrongAnswers("preoperative", {"slice_thickness_mm": 6}, 12, "accept"),
    WrongAnswers("baseline", {"field_strength_t": "1.0"}, 5, "ask"),
)
"""One for each patient with images, in the order of their numbers."""


def show_differences(installation: Installation, study: str, sample: Path, imaged: list[str]) -> None:
    """Have forms and images differ, and deal with some of it; once."""
    with installation.database.session() as session:
        if board.any_dealt_with(session):
            return
    for number, wrong in zip(sorted(imaged), WRONG, strict=False):
        _answer_wrongly(installation, number, wrong)
    _deliver_faulty(installation, study, sample, imaged)
    with installation.database.transaction(actor=MANAGER.login, role=MANAGER.role) as session:
        reconcile_all(session, key=installation.settings.key, now=datetime.now(UTC))
        _accept_what_is_not_shown(session)
        _ask_some(session, imaged)


def _manager(session: Session) -> Actor:
    return signed_in_as(session, login=MANAGER.login, now=datetime.now(UTC)).actor


def _answer_wrongly(installation: Installation, number: str, wrong: WrongAnswers) -> None:
    """Change a form so that it does not say what the images say, notice it, and deal with it."""
    then = datetime.now(UTC) - timedelta(days=wrong.days_ago)
    with installation.database.transaction(actor=MANAGER.login, role=MANAGER.role) as session:
        manager = _manager(session)
        subject = registry.subject_by_number(session, manager, Action.RECONCILE, number=number)
        entry = _entry(session, subject, wrong.timepoint)
        if entry is None:
            return
        save_entry(
            session,
            manager,
            subject_id=subject.id,
            form_code=FORM,
            timepoint_code=wrong.timepoint,
            ordinal=1,
            data={**entry.data, **wrong.answers},
            version=entry.version,
            reason=TYPED_WRONGLY,
            now=datetime.now(UTC),
        )
        reconcile(session, subject, key=installation.settings.key, now=then)
        _deal_with(session, manager, subject, wrong)


def _deal_with(session: Session, manager: Actor, subject: Subject, wrong: WrongAnswers) -> None:
    fields = {f"{FORM}.{code}" for code in wrong.answers}
    found = board.discrepancies(session, manager, Action.RECONCILE, Asked(), subject_ids=[subject.id])
    seen = {one.row.id: one.row.fingerprint for one in found if one.row.about in fields}
    if not seen:
        return
    then = datetime.now(UTC) - timedelta(days=wrong.days_ago - 1)
    if wrong.then == "accept":
        accept_many(session, manager, seen=seen, reason=ACCEPTED_BECAUSE, now=then)
        return
    ask_sites(session, manager, seen=seen, now=then)
    if wrong.then == "ask and be answered":
        _answer(session, subject, then + timedelta(days=4))


def _answer(session: Session, subject: Subject, now: datetime) -> None:
    site = registry.site_by_id(session, subject.site_id)
    coordinator = team_of(session, site.code, now=datetime.now(UTC)).coordinator.actor
    set_actor(session, coordinator.login, role=coordinator.role)
    for query in board.open_queries(session, subject.id):
        answer(session, coordinator, number=query.number, version=query.version, said=ANSWER, now=now)
    set_actor(session, MANAGER.login, role=MANAGER.role)


def _deliver_faulty(installation: Installation, study: str, sample: Path, imaged: list[str]) -> None:
    """Deliver images with faults for the first patient of a site who has none."""
    with installation.database.session() as session:
        manager = _manager(session)
        subject, entry = next(
            (
                (subject, entry)
                for subject in registry.subjects(session, manager, Action.RECONCILE)
                if subject.number.startswith(FAULTY_SITE) and subject.number not in imaged
                if (entry := _entry(session, subject, "baseline")) is not None
            ),
            (None, None),
        )
    if subject is None or entry is None or (days := _days(entry.data)) is None:
        return
    with tempfile.TemporaryDirectory(prefix="casebook-") as folder:
        n_files = write_faulty_delivery(sample, Path(folder), days)
        order = Order(
            source=Path(folder),
            subject_number=subject.number,
            timepoint_code="baseline",
            road="folder",
            n_announced=n_files + N_LOST,
        )
        deliver_with_bar(installation, order, study=study, n_files=n_files)
    run_until_idle(installation, queues=[USUAL])


def _days(data: Mapping[str, Any]) -> Days | None:
    said = [data.get("ct_on"), data.get("mri_on")]
    days = [date.fromisoformat(day) for day in said if isinstance(day, str)]
    return Days(*days) if len(days) == len(said) else None


def _entry(session: Session, subject: Subject, timepoint: str) -> FormEntry | None:
    codes = {row.id: row.code for row in registry.timepoints(session, subject.id)}
    return next(
        (
            row
            for row in forms.entries(session, subject.id)
            if row.form_code == FORM and row.timepoint_id is not None and codes[row.timepoint_id] == timepoint
        ),
        None,
    )


def _accept_what_is_not_shown(session: Session) -> None:
    """Accept that most of the demonstration's patients have forms about images that nobody made."""
    found = _standing(session, Asked(rule=Rule.NO_IMAGES))
    seen = {one.row.id: one.row.fingerprint for one in found}
    ids = list(seen)
    for first in range(0, len(ids), MOST_AT_ONCE):
        part = {item: seen[item] for item in ids[first : first + MOST_AT_ONCE]}
        accept_many(session, _manager(session), seen=part, reason=NOT_SHOWN, now=datetime.now(UTC))


def _ask_some(session: Session, imaged: list[str]) -> None:
    """Ask about some of what the faulty delivery brought."""
    subjects = {
        subject.id
        for subject in registry.subjects(session, _manager(session), Action.RECONCILE)
        if subject.number in imaged
    }
    found = [
        one
        for one in _standing(session, Asked())
        if one.row.subject_id not in subjects and one.row.rule != Rule.INTERVAL
    ]
    seen = {one.row.id: one.row.fingerprint for one in found if one.row.severity != "note"}
    ids = list(seen)[:N_ASKED]
    if ids:
        ask_sites(session, _manager(session), seen={item: seen[item] for item in ids}, now=datetime.now(UTC))


def _standing(session: Session, asked: Asked) -> list[DiscrepancyRow]:
    found = board.discrepancies(session, _manager(session), Action.RECONCILE, asked)
    return [one for one in found if one.state is BoardState.OPEN]
