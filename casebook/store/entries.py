"""Saved form entries of a whole study as a list: filtered, counted by what they wait for, with who saved them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from casebook.domain.actors import Action, Actor
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.waiting import Waits
from casebook.domain.queries import QueryState
from casebook.store.forms import SIGNED_TABLE
from casebook.store.tables import (
    Account,
    AuditEvent,
    FormEntry,
    Query,
    Signature,
    Site,
    Subject,
    SubjectProgress,
    Timepoint,
)
from casebook.store.visibility import visible

ASKED: Final = (QueryState.OPEN, QueryState.ANSWERED)
"""Queries that both sides know of and that have not ended."""


class Mark(StrEnum):
    """What an entry may have beside its state."""

    WARNING = "warning"
    FALLEN_SIGNATURE = "fallen-signature"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; None and "" ask for all. `signed_forms` are those that ask for a signature."""

    signed_forms: Collection[str]
    waits: Collection[Waits] | None = None
    site: str | None = None
    form: str | None = None
    mark: Mark | None = None
    saved_before: datetime | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A saved entry with whose it is."""

    entry_id: UUID
    number: str
    site_code: str
    study_version_id: UUID
    form_code: str
    timepoint: str | None
    ordinal: int
    state: str
    version: int
    saved_at: datetime


def listed(
    session: Session, actor: Actor, action: Action, wanted: Wanted, *, limit: int | None = None, offset: int = 0
) -> Sequence[EntryRow]:
    """Return entries, those saved longest ago first."""
    rows: Sequence[Sequence[Any]] = session.execute(
        select(
            FormEntry.id,
            Subject.number,
            Site.code,
            Subject.study_version_id,
            FormEntry.form_code,
            Timepoint.code,
            FormEntry.ordinal,
            FormEntry.state,
            FormEntry.version,
            FormEntry.saved_at,
        )
        .join(Subject, Subject.id == FormEntry.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .outerjoin(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .where(visible(actor, action), *_matching(wanted), _waits_in(wanted))
        .order_by(FormEntry.saved_at, Subject.number, FormEntry.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return [EntryRow(*row) for row in rows]


def counted(session: Session, actor: Actor, action: Action, wanted: Wanted) -> Mapping[Waits, int]:
    """Count entries by what they wait for, whatever of that is asked for."""
    said = _waits(wanted.signed_forms).label("waits")
    rows = session.execute(
        select(said, func.count())
        .select_from(FormEntry)
        .join(Subject, Subject.id == FormEntry.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .outerjoin(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .where(visible(actor, action), *_matching(wanted))
        .group_by("waits")
    )
    return {Waits(row[0]): row[1] for row in rows}


def numbers_of(session: Session, actor: Actor, action: Action, entry_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return whose the entries are, of those on which the actor may do `action`."""
    rows = session.execute(
        select(FormEntry.id, Subject.number)
        .join(Subject, Subject.id == FormEntry.subject_id)
        .where(visible(actor, action), FormEntry.id.in_(entry_ids))
    )
    return {row[0]: row[1] for row in rows}


def saved_by(session: Session, entry_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return who saved each entry last, by name; entries that were brought over without a trail are left out."""
    rows = session.execute(
        select(AuditEvent.row_id, func.coalesce(Account.display_name, AuditEvent.actor))
        .outerjoin(Account, Account.login == AuditEvent.actor)
        .where(
            AuditEvent.table_name == FormEntry.__tablename__,
            AuditEvent.row_id.in_([str(one) for one in entry_ids]),
            AuditEvent.new.has_key("saved_at"),
        )
        .ext(distinct_on(AuditEvent.row_id))
        .order_by(AuditEvent.row_id, AuditEvent.id.desc())
    )
    return {UUID(row[0]): row[1] for row in rows}


def n_queries(session: Session, entry_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Count the queries about each entry that have not ended."""
    rows = session.execute(
        select(FormEntry.id, func.count())
        .outerjoin(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .join(Query, _is_about_entry())
        .where(FormEntry.id.in_(entry_ids), Query.state.in_(ASKED))
        .group_by(FormEntry.id)
    )
    return {row[0]: row[1] for row in rows}


def _waits(signed_forms: Collection[str]) -> ColumnElement[str]:
    state = FormEntry.state
    return case(
        (state == EntryState.STARTED, Waits.COMPLETION.value),
        (state == EntryState.COMPLETE, Waits.VERIFICATION.value),
        (and_(state == EntryState.VERIFIED, FormEntry.form_code.in_(signed_forms)), Waits.SIGNATURE.value),
        (state.in_((EntryState.VERIFIED, EntryState.SIGNED)), Waits.FREEZING.value),
        (state == EntryState.FROZEN, Waits.LOCKING.value),
        else_=Waits.NOTHING.value,
    )


def _waits_in(wanted: Wanted) -> ColumnElement[bool]:
    return true() if wanted.waits is None else _waits(wanted.signed_forms).in_([one.value for one in wanted.waits])


def _matching(wanted: Wanted) -> list[ColumnElement[bool]]:
    pairs: list[tuple[Any, object]] = [(Site.code, wanted.site), (FormEntry.form_code, wanted.form)]
    found: list[ColumnElement[bool]] = [column == value for column, value in pairs if value]
    if wanted.saved_before is not None:
        found.append(FormEntry.saved_at <= wanted.saved_before)
    if wanted.mark is not None:
        found.append(_MARKS[wanted.mark]())
    if wanted.search:
        words = (Subject.number, Site.name_en, Site.name_ja, cast(FormEntry.data, String))
        found.append(or_(*(column.icontains(wanted.search, autoescape=True) for column in words)))
    return found


def _is_about_entry() -> ColumnElement[bool]:
    return and_(
        Query.subject_id == FormEntry.subject_id,
        Query.form_code == FormEntry.form_code,
        func.coalesce(Query.form_ordinal, 1) == FormEntry.ordinal,
        Query.timepoint_code.is_not_distinct_from(Timepoint.code),
    )


def _is_asked_about() -> ColumnElement[bool]:
    return exists().where(_is_about_entry(), Query.state.in_(ASKED)).correlate(FormEntry, Timepoint)


def _is_warned_of() -> ColumnElement[bool]:
    """The kept standing names the entry among those that an edit check warns of."""
    here = func.jsonb_build_array(func.jsonb_build_array(FormEntry.form_code, Timepoint.code, FormEntry.ordinal))
    return (
        exists()
        .where(
            SubjectProgress.subject_id == FormEntry.subject_id,
            SubjectProgress.progress["warnings"].contains(here),
        )
        .correlate(FormEntry, Timepoint)
    )


def _has_fallen_signature() -> ColumnElement[bool]:
    fell, holds = aliased(Signature), aliased(Signature)
    mine = and_(fell.record_table == SIGNED_TABLE, fell.record_id == FormEntry.id)
    given_again = exists().where(
        holds.record_table == SIGNED_TABLE, holds.record_id == FormEntry.id, holds.invalidated_at.is_(None)
    )
    return and_(
        exists().where(mine, fell.invalidated_at.is_not(None)).correlate(FormEntry), ~given_again.correlate(FormEntry)
    )


_MARKS: Final = {
    Mark.WARNING: _is_warned_of,
    Mark.FALLEN_SIGNATURE: _has_fallen_signature,
    Mark.QUERY: _is_asked_about,
}
