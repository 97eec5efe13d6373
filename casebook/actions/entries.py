"""The saved form entries of a study as a list: pages, counts by what they wait for, and which of them an act is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.waiting import Waits
from casebook.domain.texts import Text
from casebook.store import entries, patients
from casebook.store.entries import EntryRow, Wanted
from casebook.store.tables import Site

PER_PAGE: Final = 50
MOST_AT_ONCE: Final = 500
"""Entries of one act in bulk."""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A saved entry as a list shows it; `saved_by` is None where it was brought over without a trail."""

    row: EntryRow
    site_name: Text
    form: FormDefinition
    timepoint: Text | None
    age_days: int
    saved_by: str | None
    n_queries: int

    @property
    def state(self) -> EntryState:
        """Where the entry stands."""
        return EntryState(self.row.state)


@dataclass(frozen=True, slots=True)
class EntryList:
    """One page of entries; the counts are of the entries that the other filters leave, whatever they wait for.

    `sites` are those whose entries the actor may see at all.
    """

    lines: Sequence[EntryLine]
    sites: Sequence[Site]
    n_by_waits: Mapping[Waits, int]
    n_total: int
    page: int

    @property
    def n_pages(self) -> int:
        """Pages of the list, one at least."""
        return max(1, -(-self.n_total // PER_PAGE))


def list_entries(session: Session, actor: Actor, wanted: Wanted, *, now: datetime, page: int = 1) -> EntryList:
    """Return a page of the entries the actor may see, those saved longest ago first."""
    counts = entries.counted(session, actor, Action.SEE_OUTCOMES, wanted)
    n_total = sum(n for waits, n in counts.items() if wanted.waits is None or waits in wanted.waits)
    at = min(page, max(1, -(-n_total // PER_PAGE)))
    rows = entries.listed(session, actor, Action.SEE_OUTCOMES, wanted, limit=PER_PAGE, offset=(at - 1) * PER_PAGE)
    sites = patients.sites_of(session, actor, Action.SEE_OUTCOMES)
    return EntryList(_lines(session, actor, rows, sites, now), sites, counts, n_total, at)


def every_entry(session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> Sequence[EntryLine]:
    """Return all entries that are asked for, for an export."""
    sites = patients.sites_of(session, actor, Action.SEE_OUTCOMES)
    return _lines(session, actor, entries.listed(session, actor, Action.SEE_OUTCOMES, wanted), sites, now)


def versions_of(session: Session, actor: Actor, wanted: Wanted) -> Mapping[UUID, int]:
    """Return the entries that are asked for with their versions, those saved longest ago, as many as one act takes."""
    rows = entries.listed(session, actor, Action.SEE_OUTCOMES, wanted, limit=MOST_AT_ONCE)
    return {row.entry_id: row.version for row in rows}


def _lines(
    session: Session, actor: Actor, rows: Sequence[EntryRow], sites: Sequence[Site], now: datetime
) -> list[EntryLine]:
    ids = [row.entry_id for row in rows]
    site_names = {site.code: Text(site.name_en, site.name_ja) for site in sites}
    savers = entries.saved_by(session, ids)
    asked = entries.n_queries(session, ids) if actor.may(Action.SEE_QUERIES) else {}
    found = []
    for row in rows:
        definition = definition_of(session, row.study_version_id)
        found.append(
            EntryLine(
                row=row,
                site_name=site_names[row.site_code],
                form=definition.form(row.form_code),
                timepoint=definition.timepoint(row.timepoint).label if row.timepoint else None,
                age_days=max(0, (now - row.saved_at).days),
                saved_by=savers.get(row.entry_id),
                n_queries=asked.get(row.entry_id, 0),
            )
        )
    return found
