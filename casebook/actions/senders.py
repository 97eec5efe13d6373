"""Machines of sites that send by DICOM: registered by data managers; deliveries announced by who submits images."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.sites import say_why
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.dicom_senders import SenderFacts, require_end
from casebook.domain.errors import Invalid, Refused, Stale
from casebook.domain.texts import Text
from casebook.store import images, registry, senders, sites
from casebook.store.senders import AnnouncedRow
from casebook.store.tables import AnnouncedDelivery, DicomSender, Site

MOST_LISTED = 50


def list_senders(session: Session, actor: Actor, *, study_code: str, site_code: str) -> Sequence[DicomSender]:
    """Return the machines of a site, those in use first. Raises NotFound, for sites of others too."""
    actor.require(Action.SUBMIT_IMAGES, study_code=study_code)
    site = sites.one_seen_by(session, actor, Action.SUBMIT_IMAGES, study_code=study_code, site_code=site_code)
    return senders.of_sites(session, [site.id])


def senders_in_use(session: Session, actor: Actor, *, study_code: str) -> Sequence[tuple[str, DicomSender]]:
    """Return (site code, machine) of every machine that may send for a site of the actor's."""
    found = sites.seen_by(session, actor, Action.SUBMIT_IMAGES, study_code)
    codes = {site.id: site.code for site in found}
    return [(codes[row.site_id], row) for row in senders.of_sites(session, list(codes)) if row.disabled_at is None]


def add_sender(session: Session, actor: Actor, *, study_code: str, site_code: str, facts: SenderFacts) -> DicomSender:
    """Register a machine. Raises Invalid, and Refused where its pair of titles is registered already."""
    site = _managed(session, actor, study_code, site_code)
    facts = facts.checked()
    _require_new_pair(session, facts, None)
    row = DicomSender(site_id=site.id, **_columns(facts))
    session.add(row)
    session.flush()
    return row


def change_sender(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    sender_id: UUID,
    facts: SenderFacts,
    version: int | None,
    reason: str | None,
) -> DicomSender:
    """Correct a machine's entry. Raises Stale for an older version, Refused without a reason, Invalid."""
    row = _versioned(session, actor, study_code, site_code, sender_id, version)
    facts = facts.checked()
    _require_new_pair(session, facts, row.id)
    say_why(session, reason)
    for name, value in _columns(facts).items():
        setattr(row, name, value)
    return _changed(session, row)


def disable_sender(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    sender_id: UUID,
    version: int | None,
    reason: str | None,
    now: datetime,
) -> DicomSender:
    """Let a machine send no more, from its next object on; its announcement ends. Raises Stale, Refused."""
    row = _versioned(session, actor, study_code, site_code, sender_id, version)
    if row.disabled_at is not None:
        raise Refused(Text("The sender is disabled already.", "この送信機器はすでに無効です。"))
    say_why(session, reason)
    running = senders.open_announcement(session, row.id)
    if running is not None:
        running.ended_at = min(now, running.closes_at)
    row.disabled_at = now
    return _changed(session, row)


def enable_sender(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    sender_id: UUID,
    version: int | None,
    reason: str | None,
) -> DicomSender:
    """Let a disabled machine send again. Raises Stale, Refused."""
    row = _versioned(session, actor, study_code, site_code, sender_id, version)
    if row.disabled_at is None:
        raise Refused(Text("The sender is in use already.", "この送信機器はすでに有効です。"))
    say_why(session, reason)
    row.disabled_at = None
    return _changed(session, row)


def announce(
    session: Session,
    actor: Actor,
    *,
    sender_id: UUID,
    subject_number: str,
    timepoint_code: str,
    closes_at: datetime,
    now: datetime,
) -> AnnouncedRow:
    """Say that a machine's next objects are a subject's at a timepoint, until then or until it is ended.

    Raises NotFound for another site's subject or machine, Invalid, and Refused while another announcement is open.
    """
    subject = registry.subject_by_number(session, actor, Action.SUBMIT_IMAGES, number=subject_number)
    sender = senders.of_site(session, subject.site_id, sender_id, lock=True)
    if sender.disabled_at is not None:
        raise Refused(Text("The sender is disabled.", "この送信機器は無効です。"), field="sender")
    require_end(closes_at, now=now)
    timepoint_id = _expected(session, subject.id, subject.study_version_id, timepoint_code)
    _end_what_ran_out(session, sender, now)
    row = AnnouncedDelivery(
        sender_id=sender.id,
        timepoint_id=timepoint_id,
        announced_by=actor.login,
        announced_at=now,
        closes_at=closes_at,
    )
    session.add(row)
    session.flush()
    return senders.announcement_row(session, actor, row.id)


