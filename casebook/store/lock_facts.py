"""What is still open in a study, counted in one query."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from casebook.domain.central.adjudication import AdjudicationState
from casebook.domain.forms.states import EntryState
from casebook.domain.outcome import OutcomeStatus
from casebook.domain.queries import STANDING
from casebook.store.board import STANDS
from casebook.store.tables import (
    Adjudication,
    Derivation,
    Discrepancy,
    FormEntry,
    Lesion,
    Query,
    ReadingAssignment,
    Subject,
    Timepoint,
)

END_OF_STUDY = "end-of-study"


@dataclass(frozen=True, slots=True)
class OpenRows:
    """Rows of a study, over all its sites, that keep it from being locked."""

    n_patients: int
    n_courses_open: int
    n_forms_open: int
    n_queries_standing: int
    n_differences_standing: int
    n_reads_open: int
    n_lesions_pending: int


def open_rows(session: Session, study_id: UUID) -> OpenRows:
    """Count what is open, whoever asks."""
    mine = Subject.study_id == study_id
    has_ended = exists().where(
        FormEntry.subject_id == Subject.id,
        FormEntry.form_code == END_OF_STUDY,
        FormEntry.state != EntryState.STARTED,
    )
    row = session.execute(
        select(
            _count(select(Subject.id).where(mine)),
            _count(select(Subject.id).where(mine, ~has_ended)),
            _count(
                select(FormEntry.id)
                .join(Subject, Subject.id == FormEntry.subject_id)
                .where(mine, FormEntry.state != EntryState.LOCKED)
            ),
            _count(select(Query.id).where(Query.study_id == study_id, Query.state.in_(STANDING))),
            _count(select(Discrepancy.id).join(Subject, Subject.id == Discrepancy.subject_id).where(mine, STANDS)),
            _count(
                select(ReadingAssignment.id).where(
                    ReadingAssignment.study_id == study_id,
                    ReadingAssignment.withdrawn_at.is_(None),
                    ReadingAssignment.closes_on.is_(None),
                )
            )
            + _count(
                select(Adjudication.id)
                .join(Timepoint, Timepoint.id == Adjudication.timepoint_id)
                .join(Subject, Subject.id == Timepoint.subject_id)
                .where(mine, Adjudication.state == AdjudicationState.OPEN)
            ),
            _count(
                select(Derivation.id)
                .join(Lesion, Lesion.id == Derivation.lesion_id)
                .join(Subject, Subject.id == Lesion.subject_id)
                .where(
                    mine,
                    Derivation.kind == "outcome",
                    Derivation.superseded_at.is_(None),
                    Derivation.result["status"].astext == OutcomeStatus.PENDING,
                )
            ),
        )
    ).one()
    return OpenRows(*row)


def _count(rows: Select[Any]) -> ColumnElement[int]:
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()
