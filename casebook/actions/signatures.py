"""Electronic signatures of form entries: who, when, what it means, bound to exactly what was signed.

21 CFR 11.50 (name, time, meaning), 11.70 (bound to the record), 11.200 (the password again at each signing).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casebook.actions.entry_states import EntryKey, change_state, entry_for
from casebook.actions.progress import refresh_progress
from casebook.actions.signing_in import check_password
from casebook.actions.studies import definition_of
from casebook.domain.errors import Invalid
from casebook.domain.forms.states import EntryAct, EntryState
from casebook.store import accounts, forms
from casebook.store.accounts import SignedIn
from casebook.store.forms import SIGNED_TABLE, SignedEntry
from casebook.store.tables import FormEntry, Signature

MOST_MEANING_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Signing:
    """What came of it: the signed entry, or None for a wrong password, with the end of a lock where there is one."""

    row: FormEntry | None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BrokenSignature:
    """A signature that does not hold its record any more, or a signed record without one; `what` says which."""

    subject: str | None
    form: str | None
    timepoint: str | None
    ordinal: int | None
    signer_name: str | None
    signed_at: datetime | None
    what: str


def sign_entry(
    session: Session,
    who: SignedIn,
    key: EntryKey,
    *,
    password: str,
    meaning: str,
    version: int | None,
    now: datetime,
) -> Signing:
    """Sign a verified entry in one's own name; a wrong password signs nothing and counts as a failure.

    Raises Refused where the state does not allow it, Stale for an older version.
    """
    said = meaning.strip()
    if not 0 < len(said) <= MOST_MEANING_CHARACTERS:
        raise Invalid(f"Say what the signature means, in 1 to {MOST_MEANING_CHARACTERS} characters.", field="meaning")
    held = entry_for(session, who.actor, key, EntryAct.SIGN, version=version)
    held.require(EntryAct.SIGN)
    if not check_password(session, account_id=who.account_id, password=password, now=now):
        account = accounts.by_login(session, who.actor.login)
        until = account.locked_until if account is not None else None
        return Signing(None, until if until is not None and until > now else None)
    content = signed_content(held.subject.number, key.timepoint, held.row, held.row.version)
    session.add(
        Signature(
            record_table=SIGNED_TABLE,
            record_id=held.row.id,
            record_version=held.row.version,
            content_sha256=content_sha256(content),
            account_id=who.account_id,
            signer_name=who.actor.display_name,
            meaning=said,
            signed_at=now,
        )
    )
    row = change_state(session, held, EntryAct.SIGN, reason=None, now=now)
    refresh_progress(session, held.subject.id)
    return Signing(row)


def signed_content(number: str, timepoint: str | None, row: FormEntry, version: int) -> dict[str, Any]:
    """Return what a signature of this version of an entry is bound to."""
    return {
        "subject": number,
        "form": row.form_code,
        "timepoint": timepoint,
        "ordinal": row.ordinal,
        "version": version,
        "data": row.data,
    }


def content_sha256(content: Mapping[str, Any]) -> str:
    """Return the digest of a content in its one canonical spelling: sorted keys, no spaces, UTF-8."""
    spelled = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()


def broken_signatures(session: Session) -> tuple[BrokenSignature, ...]:
    """Return every signature that holds in name only: content, state or record is not what was signed."""
    checked = ((signed, _what_is_wrong(session, signed)) for signed in forms.signed_entries(session))
    return tuple(_broken(signed, what) for signed, what in checked if what is not None)


def _what_is_wrong(session: Session, signed: SignedEntry) -> str | None:
    row, signature = signed.entry, signed.signature
    if row is None:
        return "the signed record is gone"
    state = EntryState(row.state)
    if signature is None:
        assert signed.study_version_id is not None
        asks = definition_of(session, signed.study_version_id).form(row.form_code).needs_signature
        return f"the record is {state} and nobody's signature holds" if asks else None
    content = signed_content(signed.subject_number or "", signed.timepoint, row, signature.record_version)
    if content_sha256(content) != signature.content_sha256:
        return "the record says something else than what was signed"
    is_signed = state in {EntryState.SIGNED, EntryState.FROZEN, EntryState.LOCKED}
    return None if is_signed else f"the signature holds, yet the record is {state}"


def _broken(signed: SignedEntry, what: str) -> BrokenSignature:
    row, signature = signed.entry, signed.signature
    return BrokenSignature(
        subject=signed.subject_number,
        form=row.form_code if row else None,
        timepoint=signed.timepoint,
        ordinal=row.ordinal if row else None,
        signer_name=signature.signer_name if signature else None,
        signed_at=signature.signed_at if signature else None,
        what=what,
    )
