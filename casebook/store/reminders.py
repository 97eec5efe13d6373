"""Contacts of sites and the digests that were sent to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.errors import NotFound
from casebook.store.progress import is_current
from casebook.store.tables import Query, SentDigest, Site, SiteContact, Study, Subject, SubjectProgress


def contacts(session: Session, site_ids: Collection[UUID]) -> Mapping[UUID, Sequence[SiteContact]]:
    """Return the contacts of sites that are in use, by address."""
    found: dict[UUID, list[SiteContact]] = {}
    rows = session.scalars(
        select(SiteContact)
        .where(SiteContact.site_id.in_(site_ids), SiteContact.ended_at.is_(None))
        .order_by(SiteContact.address)
    )
    for row in rows:
        found.setdefault(row.site_id, []).append(row)
    return found


def contact_of(session: Session, site_id: UUID, address: str) -> SiteContact | None:
    """Find the contact of an address, in use or not."""
    return session.scalars(
        select(SiteContact)
        .where(SiteContact.site_id == site_id, func.lower(SiteContact.address) == address.lower())
        .with_for_update()
    ).one_or_none()


def contact(session: Session, study_code: str, contact_id: UUID) -> tuple[SiteContact, str]:
    """Find a contact of a study's site, with the site's code. Raises NotFound."""
    found = session.execute(
        select(SiteContact, Site.code)
        .join(Site, Site.id == SiteContact.site_id)
        .join(Study, Study.id == Site.study_id)
        .where(SiteContact.id == contact_id, Study.code == study_code)
        .with_for_update(of=SiteContact)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such contact.", field="contact")
    return found[0], found[1]


def last_told_on(session: Session, site_ids: Collection[UUID], *, before: date) -> Mapping[UUID, date]:
    """Return the last day before a day of which each site was sent a digest; none where it never was."""
    rows = session.execute(
        select(SentDigest.site_id, func.max(SentDigest.as_of_on))
        .where(SentDigest.site_id.in_(site_ids), SentDigest.as_of_on < before, SentDigest.sent_at.is_not(None))
        .group_by(SentDigest.site_id)
    )
    return {row[0]: row[1] for row in rows}


def begin(
    session: Session,
    *,
    site_id: UUID,
    address: str,
    as_of: date,
    subject_line: str,
    body_sha256: bytes,
    counts: tuple[int, int, int],
) -> UUID | None:
    """Take the digest of a day for sending; None where it was sent, or nobody knows whether it was.

    One that is known not to have been sent is taken again. `counts` are what is due, overdue and escalated.
    """
    said = {
        "subject_line": subject_line,
        "body_sha256": body_sha256,
        "n_due": counts[0],
        "n_overdue": counts[1],
        "n_escalated": counts[2],
        "failure": None,
    }
    return session.scalars(
        insert(SentDigest)
        .values(site_id=site_id, address=address, as_of_on=as_of, **said)
        .on_conflict_do_update(
            constraint="uq_sent_digest_site_id_address_as_of_on",
            set_=said,
            where=(SentDigest.sent_at.is_(None)) & SentDigest.failure.is_not(None),
        )
        .returning(SentDigest.id)
    ).one_or_none()


def finish(session: Session, digest_id: UUID, *, sent_at: datetime | None, failure: str | None) -> None:
    """Note what became of a digest."""
    row = session.get_one(SentDigest, digest_id)
    row.sent_at, row.failure = sent_at, failure


@dataclass(frozen=True, slots=True)
class SentRow:
    """A digest with whose it is."""

    digest: SentDigest
    site_code: str


def sent(session: Session, study_code: str, *, limit: int) -> Sequence[SentRow]:
    """Return the digests of a study's sites, the newest first."""
    rows = session.execute(
        select(SentDigest, Site.code)
        .join(Site, Site.id == SentDigest.site_id)
        .join(Study, Study.id == Site.study_id)
        .where(Study.code == study_code)
        .order_by(SentDigest.as_of_on.desc(), Site.code, SentDigest.address)
        .limit(limit)
    )
    return [SentRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenQuery:
    """A query that waits for its site's answer."""

    site_id: UUID
    number: int
    subject_number: str | None
    due_on: date


def open_queries(session: Session, site_ids: Collection[UUID], *, as_of: date) -> Sequence[OpenQuery]:
    """Return the queries of sites that were asked by a day and wait for an answer."""
    rows = session.execute(
        select(Query.site_id, Query.number, Subject.number, Query.due_on)
        .outerjoin(Subject, Subject.id == Query.subject_id)
        .where(
            Query.site_id.in_(site_ids),
            Query.state == "open",
            func.date(func.timezone("UTC", Query.opened_at)) <= as_of,
        )
        .order_by(Query.number)
    )
    return [OpenQuery(*row) for row in rows]


def kept_standings(session: Session, subject_ids: Collection[UUID], *, made_by: str) -> Mapping[UUID, dict[str, Any]]:
    """Return what is kept of where subjects stand, of those of whom it is up to date."""
    rows = session.execute(
        select(Subject.id, SubjectProgress.progress)
        .join(SubjectProgress, SubjectProgress.subject_id == Subject.id)
        .where(Subject.id.in_(subject_ids), is_current(made_by))
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class RegisteredSubject:
    """A subject with its site and the definition it is followed by."""

    site_id: UUID
    subject_id: UUID
    number: str
    study_version_id: UUID


def subjects_of(session: Session, site_ids: Collection[UUID], *, as_of: date) -> Sequence[RegisteredSubject]:
    """Return the subjects of sites that were registered by a day, by number."""
    rows = session.execute(
        select(Subject.site_id, Subject.id, Subject.number, Subject.study_version_id)
        .where(Subject.site_id.in_(site_ids), Subject.registered_on <= as_of)
        .order_by(Subject.number)
    )
    return [RegisteredSubject(*row) for row in rows]
