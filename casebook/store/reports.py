"""What reports are made of, each in one query whatever the number of sites and subjects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import String, and_, cast, func, select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.store import queries
from casebook.store.tables import (
    AuditEvent,
    FormEntry,
    ImagingStudy,
    Instance,
    Query,
    QueryMessage,
    Registration,
    Series,
    SeriesRole,
    Site,
    Study,
    Subject,
    Timepoint,
)
from casebook.store.visibility import visible

ENTRIES: Final = "form_entry"


@dataclass(frozen=True, slots=True)
class RegistrationDay:
    """One registration of a site."""

    site_id: UUID
    step: str
    registered_on: date


def registrations(session: Session, site_ids: Sequence[UUID], *, until: date) -> Sequence[RegistrationDay]:
    """Return the registrations of sites up to a day, that day included."""
    rows = session.execute(
        select(Subject.site_id, Registration.step, Registration.registered_on)
        .join(Registration, Registration.subject_id == Subject.id)
        .where(Subject.site_id.in_(site_ids), Registration.registered_on <= until)
    )
    return [RegistrationDay(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CompletedEntry:
    """An entry with what it says, and when it was complete for the first time."""

    site_code: str
    study_version_id: UUID
    registered_on: date
    form_code: str
    data: dict[str, Any]
    completed_at: datetime


def completed_entries(
    session: Session, actor: Actor, action: Action, study_code: str, *, until: datetime
) -> Sequence[CompletedEntry]:
    """Return the entries that were complete before an instant, of the subjects on which the actor may do `action`.

    The trail tells when an entry was complete for the first time; one that was brought over from elsewhere was saved
    before the trail saw it.
    """
    completed = (
        select(AuditEvent.row_id, func.min(AuditEvent.at).label("at"))
        .where(
            AuditEvent.table_name == ENTRIES,
            AuditEvent.new["state"].astext.is_not(None),
            AuditEvent.new["state"].astext != "started",
        )
        .group_by(AuditEvent.row_id)
        .subquery()
    )
    first_at = func.least(completed.c.at, FormEntry.saved_at)
    rows = session.execute(
        select(
            Site.code,
            Subject.study_version_id,
            Subject.registered_on,
            FormEntry.form_code,
            FormEntry.data,
            first_at,
        )
        .join(Subject, Subject.id == FormEntry.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .join(Study, Study.id == Subject.study_id)
        .join(completed, completed.c.row_id == cast(FormEntry.id, String))
        .where(visible(actor, action), Study.code == study_code, first_at < until)
    )
    return [CompletedEntry(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ReceivedStudy:
    """An examination with images: its (shifted) day, and when the first of its images were here."""

    site_code: str
    subject_number: str
    study_on: date | None
    received_at: datetime


def received_studies(
    session: Session, actor: Actor, action: Action, study_code: str, *, until: datetime
) -> Sequence[ReceivedStudy]:
    """Return the examinations of which images came before an instant."""
    received_at = func.min(Instance.received_at)
    rows = session.execute(
        select(Site.code, Subject.number, ImagingStudy.study_on, received_at)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .join(Study, Study.id == Subject.study_id)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .join(Instance, Instance.series_id == Series.id)
        .where(visible(actor, action), Study.code == study_code, ImagingStudy.study_on.is_not(None))
        .group_by(ImagingStudy.id, Site.code, Subject.number)
        .having(received_at < until)
    )
    return [ReceivedStudy(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ReceivedRole:
    """A kind of series at a timepoint, and when the first of its images were here; `role` is None for one unknown."""

    subject_id: UUID
    timepoint: str
    role: str | None
    received_at: datetime


def received_roles(session: Session, subject_ids: Sequence[UUID], *, until: datetime) -> Sequence[ReceivedRole]:
    """Return what came for subjects before an instant."""
    received_at = func.min(Instance.received_at)
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code, SeriesRole.role, received_at)
        .join(ImagingStudy, ImagingStudy.timepoint_id == Timepoint.id)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .join(Instance, Instance.series_id == Series.id)
        .outerjoin(SeriesRole, SeriesRole.series_id == Series.id)
        .where(Timepoint.subject_id.in_(subject_ids))
        .group_by(Timepoint.id, SeriesRole.role)
        .having(received_at < until)
    )
    return [ReceivedRole(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class QueryAct:
    """One entry of a query's thread, with whose query it is and its state now."""

    query_id: UUID
    site_code: str
    state: str
    opened_at: datetime
    due_on: date
    act: str
    said_at: datetime


def query_acts(
    session: Session, actor: Actor, action: Action, study_code: str, *, until: datetime
) -> Sequence[QueryAct]:
    """Return the threads of queries asked before an instant, each from its first entry on."""
    rows = session.execute(
        select(Query.id, Site.code, Query.state, Query.opened_at, Query.due_on, QueryMessage.act, QueryMessage.said_at)
        .join(Study, Study.id == Query.study_id)
        .join(Site, Site.id == Query.site_id)
        .outerjoin(Subject, Subject.id == Query.subject_id)
        .join(QueryMessage, QueryMessage.query_id == Query.id)
        .where(and_(queries.seen_by(actor, action), Study.code == study_code, QueryMessage.said_at < until))
        .order_by(Query.number, QueryMessage.id)
    )
    return [QueryAct(*row) for row in rows]
