"""Reading the audit trail of a study: by page, for export, and whether it holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from casebook.actions.read_content import broken_reads
from casebook.actions.signatures import BrokenSignature, broken_signatures
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.forms.wording import Difference, differences
from casebook.domain.texts import Text
from casebook.store import access_log, audit, trail
from casebook.store.access_log import AccessRow, WantedAccess
from casebook.store.audit import TrailState
from casebook.store.trail import Event, FormPlace, Head, Wanted

EVENTS_A_PAGE: Final = 50
NOT_STUDY_DATA: Final = frozenset(
    {
        "account",
        "api_token",
        "ethics_approval",
        "role_grant",
        "site",
        "site_qualification",
        "study",
        "study_version",
    }
)
"""What an administrator may follow: people, sites and definitions, nothing of any patient."""
KINDS: Final = tuple(sorted(table.rpartition(".")[2] for table in audit.AUDITED))
UNSAID: Final = frozenset({"id", "version", "saved_at", "data"})
"""Columns that say nothing to a reader, or are said in another way."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader of the trail asks for; days are UTC, both included."""

    study: str
    actor: str | None = None
    kind: str | None = None
    number: str | None = None
    since: date | None = None
    until: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """One column that changed; None where there was, or is, no row."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """An event as a person reads it: answers of a form in words, any other column as it is stored."""

    event: Event
    kind: str
    form: Text | None
    place: FormPlace | None
    answers: tuple[Difference, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Some events, the newest first; `next_before` asks for the rest, None at the end."""

    entries: Sequence[TrailEntry]
    next_before: int | None
    head: Head | None


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: the chain, and the signatures that hold in name only."""

    state: TrailState
    broken: tuple[BrokenSignature, ...]

    @property
    def holds(self) -> bool:
        """Nothing in the trail or under a signature was altered."""
        return self.state.holds and not self.broken


@dataclass(frozen=True, slots=True)
class AccessPage:
    """Some looks, the newest first."""

    rows: Sequence[AccessRow]
    next_before: int | None


def read_trail(session: Session, actor: Actor, asked: Asked, *, before: int | None = None) -> TrailPage:
    """Return a page of the trail as far as the actor may follow it. Raises NotFound for another study."""
    events = trail.newest(session, wanted(actor, asked), before=before, limit=EVENTS_A_PAGE + 1)
    shown = events[:EVENTS_A_PAGE]
    more = shown[-1].id if len(events) > EVENTS_A_PAGE else None
    return TrailPage(readable(session, shown), more, trail.head(session))


def read_access(session: Session, actor: Actor, asked: Asked, *, before: int | None = None) -> AccessPage:
    """Return a page of the access log; whoever sees the whole trail sees it. Raises NotFound for another study."""
    if not actor.may(Action.SEE_AUDIT, study_code=asked.study):
        raise NotFound("There is no such study.", field="study")
    found = access_log.newest(
        session,
        WantedAccess(asked.study, asked.kind, asked.actor, asked.number, _begin(asked.since), _end(asked.until)),
        before=before,
        limit=EVENTS_A_PAGE + 1,
    )
    shown = found[:EVENTS_A_PAGE]
    return AccessPage(shown, shown[-1].id if len(found) > EVENTS_A_PAGE else None)


def wanted(actor: Actor, asked: Asked) -> Wanted:
    """Return what the actor may be shown of what is asked. Raises NotFound where that is nothing."""
    if actor.may(Action.SEE_AUDIT, study_code=asked.study):
        tables = None
    elif actor.may(Action.SEE_ACCOUNT_TRAIL, study_code=asked.study):
        tables = NOT_STUDY_DATA
    else:
        raise NotFound("There is no such study.", field="study")
    table = next((name for name in audit.AUDITED if name.rpartition(".")[2] == asked.kind), asked.kind)
    return Wanted(
        study_code=asked.study,
        tables=tables,
        table=table,
        actor=asked.actor,
        number=asked.number,
        since=_begin(asked.since),
        until=_end(asked.until),
        reason=asked.reason,
    )


def verify_trail(session: Session) -> Verified:
    """Recompute the whole chain, and the digest under every signature."""
    return Verified(audit.verify(session.connection()), broken_signatures(session) + broken_reads(session))


def readable(session: Session, events: Sequence[Event]) -> list[TrailEntry]:
    """Put events into words."""
    places = trail.form_places(session, {event.row_id for event in events if event.table == "form_entry"})
    return [_entry(session, event, places.get(event.row_id)) for event in events]


def _entry(session: Session, event: Event, place: FormPlace | None) -> TrailEntry:
    old, new = event.old or {}, event.new or {}
    entry = TrailEntry(event, event.table.rpartition(".")[2], None, place, (), _values(old, new))
    if place is None:
        return entry
    definition = definition_of(session, place.study_version_id)
    form = definition.form(place.form_code)
    said = differences(form, old.get("data") or {}, new.get("data") or {}, definition.missing_reasons)
    return replace(entry, form=form.label, answers=tuple(said))


def _values(old: dict[str, Any], new: dict[str, Any]) -> tuple[Value, ...]:
    columns = [column for column in dict.fromkeys([*old, *new]) if column not in UNSAID]
    said = (Value(column, spelled(old.get(column)), spelled(new.get(column))) for column in columns)
    return tuple(value for value in said if value.before != value.after)


def spelled(value: object) -> str | None:
    """Return a stored value as text; structures as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _begin(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, UTC)


def _end(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=1), time.min, UTC)
