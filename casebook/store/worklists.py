"""What worklists are made of, each in one query whatever the size of the study."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from casebook.domain.actors import Action, Actor
from casebook.store.tables import (
    Account,
    AuditEvent,
    Derivation,
    FormEntry,
    ImagingStudy,
    Lesion,
    Reading,
    RoleGrant,
    Signature,
    Site,
    Subject,
    Timepoint,
)
from casebook.store.visibility import visible

OPEN_STATES = ("started", "complete", "verified", "signed")


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """A form entry that waits for an act, and how many wait with it."""

    number: str
    site_code: str
    study_version_id: UUID
    form_code: str
    timepoint: str | None
    ordinal: int
    saved_at: datetime
    n_total: int


def entries(
    session: Session,
    actor: Actor,
    action: Action,
    *,
    states: Mapping[str, Collection[str] | None],
    limit: int,
) -> Sequence[WaitingEntry]:
    """Return the entries that waited longest in one of the states; a state may be named for some forms only."""
    conditions = [
        and_(FormEntry.state == state, *([] if forms is None else [FormEntry.form_code.in_(forms)]))
        for state, forms in states.items()
    ]
    rows = session.execute(
        select(
            Subject.number,
            Site.code,
            Subject.study_version_id,
            FormEntry.form_code,
            Timepoint.code,
            FormEntry.ordinal,
            FormEntry.saved_at,
            func.count().over(),
        )
        .join(Subject, Subject.id == FormEntry.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .outerjoin(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .where(visible(actor, action), or_(*conditions))
        .order_by(FormEntry.saved_at, Subject.number, FormEntry.id)
        .limit(limit)
    )
    return [WaitingEntry(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class UnreadTimepoint:
    """A timepoint with images and lesions that an account has not signed a read of; `is_begun` with a draft."""

    number: str
    site_code: str
    timepoint: str
    is_begun: bool


def unread(
    session: Session, actor: Actor, account_id: UUID, *, timepoints: Collection[str]
) -> Sequence[UnreadTimepoint]:
    """Return what an account has still to read, by patient."""
    signed = exists().where(
        Reading.timepoint_id == Timepoint.id, Reading.account_id == account_id, Reading.state == "signed"
    )
    begun = exists().where(
        Reading.timepoint_id == Timepoint.id, Reading.account_id == account_id, Reading.state == "draft"
    )
    rows = session.execute(
        select(Subject.number, Site.code, Timepoint.code, begun)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .where(
            visible(actor, Action.RECORD_SITE_READ),
            Timepoint.code.in_(timepoints),
            exists().where(ImagingStudy.timepoint_id == Timepoint.id),
            exists().where(Lesion.subject_id == Subject.id, Lesion.state == "active"),
            ~signed,
        )
        .order_by(Subject.number)
    )
    return [UnreadTimepoint(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SiteForms:
    """How many entries of a site there are, and how many of them have been verified."""

    site_code: str
    site_name_en: str
    site_name_ja: str
    n_entries: int
    n_verified: int


def verification_by_site(session: Session, actor: Actor, action: Action) -> Sequence[SiteForms]:
    """Count complete entries by site, by code of the site."""
    rows = session.execute(
        select(
            Site.code,
            Site.name_en,
            Site.name_ja,
            func.count(),
            func.count().filter(FormEntry.state != "complete"),
        )
        .join(Subject, Subject.id == FormEntry.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .where(visible(actor, action), FormEntry.state != "started")
        .group_by(Site.id)
        .order_by(Site.code)
    )
    return [SiteForms(*row) for row in rows]


def entries_by_state(session: Session, actor: Actor, action: Action) -> Mapping[str, int]:
    """Count the entries by state."""
    rows = session.execute(
        select(FormEntry.state, func.count())
        .join(Subject, Subject.id == FormEntry.subject_id)
        .where(visible(actor, action))
        .group_by(FormEntry.state)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class ReasonedChange:
    """A change that somebody gave a reason for."""

    number: str
    table_name: str
    actor: str
    reason: str | None
    at: datetime


def reasoned_changes(session: Session, actor: Actor, action: Action, *, limit: int) -> Sequence[ReasonedChange]:
    """Return the newest changes of saved values with their reasons."""
    rows = session.execute(
        select(Subject.number, AuditEvent.table_name, AuditEvent.actor, AuditEvent.reason, AuditEvent.at)
        .join(Subject, Subject.id == AuditEvent.subject_id)
        .where(
            visible(actor, action),
            AuditEvent.act == "update",
            AuditEvent.reason.is_not(None),
            AuditEvent.table_name.in_(("form_entry", "lesion", "lesion_diameter", "registration", "subject")),
        )
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return [ReasonedChange(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class FallenSignature:
    """A signature that a later change invalidated."""

    number: str
    form_code: str
    timepoint: str | None
    ordinal: int
    study_version_id: UUID
    signer_name: str
    because: str
    at: datetime | None
    n_total: int


def fallen_signatures(session: Session, actor: Actor, action: Action, *, limit: int) -> Sequence[FallenSignature]:
    """Return the signatures of forms that fell last and have not been given again."""
    newer = aliased(Signature)
    given_again = exists().where(newer.record_id == Signature.record_id, newer.invalidated_at.is_(None))
    rows = session.execute(
        select(
            Subject.number,
            FormEntry.form_code,
            Timepoint.code,
            FormEntry.ordinal,
            Subject.study_version_id,
            Signature.signer_name,
            func.coalesce(Signature.invalidated_because, ""),
            Signature.invalidated_at,
            func.count().over(),
        )
        .join(FormEntry, and_(FormEntry.id == Signature.record_id, Signature.record_table == "form_entry"))
        .join(Subject, Subject.id == FormEntry.subject_id)
        .outerjoin(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .where(visible(actor, action), Signature.invalidated_at.is_not(None), ~given_again)
        .order_by(Signature.invalidated_at.desc())
        .limit(limit)
    )
    return [FallenSignature(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ChangedDerivation:
    """What a rule said of a lesion before and says now."""

    number: str
    label: str
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime


def changed_derivations(session: Session, actor: Actor, action: Action, *, limit: int) -> Sequence[ChangedDerivation]:
    """Return the newest results whose status is another than it was."""
    now, before = aliased(Derivation), aliased(Derivation)
    same_question: ColumnElement[bool] = and_(before.lesion_id == now.lesion_id, before.kind == now.kind)
    rows = session.execute(
        select(Subject.number, Lesion.label, now.kind, before.result, now.result, now.derived_at)
        .join(before, and_(same_question, before.superseded_at.is_not(None)))
        .join(Lesion, Lesion.id == now.lesion_id)
        .join(Subject, Subject.id == Lesion.subject_id)
        .where(
            visible(actor, action),
            now.superseded_at.is_(None),
            before.result["status"].astext != now.result["status"].astext,
            ~_in_between(before),
        )
        .order_by(now.derived_at.desc())
        .limit(limit)
    )
    return [ChangedDerivation(*row) for row in rows]


def _in_between(before: type[Derivation]) -> ColumnElement[bool]:
    later = aliased(Derivation)
    return exists().where(
        later.lesion_id == before.lesion_id,
        later.kind == before.kind,
        later.superseded_at > before.superseded_at,
    )


@dataclass(frozen=True, slots=True)
class AccountToLookAt:
    """An account that somebody cannot sign in with, or that may do nothing."""

    login: str
    display_name: str
    locked_until: datetime | None
    has_role: bool


def accounts_to_look_at(session: Session, *, now: datetime) -> Sequence[AccountToLookAt]:
    """Return the accounts in use that are locked at `now` or hold no role then."""
    holds = exists().where(
        RoleGrant.account_id == Account.id,
        RoleGrant.valid_from <= now,
        or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
    )
    rows = session.execute(
        select(Account.login, Account.display_name, Account.locked_until, holds)
        .where(Account.disabled_at.is_(None), or_(Account.locked_until > now, ~holds))
        .order_by(Account.login)
    )
    return [AccountToLookAt(*row) for row in rows]
