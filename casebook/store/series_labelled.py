"""Archived series by UID, as the rules for roles see them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.store.images import source_texts
from casebook.store.tables import Instance, Series


def facts_of(session: Session, series_uids: Sequence[str]) -> Mapping[str, tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Return the facts of every image of the series, and the sender's free text; series not archived are left out."""
    texts = source_texts(session, series_uids)
    rows = session.execute(
        select(Series.series_uid, Instance.facts)
        .join(Instance, Instance.series_id == Series.id)
        .where(Series.series_uid.in_(series_uids))
        .order_by(Series.series_uid, Instance.instance_number, Instance.id)
    )
    found: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {}
    for uid, facts in rows:
        found.setdefault(uid, ([], texts.get(uid, {})))[0].append(facts)
    return found
