"""Recording what lets a site register: ethics approvals with their letters, training, imaging qualification."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.sites import say_why
from casebook.actions.studies import definition_of
from casebook.domain.activation import Qualification
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, NotFound, Refused, Stale, Unavailable
from casebook.domain.texts import Text
from casebook.store import registry, sites
from casebook.store.files import FileStore
from casebook.store.tables import EthicsApproval, Site, SiteQualification

MAX_LETTER_BYTES: Final = 10 * 1024 * 1024
LETTER_TYPES: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""Kinds of letter by how their bytes begin; a file's name says nothing about it."""
LETTER_FOLDER: Final = "letters"
MAX_NAME_CHARACTERS: Final = 200

_Row = TypeVar("_Row", EthicsApproval, SiteQualification)


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """What a committee's letter says. `valid_until` is the last day; None where the approval does not end."""

    protocol_version: str
    committee: str
    number: str
    approved_on: date
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class QualificationFacts:
    """What a site has shown, since when, until when."""

    kind: Qualification
    qualified_on: date
    valid_until: date | None
    detail: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A committee's letter as it was sent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter as it is handed out."""

    name: str
    media_type: str
    content: bytes


def record_approval(
    session: Session, actor: Actor, *, study_code: str, site_code: str, facts: ApprovalFacts
) -> EthicsApproval:
    """Record an approval. Raises Invalid for impossible dates or an unknown protocol, Refused for a known number."""
    site = _managed(session, actor, study_code, site_code)
    facts = _checked(session, study_code, facts)
    _require_new(session, site, facts, None)
    row = EthicsApproval(site_id=site.id, **_columns(facts))
    session.add(row)
    session.flush()
    return row


def change_approval(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    approval_id: UUID,
    facts: ApprovalFacts,
    version: int | None,
    reason: str | None,
) -> EthicsApproval:
    """Correct an approval. Raises Stale for an older version, Refused without a reason, Invalid."""
    site = _managed(session, actor, study_code, site_code)
    row = sites.approval(session, site_id=site.id, approval_id=approval_id, lock=True)
    _require_version(row, version)
    facts = _checked(session, study_code, facts)
    _require_new(session, site, facts, row.id)

    def apply() -> None:
        for name, value in _columns(facts).items():
            setattr(row, name, value)

    return _changed(session, row, reason, apply)


def attach_letter(
    session: Session,
    actor: Actor,
    archive: FileStore,
    *,
    study_code: str,
    site_code: str,
    approval_id: UUID,
    letter: Letter,
    version: int | None,
    reason: str | None = None,
) -> EthicsApproval:
    """Keep the committee's letter with its approval; one in place of another needs a reason.

    Raises Invalid for a file that is no letter, Stale for an older version, Refused.
    """
    site = _managed(session, actor, study_code, site_code)
    row = sites.approval(session, site_id=site.id, approval_id=approval_id, lock=True)
    _require_version(row, version)
    if row.letter_key is not None:
        say_why(session, reason)
    _keep_letter(row, letter, archive)
    row.version += 1
    session.flush()
    return row


def record_qualification(
    session: Session, actor: Actor, *, study_code: str, site_code: str, facts: QualificationFacts
) -> SiteQualification:
    """Record training or imaging qualification. Raises Invalid for impossible dates."""
    site = _managed(session, actor, study_code, site_code)
    row = SiteQualification(site_id=site.id, **_qualification_columns(facts))
    session.add(row)
    session.flush()
    return row


def change_qualification(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    qualification_id: UUID,
    facts: QualificationFacts,
    version: int | None,
    reason: str | None,
) -> SiteQualification:
    """Correct a qualification. Raises Stale for an older version, Refused without a reason, Invalid."""
    site = _managed(session, actor, study_code, site_code)
    row = sites.qualification(session, site_id=site.id, qualification_id=qualification_id, lock=True)
    _require_version(row, version)
    columns = _qualification_columns(facts)

    def apply() -> None:
        for name, value in columns.items():
            setattr(row, name, value)

    return _changed(session, row, reason, apply)


def revoke_approval(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    approval_id: UUID,
    revoked_on: date | None,
    version: int | None,
    reason: str | None,
) -> EthicsApproval:
    """End an approval: from `revoked_on` it does not hold; None takes a revocation back. Raises Stale, Refused."""
    site = _managed(session, actor, study_code, site_code)
    row = sites.approval(session, site_id=site.id, approval_id=approval_id, lock=True)
    return _revoked(session, row, revoked_on, version, reason)


def revoke_qualification(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    qualification_id: UUID,
    revoked_on: date | None,
    version: int | None,
    reason: str | None,
) -> SiteQualification:
    """End a qualification: from `revoked_on` it does not hold; None takes a revocation back. Raises Stale, Refused."""
    site = _managed(session, actor, study_code, site_code)
    row = sites.qualification(session, site_id=site.id, qualification_id=qualification_id, lock=True)
    return _revoked(session, row, revoked_on, version, reason)


def read_letter(
    session: Session, actor: Actor, archive: FileStore, *, study_code: str, site_code: str, approval_id: UUID
) -> StoredLetter:
    """Return an approval's letter. Raises NotFound, for sites of others too; Unavailable where it is damaged."""
    site = sites.one_seen_by(session, actor, Action.SEE_SITES, study_code=study_code, site_code=site_code)
    row = sites.approval(session, site_id=site.id, approval_id=approval_id)
    if row.letter_key is None or row.letter_type is None:
        raise NotFound("The approval has no letter.", field="letter")
    content = archive.read(row.letter_key)
    if hashlib.sha256(content).digest() != row.letter_sha256:
        raise Unavailable(
            Text(
                "The archived letter is damaged; put the file back from a backup.",
                "保管された書類が破損しています。バックアップから復元してください。",
            )
        )
    return StoredLetter(row.letter_name or "letter", row.letter_type, content)


