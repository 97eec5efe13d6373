"""Reminders: what every site owes on a day, told to its contacts by mail, once a day at most."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.mail import NotTaken, Sender
from casebook.actions.progress import MADE_BY, standings
from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Refused
from casebook.domain.next_step import next_step
from casebook.domain.reminder_mail import Mail, digest_mail, require_address
from casebook.domain.reminders import (
    Digest,
    Owed,
    ReminderState,
    digest,
    owed_answer,
    owed_approval,
    owed_by_patient,
)
from casebook.domain.standing import Standing
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Language, Text
from casebook.store import registry, reminders, sites
from casebook.store.database import Database
from casebook.store.reminders import SentRow
from casebook.store.tables import Site, SiteContact

MOST_SENT_SHOWN: Final = 200
REASON: Final = "daily reminders"
KNOWN_ALREADY: Final = Text("The site has this contact already.", "この連絡先は登録済みです。")


@dataclass(frozen=True, slots=True)
class SiteDigest:
    """What a site owes on a day, and who is told."""

    study_code: str
    site: Site
    digest: Digest
    contacts: Sequence[SiteContact]

    @property
    def site_name(self) -> Text:
        """The site's name."""
        return Text(self.site.name_en, self.site.name_ja)

    def mail(self, contact: SiteContact, *, public_url: str | None) -> Mail:
        """Return the mail of a contact, in the contact's language."""
        return self.mail_in("ja" if contact.language == "ja" else "en", to=contact.address, public_url=public_url)

    def mail_in(self, language: Language, *, to: str, public_url: str | None) -> Mail:
        """Return the mail in a language."""
        return digest_mail(
            self.digest,
            study=self.study_code,
            site_name=self.site_name,
            to=to,
            language=language,
            public_url=public_url,
        )


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of one contact's digest: sent, sent before, not taken (`failure`), or only looked at."""

    study: str
    site: str
    mail: Mail
    is_new: bool
    failure: str | None = None


def see_digests(
    session: Session, actor: Actor, *, study_code: str, as_of: date, site_code: str | None = None
) -> list[SiteDigest]:
    """Return what each site the actor manages owes on a day, by code. Raises Forbidden; NotFound for another site."""
    actor.require(Action.MANAGE_SITES, study_code=study_code)
    found = sites.seen_by(session, actor, Action.MANAGE_SITES, study_code)
    if site_code is not None:
        found = [sites.one_seen_by(session, actor, Action.MANAGE_SITES, study_code=study_code, site_code=site_code)]
    return digests_of(session, found, study_code=study_code, as_of=as_of)


def see_sent(session: Session, actor: Actor, *, study_code: str) -> Sequence[SentRow]:
    """Return the digests that were sent to a study's sites, the newest first. Raises Forbidden."""
    actor.require(Action.MANAGE_SITES, study_code=study_code)
    return reminders.sent(session, study_code, limit=MOST_SENT_SHOWN)


def digests_of(session: Session, found: Sequence[Site], *, study_code: str, as_of: date) -> list[SiteDigest]:
    """Return what sites owe on a day, in a constant number of queries."""
    ids = [site.id for site in found]
    _, definition = newest_definition(session, study_code)
    owed = _owed(session, definition, found, as_of)
    told = reminders.last_told_on(session, ids, before=as_of)
    contacts = reminders.contacts(session, ids)
    return [
        SiteDigest(
            study_code,
            site,
            digest(site.code, owed[site.id], as_of=as_of, since=told.get(site.id, date.min)),
            contacts.get(site.id, ()),
        )
        for site in found
    ]


def _owed(
    session: Session, definition: StudyDefinition, found: Sequence[Site], as_of: date
) -> Mapping[UUID, Sequence[Owed]]:
    ids = [site.id for site in found]
    owed: dict[UUID, list[Owed]] = defaultdict(list)
    for site_id, item in _by_patients(session, ids, as_of):
        owed[site_id].append(item)
    for query in reminders.open_queries(session, ids, as_of=as_of):
        answer = owed_answer(definition, query=query.number, number=query.subject_number, due_on=query.due_on)
        owed[query.site_id] += [answer] if answer else []
    approvals = sites.approvals(session, ids)
    for site in found:
        ends = [
            row.valid_until
            for row in approvals.get(site.id, ())
            if row.protocol_version == definition.protocol_version and row.revoked_on is None
        ]
        is_open = site.closed_on is None or as_of < site.closed_on
        renewal = owed_approval(definition, site=site.code, ends=ends) if is_open else None
        owed[site.id] += [renewal] if renewal else []
    return owed


