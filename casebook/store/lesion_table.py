"""The lesions of every subject with what the rules make of them, in a constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from casebook.domain.actors import Action, Actor
from casebook.domain.lesion_events import LesionState, Origin
from casebook.store.tables import Derivation, Finding, Lesion, Reading, Site, Subject, Timepoint
from casebook.store.visibility import visible

NOT_DERIVED: Final = ""
"""Status of a lesion that no rule has spoken of yet."""
_Cdlm, _Outcome = aliased(Derivation), aliased(Derivation)
_CDLM_STATUS: Final[ColumnElement[str]] = func.coalesce(_Cdlm.result["status"].astext, NOT_DERIVED)


@dataclass(frozen=True, slots=True)
class LesionFilter:
    """Which lesions; empty words leave a filter open. `today` decides what has run out by the calendar alone."""

    today: date
    site_code: str = ""
    state: str = ""
    cdlm: str = ""
    outcome: str = ""
    blocked_by: str = ""


@dataclass(frozen=True, slots=True)
class LesionRow:
    """A lesion with its subject and what is kept of the rules' results, as it lies."""

    lesion_id: UUID
    subject_id: UUID
    study_version_id: UUID
    subject_number: str
    site_code: str
    site_name_en: str
    site_name_ja: str
    label: str
    segment: str
    state: str
    origin: str
    baseline_diameter_mm: Decimal | None
    cdlm: dict[str, Any] | None
    outcome: dict[str, Any] | None

    @property
    def is_read_centrally(self) -> bool:
        """Whether central readers judge it: they never hear of one that appeared later."""
        return self.state == LesionState.ACTIVE and self.origin != Origin.NEW


def counts(session: Session, actor: Actor, wanted: LesionFilter) -> Mapping[tuple[str, str], int]:
    """Count the lesions that site, state and blocking sequence leave, by (cDLM status, outcome status)."""
    outcome = _outcome_status(wanted.today)
    rows = session.execute(
        _joined(select(_CDLM_STATUS, outcome, func.count()))
        .where(*_among(actor, wanted))
        .group_by(_CDLM_STATUS, outcome)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def page(session: Session, actor: Actor, wanted: LesionFilter, *, limit: int, offset: int) -> Sequence[LesionRow]:
    """Return lesions by subject and label."""
    conditions = _among(actor, wanted)
    if wanted.cdlm:
        conditions.append(_CDLM_STATUS.in_([wanted.cdlm]))
    if wanted.outcome:
        conditions.append(_outcome_status(wanted.today).in_([wanted.outcome]))
    query = (
        _joined(
            select(
                Lesion.id,
                Subject.id,
                Subject.study_version_id,
                Subject.number,
                Site.code,
                Site.name_en,
                Site.name_ja,
                Lesion.label,
                Lesion.segment,
                Lesion.state,
                Lesion.origin,
                Lesion.baseline_diameter_mm,
                _Cdlm.result,
                _Outcome.result,
            )
        )
        .where(*conditions)
        .order_by(Subject.number, func.length(Lesion.label), Lesion.label)
        .limit(limit)
        .offset(offset)
    )
    return [LesionRow(*row) for row in session.execute(query)]


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(Lesion)
        .join(Subject, Subject.id == Lesion.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .outerjoin(_Cdlm, and_(_Cdlm.lesion_id == Lesion.id, _Cdlm.kind == "cdlm", _Cdlm.superseded_at.is_(None)))
        .outerjoin(
            _Outcome,
            and_(_Outcome.lesion_id == Lesion.id, _Outcome.kind == "outcome", _Outcome.superseded_at.is_(None)),
        )
    )


def _among(actor: Actor, wanted: LesionFilter) -> list[ColumnElement[bool]]:
    conditions = [visible(actor, Action.SEE_OUTCOMES)]
    if wanted.site_code:
        conditions.append(Site.code == wanted.site_code)
    if wanted.state:
        conditions.append(Lesion.state == wanted.state)
    if wanted.blocked_by:
        conditions.append(_Cdlm.result["blocked_by"].contains([[wanted.blocked_by]]))
    return conditions


def _outcome_status(today: date) -> ColumnElement[str]:
    """Return the status of a day: what waited for imaging is not evaluable once no imaging can answer any more."""
    status, closes_on = _Outcome.result["status"].astext, cast(_Outcome.result["closes_on"].astext, Date)
    return case(
        (and_(status == "pending", closes_on < today), "not-evaluable"),
        else_=func.coalesce(status, NOT_DERIVED),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What an accepted read says of a lesion on one sequence."""

    visibility: str
    diameter_mm: Decimal | None


def accepted(session: Session, lesion_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str, str], Seen]:
    """Return what accepted reads say, by lesion, timepoint and sequence."""
    rows = session.execute(
        select(Finding.lesion_id, Timepoint.code, Finding.sequence, Finding.visibility, Finding.diameter_mm)
        .join(Reading, Reading.id == Finding.reading_id)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .where(Finding.lesion_id.in_(lesion_ids), Reading.accepted)
    )
    return {(lesion_id, code, sequence): Seen(seen, size) for lesion_id, code, sequence, seen, size in rows}