def end_announcement(session: Session, actor: Actor, *, delivery_id: UUID, now: datetime) -> AnnouncedRow:
    """End an announcement before its time. Raises NotFound, and Refused where it is over."""
    found = senders.announcement_row(session, actor, delivery_id)
    row = senders.announcement(session, found.id)
    if row.ended_at is not None or row.closes_at <= now:
        raise Refused(Text("The announcement is over already.", "この送信予告はすでに終了しています。"))
    row.ended_at = now
    session.flush()
    return senders.announcement_row(session, actor, row.id)


def list_announcements(session: Session, actor: Actor) -> Sequence[AnnouncedRow]:
    """Return what was announced for subjects the actor may submit images of, newest first."""
    actor.require(Action.SUBMIT_IMAGES)
    return senders.announcements(session, actor, limit=MOST_LISTED)


def _expected(session: Session, subject_id: UUID, version_id: UUID, timepoint_code: str) -> UUID:
    if definition_of(session, version_id).timepoint(timepoint_code).imaging is None:
        raise Invalid(
            Text(
                f"The study expects no images at “{timepoint_code}”.",
                f"「{timepoint_code}」の時点では画像は予定されていません。",
            ),
            field="timepoint",
        )
    return images.ensure_timepoint(session, subject_id, timepoint_code)


def _end_what_ran_out(session: Session, sender: DicomSender, now: datetime) -> None:
    running = senders.open_announcement(session, sender.id)
    if running is None:
        return
    if running.closes_at > now:
        raise Refused(
            Text(
                "A delivery of this sender is announced already; end it first.",
                "この送信機器には受付中の送信予告があります。先に終了してください。",
            ),
            field="sender",
        )
    running.ended_at = running.closes_at
    session.flush()


def _managed(session: Session, actor: Actor, study_code: str, site_code: str) -> Site:
    actor.require(Action.MANAGE_SITES, study_code=study_code)
    return sites.one_seen_by(session, actor, Action.MANAGE_SITES, study_code=study_code, site_code=site_code)


def _versioned(
    session: Session, actor: Actor, study_code: str, site_code: str, sender_id: UUID, version: int | None
) -> DicomSender:
    site = _managed(session, actor, study_code, site_code)
    row = senders.of_site(session, site.id, sender_id, lock=True)
    if version is None:
        raise Refused(Text("Name the version you change with If-Match.", "変更する版を If-Match で指定してください。"))
    if version != row.version:
        raise Stale(
            Text(
                f"This is version {row.version} by now; reload, look at it and repeat the change.",
                f"現在の版は {row.version} です。再読み込みして内容を確認し、変更をやり直してください。",
            )
        )
    return row


def _changed(session: Session, row: DicomSender) -> DicomSender:
    row.version += 1
    session.flush()
    return row


def _require_new_pair(session: Session, facts: SenderFacts, own_id: UUID | None) -> None:
    known = senders.pair(session, facts.calling_ae_title, facts.called_ae_title)
    if known is not None and known.id != own_id:
        raise Refused(
            Text(
                "This pair of AE titles is registered already; choose another called AE title for this machine.",
                "このAEタイトルの組み合わせは登録済みです。別の着呼側AEタイトルを選んでください。",
            ),
            field="called_ae_title",
        )


def _columns(facts: SenderFacts) -> dict[str, object]:
    return {
        "calling_ae_title": facts.calling_ae_title,
        "called_ae_title": facts.called_ae_title,
        "description": facts.description,
        "host": facts.host,
        "port": facts.port,
    }