def _by_patients(session: Session, site_ids: Sequence[UUID], as_of: date) -> Iterator[tuple[UUID, Owed]]:
    subjects = reminders.subjects_of(session, site_ids, as_of=as_of)
    kept = reminders.kept_standings(session, [one.subject_id for one in subjects], made_by=MADE_BY)
    fresh = standings(session, [one.subject_id for one in subjects if one.subject_id not in kept])
    for one in subjects:
        key, definition = one.subject_id, definition_of(session, one.study_version_id)
        progress = (Standing.from_json(kept[key]) if key in kept else fresh[key][1]).progress
        step = next_step(definition, progress, today=as_of)
        item = owed_by_patient(definition, progress, step, number=one.number)
        if item is not None:
            yield one.site_id, item


def send_digests(
    database: Database,
    sender: Sender | None,
    *,
    actor: str,
    as_of: date,
    now: datetime,
    public_url: str | None,
) -> list[Sending]:
    """Tell every contact what its site owes on a day, where an item's turn has come; without a `sender` only look.

    A digest that was sent is not sent again, whatever happens: it is noted before the mail goes out, and what came of
    it after. One that the server did not take is tried again by the next call.
    """
    with database.transaction(actor=actor, reason=REASON) as session:
        due = [
            (one, contact)
            for code in registry.study_codes(session)
            for one in _digests_of_study(session, code, as_of)
            if one.digest.is_called_for
            for contact in one.contacts
        ]
    return [_told(database, sender, one, contact, actor, now, public_url) for one, contact in due]


def _digests_of_study(session: Session, study_code: str, as_of: date) -> list[SiteDigest]:
    study = registry.study(session, study_code)
    return digests_of(session, registry.sites(session, study.id), study_code=study_code, as_of=as_of)


def _told(
    database: Database,
    sender: Sender | None,
    one: SiteDigest,
    contact: SiteContact,
    actor: str,
    now: datetime,
    public_url: str | None,
) -> Sending:
    mail = one.mail(contact, public_url=public_url)
    if sender is None:
        return Sending(one.study_code, one.site.code, mail, is_new=True)
    with database.transaction(actor=actor, reason=REASON) as session:
        digest_id = reminders.begin(
            session,
            site_id=one.site.id,
            address=contact.address,
            as_of=one.digest.as_of,
            subject_line=mail.subject,
            body_sha256=hashlib.sha256(mail.body.encode()).digest(),
            counts=_counts(one.digest),
        )
    if digest_id is None:
        return Sending(one.study_code, one.site.code, mail, is_new=False)
    failure = None
    try:
        sender.send(mail)
    except NotTaken as not_taken:
        failure = str(not_taken)
    with database.transaction(actor=actor, reason=REASON) as session:
        reminders.finish(session, digest_id, sent_at=None if failure else now, failure=failure)
    return Sending(one.study_code, one.site.code, mail, is_new=True, failure=failure)


def _counts(found: Digest) -> tuple[int, int, int]:
    return (
        len(found.of_state(ReminderState.DUE)),
        len(found.of_state(ReminderState.OVERDUE)),
        len(found.of_state(ReminderState.ESCALATED)),
    )


def add_contact(
    session: Session, actor: Actor, *, study_code: str, site_code: str, address: str, language: Language
) -> SiteContact:
    """Have a site's reminders sent to an address. Raises NotFound, Invalid for no address, Refused for a known one."""
    actor.require(Action.MANAGE_SITES, study_code=study_code)
    site = sites.one_seen_by(session, actor, Action.MANAGE_SITES, study_code=study_code, site_code=site_code)
    said = require_address(address)
    known = reminders.contact_of(session, site.id, said)
    if known is not None and known.ended_at is None:
        raise Refused(KNOWN_ALREADY, field="address")
    if known is None:
        known = SiteContact(site_id=site.id, address=said)
        session.add(known)
    known.language, known.ended_at = language, None
    session.flush()
    return known


def end_contact(session: Session, actor: Actor, *, study_code: str, contact_id: UUID, now: datetime) -> SiteContact:
    """Send no more reminders to a contact. Raises NotFound, for contacts of others' sites too."""
    row, site_code = reminders.contact(session, study_code, contact_id)
    sites.one_seen_by(session, actor, Action.MANAGE_SITES, study_code=study_code, site_code=site_code)
    row.ended_at = row.ended_at or now
    session.flush()
    return row
