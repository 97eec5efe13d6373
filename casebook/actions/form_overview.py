"""All forms of a patient: where each stands, who signed, what can be done with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of
from casebook.domain import visits
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.definition import FormDefinition, FormScope
from casebook.domain.forms.states import EntryAct, EntryState, allowed_acts
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import forms, registry
from casebook.store.tables import FormEntry, Signature, Subject


@dataclass(frozen=True, slots=True)
class FormLineOfPatient:
    """One entry of a form, or a form that has none yet; `acts` are possible now, whoever may do them."""

    form: FormDefinition
    timepoint_code: str | None
    timepoint: Text | None
    ordinal: int
    row: FormEntry | None
    state: EntryState
    signature: Signature | None
    acts: frozenset[EntryAct]


@dataclass(frozen=True, slots=True)
class FormsOfPatient:
    """Every form of the study for a patient, in the order of the study; visits not done only where it was said."""

    subject: Subject
    definition: StudyDefinition
    site_code: str
    lines: Sequence[FormLineOfPatient]


def forms_of_patient(session: Session, actor: Actor, *, number: str) -> FormsOfPatient:
    """List the forms of a patient. Raises NotFound, for others' patients too."""
    subject = registry.subject_by_number(session, actor, Action.SEE_OUTCOMES, number=number)
    definition = definition_of(session, subject.study_version_id)
    codes = {row.id: row.code for row in registry.timepoints(session, subject.id)}
    rows = forms.entries(session, subject.id)
    signatures = forms.signatures(session, [row.id for row in rows])
    lines = [
        line
        for form in definition.forms
        for timepoint in (form.timepoints if form.scope is FormScope.TIMEPOINT else (None,))
        for mine in (_mine(rows, codes, form, timepoint),)
        if mine or form.code != visits.FORM
        for line in _lines(definition, form, timepoint, mine, signatures)
    ]
    return FormsOfPatient(subject, definition, registry.site_by_id(session, subject.site_id).code, lines)


def _mine(
    rows: Sequence[FormEntry], codes: dict[UUID, str], form: FormDefinition, timepoint: str | None
) -> list[FormEntry]:
    return [
        row
        for row in rows
        if row.form_code == form.code and (codes.get(row.timepoint_id) if row.timepoint_id else None) == timepoint
    ]


def _lines(
    definition: StudyDefinition,
    form: FormDefinition,
    timepoint: str | None,
    rows: Sequence[FormEntry],
    signatures: forms.Signatures,
) -> Iterator[FormLineOfPatient]:
    label = definition.timepoint(timepoint).label if timepoint else None
    for row in rows or (None,):
        state = EntryState(row.state) if row else EntryState.NOT_STARTED
        signed = signatures.get(row.id, ()) if row else ()
        yield FormLineOfPatient(
            form=form,
            timepoint_code=timepoint,
            timepoint=label,
            ordinal=row.ordinal if row else 1,
            row=row,
            state=state,
            signature=next((one for one in signed if one.invalidated_at is None), None),
            acts=allowed_acts(state, needs_signature=form.needs_signature),
        )
