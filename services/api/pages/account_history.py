"""What happened to an account, in words a person reads; the trail's own values stand beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from casebook.actions.people import AccountFile
from casebook.store.account_trail import AccountEvent
from casebook.store.grants import KeptGrant
from services.api.pages.words import N_

CHANGED: Final = N_("account changed")
OF_ACCOUNT: Final[Sequence[tuple[str, str, str]]] = (
    ("disabled_at", N_("disabled"), N_("enabled")),
    ("password_hash", N_("password set"), N_("password taken away")),
    ("oidc_subject", N_("linked to a person of the sign-in service"), N_("link to the sign-in service taken away")),
    ("locked_until", N_("locked after wrong passwords"), N_("unlocked")),
    ("language", N_("language chosen"), CHANGED),
)
"""Column, words when it has a value afterwards, words when it has none."""
TOLD: Final = frozenset({"oidc_subject", "language", "display_name", "locked_until"})
"""Values of an account that are shown; others are said by the words alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history: `words` are for the catalogue, `about` is shown as it is."""

    at: datetime
    actor: str
    words: str
    grant: KeptGrant | None
    about: str
    reason: str | None


def lines(file: AccountFile) -> Sequence[Line]:
    """Return the history, the newest first."""
    by_id = {kept.id: kept for kept in file.person.grants}
    labels = {token.id: token.label for token in file.tokens}
    return [_line(event, by_id, labels) for event in file.history]


def _line(event: AccountEvent, grants: Mapping[UUID, KeptGrant], labels: Mapping[UUID, str]) -> Line:
    words, about = _said(event, labels)
    return Line(event.at, event.actor, words, grants.get(event.row_id), about, event.reason)


def _said(event: AccountEvent, labels: Mapping[UUID, str]) -> tuple[str, str]:
    if event.table_name == "role_grant":
        ends = event.new.get("valid_until")
        is_new = event.act == "insert"
        return (N_("role granted"), "") if is_new else (N_("end of the role set"), _moment(ends))
    if event.table_name == "api_token":
        return N_("token made") if event.act == "insert" else N_("token revoked"), labels.get(event.row_id, "")
    if event.act == "insert":
        return N_("account made"), ""
    return _of_account(event.new)


def _of_account(new: Mapping[str, Any]) -> tuple[str, str]:
    for column, words, words_without in OF_ACCOUNT:
        if column in new:
            value = new[column]
            shown = _moment(value) if column.endswith("_until") else str(value or "")
            return words if value is not None else words_without, shown if column in TOLD else ""
    return CHANGED, ", ".join(f"{column}: {value}" for column, value in new.items() if column in TOLD)


def _moment(stored: str | None) -> str:
    return "" if stored is None else f"{datetime.fromisoformat(stored):%Y-%m-%d %H:%M} UTC"
