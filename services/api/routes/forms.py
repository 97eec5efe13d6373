"""The study's forms, filled; and what the rules make of them."""

from typing import Annotated
from urllib.parse import unquote
from uuid import UUID

from fastapi import APIRouter, Depends, Header

from casebook.actions.course import gather_course
from casebook.actions.derive import cdlm_json, outcome_json
from casebook.actions.forms import save_entry
from casebook.domain.actors import Action
from casebook.domain.forms.faults import Fault
from casebook.store import forms, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import FormEntry
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import Label
from services.api.schemas.registry import (
    FormEntries,
    FormEntryIn,
    FormEntryOut,
    FormMessage,
    LesionOutcome,
    Outcomes,
)
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/subjects/{subject_id}", tags=["forms"])

SeesOutcomes = Annotated[SignedIn, Depends(doing(Action.SEE_OUTCOMES))]


@router.get("/forms")
def list_entries(session: Transaction, who: SeesOutcomes, subject_id: UUID) -> FormEntries:
    """Return every entry of the subject."""
    subject = registry.subject(session, who.actor, Action.SEE_OUTCOMES, subject_id=subject_id)
    codes = {row.id: row.code for row in registry.timepoints(session, subject.id)}
    return FormEntries(entries=[_shown(row, codes) for row in forms.entries(session, subject.id)])


@router.put("/forms/{form}")
def save(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.EDIT_FORMS))],
    subject_id: UUID,
    form: str,
    body: FormEntryIn,
    if_match: Annotated[str | None, Header(alias="If-Match", description="the version that is changed")] = None,
    x_change_reason: Annotated[str | None, Header(description="why a saved value changes, percent-encoded")] = None,
) -> FormEntryOut:
    """Save a complete entry, or every reason why not."""
    saved = save_entry(
        session,
        who.actor,
        subject_id=subject_id,
        form_code=form,
        timepoint_code=body.timepoint,
        ordinal=body.ordinal,
        data=body.data,
        version=version_of(if_match) if if_match else None,
        reason=unquote(x_change_reason) if x_change_reason else None,
        now=running.now(),
    )
    codes = {row.id: row.code for row in registry.timepoints(session, subject_id)}
    return _shown(saved.row, codes, saved.warnings)


@router.get("/outcomes")
def outcomes(running: Running, session: Transaction, who: SeesOutcomes, subject_id: UUID) -> Outcomes:
    """Return what the rules say of each lesion today, with their reasons and traces."""
    subject = registry.subject(session, who.actor, Action.SEE_OUTCOMES, subject_id=subject_id)
    today = running.now().date()
    course = gather_course(session, subject)
    return Outcomes(
        lesions=[
            LesionOutcome(
                lesion_id=lesion.id,
                label=lesion.label,
                cdlm=cdlm_json(course.cdlm(lesion)),
                outcome=outcome_json(course.outcome(lesion, today)),
            )
            for lesion in course.lesions
        ]
    )


def _shown(row: FormEntry, codes: dict[UUID, str], warnings: tuple[Fault, ...] = ()) -> FormEntryOut:
    return FormEntryOut(
        id=row.id,
        form=row.form_code,
        timepoint=codes.get(row.timepoint_id) if row.timepoint_id else None,
        ordinal=row.ordinal,
        data=row.data,
        state=row.state,
        version=row.version,
        saved_at=row.saved_at,
        warnings=[
            FormMessage(field=fault.field, message=Label(en=fault.message.en, ja=fault.message.ja))
            for fault in warnings
        ],
    )
