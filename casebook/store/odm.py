"""What an ODM file of a study is made of: rows as JSON holds them, their trail, threads of queries, people's places."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, cast, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from casebook.store.tables import (
    Account,
    AuditEvent,
    Derivation,
    Finding,
    FormEntry,
    Lesion,
    Query,
    QueryMessage,
    ReaderLesion,
    Reading,
    Registration,
    RoleGrant,
    Site,
    Timepoint,
)

BULKY: Final = "judged_on"
"""Where on the images a verdict was given; no part of an ODM file."""
ROWS_A_FETCH: Final = 2000


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of a subject; its keys are text, as in the trail."""

    subject_id: UUID
    id: str
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredChange:
    """One entry of the trail."""

    id: int
    at: datetime
    actor: str
    reason: str | None
    act: str
    table: str
    row_id: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    subject_id: UUID


def form_entries(session: Session, subject_ids: Collection[UUID]) -> list[StoredRow]:
    """Return the form entries of subjects."""
    table = FormEntry
    columns = (table.form_code, table.timepoint_id, table.ordinal, table.data, table.state, table.version)
    query = select(table.subject_id, table.id, *columns).where(table.subject_id.in_(subject_ids))
    return _rows(session, query.order_by(table.form_code, table.ordinal, table.id))


def registrations(session: Session, subject_ids: Collection[UUID]) -> list[StoredRow]:
    """Return the registrations of subjects, the first before the second."""
    table = Registration
    query = select(table.subject_id, table.id, table.step, table.registered_on)
    return _rows(session, query.where(table.subject_id.in_(subject_ids)).order_by(table.step))


def lesions(session: Session, subject_ids: Collection[UUID]) -> list[StoredRow]:
    """Return the lesions of subjects."""
    table = Lesion
    columns = (table.label, table.segment, table.baseline_diameter_mm, table.origin, table.state, table.note)
    query = select(table.subject_id, table.id, *columns).where(table.subject_id.in_(subject_ids))
    return _rows(session, query.order_by(table.label))


def derivations(session: Session, subject_ids: Collection[UUID]) -> list[StoredRow]:
    """Return what the rules say now of the lesions of subjects; `lesion` is the lesion's label."""
    query = (
        select(
            Lesion.subject_id,
            Lesion.id,
            Lesion.label.label("lesion"),
            Derivation.kind,
            Derivation.rule_version,
            Derivation.result,
        )
        .join(Derivation, Derivation.lesion_id == Lesion.id)
        .where(Lesion.subject_id.in_(subject_ids), Derivation.superseded_at.is_(None))
    )
    return _rows(session, query.order_by(Lesion.label, Derivation.kind))


def readings(session: Session, subject_ids: Collection[UUID]) -> list[StoredRow]:
    """Return the reads of subjects, drafts too."""
    table = Reading
    columns = (
        table.timepoint_id,
        table.account_id,
        table.kind,
        table.round,
        table.edition,
        table.state,
        table.accepted,
        table.signed_at,
        table.signature_meaning,
        table.content_sha256,
    )
    query = select(Timepoint.subject_id, table.id, *columns).join(Timepoint, Timepoint.id == table.timepoint_id)
    return _rows(session, query.where(Timepoint.subject_id.in_(subject_ids)).order_by(table.id))


def findings(session: Session, subject_ids: Collection[UUID]) -> list[StoredRow]:
    """Return the verdicts of all reads of subjects."""
    table = Finding
    columns = (
        table.reading_id,
        table.lesion_id,
        table.sequence,
        table.visibility,
        table.diameter_mm,
        table.not_evaluable_reason,
        table.confidence,
        table.signal,
        table.adc,
        table.comment,
    )
    query = (
        select(Timepoint.subject_id, table.id, *columns)
        .join(Reading, Reading.id == table.reading_id)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .where(Timepoint.subject_id.in_(subject_ids))
    )
    return _rows(session, query.order_by(table.id))


def reader_lesions(session: Session, subject_ids: Collection[UUID]) -> list[StoredRow]:
    """Return the lesions that readers saw and the list does not have."""
    table = ReaderLesion
    columns = (
        table.reading_id,
        table.label,
        table.segment,
        table.diameter_mm,
        table.sequence,
        table.confidence,
        table.comment,
    )
    query = (
        select(Timepoint.subject_id, table.id, *columns)
        .join(Reading, Reading.id == table.reading_id)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .where(Timepoint.subject_id.in_(subject_ids))
    )
    return _rows(session, query.order_by(table.label, table.id))


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[StoredRow]:
    result = session.execute(query)
    names = list(result.keys())[2:]
    return [
        StoredRow(row[0], str(row[1]), {name: _plain(value) for name, value in zip(names, row[2:], strict=True)})
        for row in result
    ]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def trail(session: Session, subject_ids: Collection[UUID], tables: Collection[str]) -> Iterator[StoredChange]:
    """Walk over the trail of the subjects' rows in these tables, the oldest entry first."""
    event = AuditEvent
    bulky = cast(BULKY, Text)
    rows = session.execute(
        select(
            event.id,
            event.at,
            event.actor,
            event.reason,
            event.act,
            event.table_name,
            event.row_id,
            event.old.op("-", return_type=JSONB)(bulky),
            event.new.op("-", return_type=JSONB)(bulky),
            event.subject_id,
        )
        .where(event.subject_id.in_(subject_ids), event.table_name.in_(tables))
        .order_by(event.id)
        .execution_options(yield_per=ROWS_A_FETCH)
    )
    for row in rows:
        yield StoredChange(
            id=row[0],
            at=row[1],
            actor=row[2],
            reason=row[3],
            act=row[4],
            table=row[5],
            row_id=row[6],
            old=row[7] or {},
            new=row[8] or {},
            subject_id=row[9],
        )


def timepoint_codes(session: Session, subject_ids: Collection[UUID]) -> Mapping[str, str]:
    """Return the codes of the subjects' timepoints, by key."""
    rows = session.execute(select(Timepoint.id, Timepoint.code).where(Timepoint.subject_id.in_(subject_ids)))
    return {str(row.id): row.code for row in rows}


def logins(session: Session) -> Mapping[str, str]:
    """Return the logins of all accounts, by key."""
    return {str(row.id): row.login for row in session.execute(select(Account.id, Account.login))}


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that an account holds or held in the study, at a site or not."""

    login: str
    role: str
    site: str | None


def held_roles(session: Session, study_id: UUID) -> Sequence[HeldRole]:
    """Return every role of the study that was ever granted, the newest first."""
    rows = session.execute(
        select(Account.login, RoleGrant.role, Site.code)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .outerjoin(Site, Site.id == RoleGrant.site_id)
        .where(RoleGrant.study_id == study_id)
        .order_by(RoleGrant.valid_from.desc(), RoleGrant.id)
    )
    return [HeldRole(*row) for row in rows]


def threads(session: Session, subject_ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[str, str | None, str]]]:
    """Return what was done and said in the queries about subjects, and by whom, by query."""
    rows = session.execute(
        select(QueryMessage.query_id, QueryMessage.act, QueryMessage.said, QueryMessage.said_by)
        .join(Query, Query.id == QueryMessage.query_id)
        .where(Query.subject_id.in_(subject_ids))
        .order_by(QueryMessage.id)
    )
    found: dict[UUID, list[tuple[str, str | None, str]]] = {}
    for query_id, act, said, by in rows:
        found.setdefault(query_id, []).append((act, said, by))
    return found
