"""What the data centre does about discrepancies: accept them as they are, or ask the site, one or many at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.queries import act_on
from casebook.actions.reconcile import ask_about
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, NotFound
from casebook.domain.protocol_findings import Severity
from casebook.domain.queries import QueryAct, QueryState
from casebook.domain.reconciliation.standing import BoardState
from casebook.domain.texts import Text
from casebook.store import board
from casebook.store.database import for_reason
from casebook.store.tables import Discrepancy

MOST_AT_ONCE: Final = 500
MAX_REASON: Final = 2000
TOO_MANY: Final = Text(f"Choose {MOST_AT_ONCE} rows at most.", f"一度に選べるのは{MOST_AT_ONCE}行までです。")
NOTHING_CHOSEN: Final = Text("Choose the rows first.", "先に行を選択してください。")
SAY_WHY: Final = Text(
    "Say why the difference is accepted; the reason stands beside it and in the audit trail.",
    "了承する理由を入力してください。記録と監査証跡に残ります。",
)
TOO_LONG: Final = Text(f"Use {MAX_REASON} characters at most.", f"{MAX_REASON}字以内で入力してください。")
CHANGED: Final = Text("The values have changed since; look at them again.", "値が変わりました。再度確認してください。")
GONE: Final = Text("The difference is gone.", "不一致は解消しています。")
ACCEPTED: Final = Text("It is accepted already.", "すでに了承されています。")
IS_ASKED: Final = Text("The site has been asked already.", "すでに問い合わせています。")
IS_NOTE: Final = Text("A note asks for nothing.", "参考情報のため対応は不要です。")


@dataclass(frozen=True, slots=True)
class Settled:
    """One discrepancy of an act: `hindrance` says why nothing was done; `query_number` where the site was asked."""

    id: UUID
    hindrance: Text | None = None
    query_number: int | None = None


def accept_many(
    session: Session, actor: Actor, *, seen: Mapping[UUID, str], reason: str, now: datetime
) -> list[Settled]:
    """Accept discrepancies with the values that were seen; `seen` holds their fingerprints.

    Raises Invalid without a reason, NotFound for a discrepancy that is not the actor's.
    """
    why = _reason(reason)
    found = []
    with for_reason(session, why):
        for item, (row, state, _, _) in _chosen(session, actor, seen).items():
            hindrance = may_accept(row, state, seen[item])
            if hindrance is None:
                row.accepted_by, row.accepted_at, row.accepted_because = actor.login, now, why
            found.append(Settled(item, hindrance))
        session.flush()
    return found


def ask_sites(session: Session, actor: Actor, *, seen: Mapping[UUID, str], now: datetime) -> list[Settled]:
    """Ask the sites about discrepancies with the values that were seen. Raises NotFound."""
    found = []
    for item, (row, state, _, subject) in _chosen(session, actor, seen).items():
        hindrance = may_ask(row, state, seen[item])
        if hindrance is not None:
            found.append(Settled(item, hindrance))
            continue
        query = ask_about(session, subject, row, now=now, again=True)
        if query.state == QueryState.CANDIDATE:
            query = act_on(session, actor, QueryAct.OPEN, number=query.number, version=query.version, said="", now=now)
        row.query_id = query.id
        found.append(Settled(item, query_number=query.number))
    session.flush()
    return found


def may_accept(row: Discrepancy, state: BoardState, fingerprint: str) -> Text | None:
    """Return why a discrepancy cannot be accepted now; None where it can."""
    if state is BoardState.GONE:
        return GONE
    if state is BoardState.ACCEPTED:
        return ACCEPTED
    return CHANGED if row.fingerprint != fingerprint else None


def may_ask(row: Discrepancy, state: BoardState, fingerprint: str) -> Text | None:
    """Return why the site cannot be asked about a discrepancy now; None where it can."""
    if state is BoardState.ASKED:
        return IS_ASKED
    if row.severity == Severity.NOTE:
        return IS_NOTE
    return may_accept(row, state, fingerprint)


def _chosen(session: Session, actor: Actor, seen: Mapping[UUID, str]) -> Mapping[UUID, board.Chosen]:
    if not seen:
        raise Invalid(NOTHING_CHOSEN, field="rows")
    if len(seen) > MOST_AT_ONCE:
        raise Invalid(TOO_MANY, field="rows")
    found = board.chosen(session, actor, Action.RECONCILE, seen)
    if len(found) < len(seen):
        raise NotFound("There is no such discrepancy.", field="rows")
    return found


def _reason(said: str) -> str:
    why = said.strip()
    if not why:
        raise Invalid(SAY_WHY, field="reason")
    if len(why) > MAX_REASON:
        raise Invalid(TOO_LONG, field="reason")
    return why
