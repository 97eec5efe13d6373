"""The tables of a study as they stand, row by row, for a cut: canonical JSON written by the database itself.

Which rows belong to the study follows from the foreign keys: each table is narrowed by the first of them that every row
has. Subjects are narrowed as everywhere, by what the actor may see. Of subjects that took back the use of their data
nothing stays but that they were registered, as in the datasets.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, Table, and_, cast, func, literal_column, or_, select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.store import audit
from casebook.store.tables import (
    RESTRICTED,
    Account,
    Base,
    FormEntry,
    Query,
    Reading,
    RoleGrant,
    Signature,
    Study,
    Subject,
)
from casebook.store.visibility import visible

ROWS_A_FETCH: Final = 5000
NOT_IN_A_CUT: Final[Mapping[str, str]] = {
    "api_token": "how accounts sign in; no data of the study",
    f"{RESTRICTED}.source_identity": "who the patients are: never leaves the installation",
    "data_cut": "about cuts, not about the study",
    "data_cut_order": "about cuts, not about the study",
    "data_cut_export": "about cuts, not about the study",
}
"""Audited tables that a cut leaves out, and why."""
BESIDE: Final = ("image_check",)
"""Tables that are not audited and still belong to a cut: what the checks of images found."""
LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    "study": frozenset({"reading_seed"}),
    "account": frozenset({"password_hash", "oidc_subject", "n_failed_logins", "locked_until"}),
    "site_contact": frozenset({"address"}),
    "sent_digest": frozenset({"address"}),
}
"""Columns that no cut holds: secrets, addresses of people, the seed of draws to come."""
ALWAYS_KEPT: Final = frozenset({"subject", "registration"})
"""Tables that say of everybody that they were registered."""
BELONGS_BY: Final = (
    "subject_id",
    "timepoint_id",
    "imaging_study_id",
    "series_id",
    "lesion_id",
    "reading_id",
    "query_id",
    "adjudication_id",
    "event_id",
    "study_id",
    "site_id",
)
"""Columns that say whose a row is; a subject's are narrower than a study's or a site's."""


def source_tables() -> tuple[str, ...]:
    """Name the tables of a cut, sorted."""
    return tuple(sorted({*audit.AUDITED, *BESIDE} - NOT_IN_A_CUT.keys()))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose rows are asked for, and by whom."""

    actor: Actor
    study_id: UUID
    withheld: Collection[str]


def source_rows(
    session: Session, actor: Actor, *, study_id: UUID, table: str, withheld: Collection[str] = ()
) -> Iterator[str]:
    """Give the study's rows of a table as JSON, sorted by their key, with its columns in order; fetched in portions.

    `withheld` are the numbers of subjects that took back the use of their data.
    """
    found = Base.metadata.tables[table]
    columns = [column for column in found.columns if column.name not in LEFT_OUT.get(table, frozenset())]
    scope = _Scope(actor, study_id, () if table in ALWAYS_KEPT else withheld)
    rows = select(*columns).where(_of_study(found, scope)).order_by(*found.primary_key.columns).subquery("r")
    query = select(cast(func.row_to_json(literal_column("r")), String)).select_from(rows)
    yield from session.scalars(query, execution_options={"yield_per": ROWS_A_FETCH})


def _of_study(table: Table, scope: _Scope) -> ColumnElement[bool]:
    match table.name:
        case "study":
            return Study.id == scope.study_id
        case "subject":
            may_see = visible(scope.actor, Action.EXPORT_ENDPOINT)
            return and_(Subject.study_id == scope.study_id, may_see, Subject.number.notin_(scope.withheld))
        case "account":
            return Account.id.in_(select(RoleGrant.account_id).where(RoleGrant.study_id == scope.study_id))
        case "query":
            is_of_a_site = Query.subject_id.is_(None)
            is_of_a_subject = Query.subject_id.in_(_ids(_table(Subject), scope))
            return and_(Query.study_id == scope.study_id, or_(is_of_a_site, is_of_a_subject))
        case "signature":
            return or_(
                *(
                    and_(Signature.record_table == record.name, Signature.record_id.in_(_ids(record, scope)))
                    for record in (_table(FormEntry), _table(Reading), _table(Subject))
                )
            )
    column = table.columns[belongs_by(table.name)]
    parent = next(iter(column.foreign_keys)).column.table
    return column == scope.study_id if parent.name == "study" else column.in_(_ids(parent, scope))


def _table(kind: type[Base]) -> Table:
    return Base.metadata.tables[kind.__tablename__]


def _ids(table: Table, scope: _Scope) -> Select[tuple[UUID]]:
    return select(table.columns["id"]).where(_of_study(table, scope))


@cache
def belongs_by(table: str) -> str:
    """Name the column by which a row of the table belongs to a study. Raises LookupError where there is none."""
    columns = Base.metadata.tables[table].columns
    for name in BELONGS_BY:
        if name in columns and not columns[name].nullable:
            return name
    raise LookupError(table)