def protocol_versions(session: Session, study_code: str) -> list[str]:
    """Return the protocol versions of the study's definitions, the one in force first."""
    rows = registry.versions(session, registry.study(session, study_code).id)
    return list(dict.fromkeys(definition_of(session, row.id).protocol_version for row in rows))


def _managed(session: Session, actor: Actor, study_code: str, site_code: str) -> Site:
    actor.require(Action.MANAGE_SITES, study_code=study_code)
    return sites.one_seen_by(session, actor, Action.MANAGE_SITES, study_code=study_code, site_code=site_code)


def _checked(session: Session, study_code: str, facts: ApprovalFacts) -> ApprovalFacts:
    known = protocol_versions(session, study_code)
    if facts.protocol_version not in known:
        raise Invalid(
            Text(
                f"The study has no protocol {facts.protocol_version}; it has {', '.join(known)}.",
                f"プロトコル {facts.protocol_version} はありません（{'、'.join(known)}）。",
            ),
            field="protocol_version",
        )
    for name in ("committee", "number"):
        if not 1 <= len(getattr(facts, name).strip()) <= MAX_NAME_CHARACTERS:
            raise Invalid(
                Text(
                    f"An answer is required, of {MAX_NAME_CHARACTERS} characters at most.",
                    f"{MAX_NAME_CHARACTERS}文字以内で入力してください。",
                ),
                field=name,
            )
    _require_order(facts.valid_from, facts.valid_until)
    if facts.approved_on > facts.valid_from:
        raise Invalid(
            Text(
                f"Approved on {facts.approved_on}, valid from {facts.valid_from}: it cannot hold before it was given.",
                f"承認日 {facts.approved_on} が有効期間の開始日 {facts.valid_from} より後です。",
            ),
            field="valid_from",
        )
    return facts


def _require_order(from_on: date, until_on: date | None) -> None:
    if until_on is not None and until_on < from_on:
        raise Invalid(
            Text(
                f"Valid until {until_on}, which is before {from_on}.",
                f"有効期限 {until_on} が開始日 {from_on} より前です。",
            ),
            field="valid_until",
        )


def _require_new(session: Session, site: Site, facts: ApprovalFacts, own: UUID | None) -> None:
    known = sites.approval_numbered(
        session, site_id=site.id, protocol_version=facts.protocol_version, number=facts.number.strip()
    )
    if known is not None and known.id != own:
        raise Refused(
            Text(
                f"Approval {facts.number} of protocol {facts.protocol_version} is recorded already; change that one.",
                f"プロトコル {facts.protocol_version} の承認 {facts.number} は登録済みです。変更してください。",
            ),
            field="number",
        )


def _columns(facts: ApprovalFacts) -> dict[str, object]:
    return {
        "protocol_version": facts.protocol_version,
        "committee": facts.committee.strip(),
        "number": facts.number.strip(),
        "approved_on": facts.approved_on,
        "valid_from": facts.valid_from,
        "valid_until": facts.valid_until,
    }


def _qualification_columns(facts: QualificationFacts) -> dict[str, object]:
    _require_order(facts.qualified_on, facts.valid_until)
    return {
        "kind": facts.kind,
        "qualified_on": facts.qualified_on,
        "valid_until": facts.valid_until,
        "detail": facts.detail.strip(),
    }


def _keep_letter(row: EthicsApproval, letter: Letter, archive: FileStore) -> None:
    digest = hashlib.sha256(letter.content).digest()
    row.letter_type = _type_of(letter.content)
    name = "".join(sign for sign in Path(letter.name.replace("\\", "/")).name if sign.isprintable())
    row.letter_name, row.letter_n_bytes = name[-MAX_NAME_CHARACTERS:] or "letter", len(letter.content)
    row.letter_key, row.letter_sha256 = f"{LETTER_FOLDER}/{digest.hex()}", digest
    with tempfile.NamedTemporaryFile(dir=archive.staging_dir(), delete=False) as staged:
        staged.write(letter.content)
    archive.put_all([(row.letter_key, Path(staged.name))])


def _type_of(content: bytes) -> str:
    if len(content) > MAX_LETTER_BYTES:
        most = MAX_LETTER_BYTES // 1024**2
        raise Invalid(
            Text(f"The letter has more than {most} MB.", f"書類が {most} MB を超えています。"), field="letter"
        )
    for beginning, media_type in LETTER_TYPES.items():
        if content.startswith(beginning):
            return media_type
    raise Invalid(
        Text("The letter is no PDF, PNG or JPEG file.", "書類は PDF・PNG・JPEG のいずれかにしてください。"),
        field="letter",
    )


def _require_version(row: EthicsApproval | SiteQualification, version: int | None) -> None:
    if version is None:
        raise Refused(Text("Name the version you change with If-Match.", "変更する版を If-Match で指定してください。"))
    if version != row.version:
        raise Stale(
            Text(
                f"Somebody else changed it (version {row.version}, yours is {version}); reload.",
                f"他の人が変更しました（現在の版 {row.version}、指定された版 {version}）。再読み込みしてください。",
            )
        )


def _revoked(session: Session, row: _Row, revoked_on: date | None, version: int | None, reason: str | None) -> _Row:
    _require_version(row, version)

    def apply() -> None:
        row.revoked_on = revoked_on

    return _changed(session, row, reason, apply)


def _changed(session: Session, row: _Row, reason: str | None, apply: Callable[[], None]) -> _Row:
    say_why(session, reason)
    apply()
    row.version += 1
    session.flush()
    return row
