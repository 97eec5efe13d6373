"""The report on queries: by site and state as they stood on the day, and how old those are that wait."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.reported import NAME, SITE, Asked, Made, named
from casebook.domain.actors import Action
from casebook.domain.queries import STATE_LABELS, QueryState
from casebook.domain.reports import AGE_BANDS, Cell, Head, ReportTable, state_on
from casebook.domain.texts import Text
from casebook.stats.rounding import percent
from casebook.store import reports
from casebook.store.reports import QueryAct


@dataclass(frozen=True, slots=True)
class StoodThen:
    """A query as it stood on the day; `age_days` where it still waited."""

    site: str
    state: QueryState
    age_days: int
    is_overdue: bool

    @property
    def waits(self) -> bool:
        """Whether somebody still has to do something about it."""
        return not self.state.has_ended


def queries_report(session: Session, asked: Asked) -> Made:
    """Count queries by state, and those that wait by age, the late ones among them."""
    stood = queries_then(session, asked)
    states = [state for state in QueryState if state is not QueryState.CANDIDATE or not asked.is_site]
    heads = (
        SITE,
        NAME,
        *(Head(state.value, STATE_LABELS[state], is_number=True) for state in states),
        Head("waiting", Text("Waiting in all", "対応待ち計"), is_number=True),
        *(Head(f"days_{band.from_days}_on", band.label, is_number=True) for band in AGE_BANDS),
        Head("overdue", Text("Overdue", "期限超過"), is_number=True),
        Head("overdue_share", Text("% overdue", "超過率"), is_number=True),
    )
    rows = tuple(
        (*named(site), *_cells([one for one in stood if one.site == site.code], states)) for site in asked.sites
    )
    total: tuple[Cell, ...] = (Text("Together", "合計"), None, *_cells(stood, states))
    note = Text(
        "Ages in days from the day a query was sent, of those that wait for the site or the data centre. Overdue: open "
        "after the day the answer was due; its share is of the open ones.",
        "経過日数は照会日からの日数（施設またはデータセンターの対応待ちのもの）。期限超過は回答期限を過ぎた未回答のもので、割合は未回答に対するものです。",
    )
    table = ReportTable(Text("Queries by state and age", "状態別・経過日数別のクエリ数"), heads, rows, (total,))
    return Made((table,), notes=(note,))


def queries_then(session: Session, asked: Asked) -> list[StoodThen]:
    """The queries of the sites as they stood at the end of the day."""
    acts: dict[UUID, list[QueryAct]] = defaultdict(list)
    for row in reports.query_acts(session, asked.actor, Action.SEE_QUERIES, asked.definition.code, until=asked.until):
        if row.site_code in asked.site_codes:
            acts[row.query_id].append(row)
    return [one for thread in acts.values() if (one := _then(thread, asked)) is not None]


def _then(thread: list[QueryAct], asked: Asked) -> StoodThen | None:
    first = thread[0]
    state = state_on([(row.act, row.said_at) for row in thread], QueryState(first.state), asked.until)
    if state is None or (asked.is_site and state is QueryState.CANDIDATE):
        return None
    opened_on: date = (first.opened_at if first.opened_at < asked.until else first.said_at).date()
    is_overdue = state is QueryState.OPEN and first.due_on < asked.as_of
    return StoodThen(first.site_code, state, max((asked.as_of - opened_on).days, 0), is_overdue)


def _cells(stood: list[StoodThen], states: list[QueryState]) -> tuple[Cell, ...]:
    n_of = Counter(one.state for one in stood)
    waiting = [one for one in stood if one.waits]
    n_overdue = sum(one.is_overdue for one in waiting)
    n_open = n_of[QueryState.OPEN]
    return (
        *(n_of[state] for state in states),
        len(waiting),
        *(sum(one.age_days in band for one in waiting) for band in AGE_BANDS),
        n_overdue,
        percent(n_overdue / n_open) if n_open else None,
    )
