"""Filling the study's forms: judged by their definition, stored with their version, followed by the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.derive import derive_subject
from casebook.actions.entry_context import entry_context
from casebook.actions.entry_states import ReasonNeeded, require_version
from casebook.actions.progress import refresh_progress
from casebook.actions.reconcile import reconcile_later
from casebook.actions.studies import definition_of
from casebook.actions.typed_forms import recorded
from casebook.domain import visits
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, Refused, Stale
from casebook.domain.forms.definition import FormDefinition, FormScope
from casebook.domain.forms.entry import REQUIRED, EntryContext, FormCheck, validate_entry
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.states import EntryAct, EntryState, after, needs_reason
from casebook.domain.forms.values import plain
from casebook.domain.texts import Text
from casebook.domain.visits import Recorded, contradictions
from casebook.store import forms, images, patients, registry
from casebook.store.database import set_reason
from casebook.store.tables import FormEntry, Subject

REGISTER_INSTEAD: Final = Text(
    "Eligibility is first answered by registering the patient; afterwards it can be corrected here.",
    "適格性は登録の際に入力します。登録後の訂正はこの様式で行えます。",
)


class EntryRefused(Invalid):
    """An entry with errors; `faults` has each with its field and both languages."""

    code = "form-errors"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        self.parts = tuple((fault.field, fault.message) for fault in faults)
        super().__init__("The form has errors: " + "; ".join(f"{fault.field}: {fault.message.en}" for fault in faults))


@dataclass(frozen=True, slots=True)
class SavedEntry:
    """The stored entry, the warnings it was kept with, and whether a verification and signatures fell by it."""

    row: FormEntry
    warnings: tuple[Fault, ...]
    was: EntryState = EntryState.NOT_STARTED
    n_signatures_fallen: int = 0


def save_entry(
    session: Session,
    actor: Actor,
    *,
    subject_id: UUID,
    form_code: str,
    timepoint_code: str | None,
    ordinal: int,
    data: Mapping[str, object],
    version: int | None,
    reason: str | None,
    now: datetime,
    draft: bool = False,
    by_registration: bool = False,
) -> SavedEntry:
    """Save an entry as complete, or as a draft with answers still to come: a first one, or a change of `version`.

    A change of what is complete needs its reason; verification and signatures fall with it. Raises EntryRefused with
    every fault, Stale for an older version, Refused where the form is not asked, its state does not allow it, a change
    brings no reason, or the version is not named.
    """
    act = EntryAct.SAVE_DRAFT if draft else EntryAct.COMPLETE
    subject = registry.subject(session, actor, Action.EDIT_FORMS, subject_id=subject_id, lock=True)
    definition = definition_of(session, subject.study_version_id)
    form = definition.form(form_code)
    timepoint_id = _timepoint_id(session, subject, form, timepoint_code)
    _require_ordinal(form, ordinal)
    row = forms.entry(
        session, subject_id=subject.id, form_code=form_code, timepoint_id=timepoint_id, ordinal=ordinal, lock=True
    )
    state = _state(row, version)
    if row is None and form.criteria and not by_registration:
        raise Refused(REGISTER_INSTEAD, field="form")
    then = after(state, act, needs_signature=form.needs_signature)
    check = _judged(form, data, entry_context(session, subject, definition, row=row, now=now), draft=draft)
    if not draft and timepoint_code is not None:
        _require_one_word_on_the_visit(session, subject, form_code, timepoint_code, plain(check.entry))
    stored: dict[str, Any] = dict(plain(check.entry))
    if row is not None and stored == row.data and (then is state or not draft) and state is not EntryState.STARTED:
        return SavedEntry(row, check.warnings, was=state)
    if row is None:
        row = FormEntry(
            subject_id=subject.id,
            form_code=form_code,
            timepoint_id=timepoint_id,
            ordinal=ordinal,
            study_version_id=subject.study_version_id,
            version=0,
        )
        session.add(row)
    elif needs_reason(state, act):
        _say_why(session, reason)
    row.data, row.state, row.version, row.saved_at = stored, then, row.version + 1, now
    session.flush()
    n_fallen = forms.invalidate_signatures(session, row.id, now=now, because=(reason or "").strip())
    if draft:
        refresh_progress(session, subject.id)
    else:
        derive_subject(session, subject, as_of=now.date())
    reconcile_later(session, subject.id)
    return SavedEntry(row, check.warnings, state, n_fallen)


def _state(row: FormEntry | None, version: int | None) -> EntryState:
    if row is not None:
        require_version(row, version)
        return EntryState(row.state)
    if version:
        raise Stale("There is no such version of the form; reload it.")
    return EntryState.NOT_STARTED


def _judged(form: FormDefinition, data: Mapping[str, object], context: EntryContext, *, draft: bool) -> FormCheck:
    check = validate_entry(form, data, context)
    if not (check.is_acceptable_draft if draft else check.is_complete):
        raise EntryRefused(tuple(fault for fault in check.errors if not draft or fault.code != REQUIRED))
    return check


def _require_one_word_on_the_visit(
    session: Session, subject: Subject, form: str, timepoint: str, data: Mapping[str, object]
) -> None:
    """Raise EntryRefused where a visit would have taken place and not."""
    if form not in {visits.FORM, visits.VISIT_FORM}:
        return
    said = Recorded(form, timepoint, data)
    if faults := contradictions(said, recorded(patients.forms(session, [subject.id]))):
        raise EntryRefused(faults)


def _say_why(session: Session, reason: str | None) -> None:
    said = (reason or "").strip()
    if not said:
        raise ReasonNeeded
    set_reason(session, said)


def _timepoint_id(session: Session, subject: Subject, form: FormDefinition, code: str | None) -> UUID | None:
    if form.scope is not FormScope.TIMEPOINT:
        if code is not None:
            raise Invalid(f"The form “{form.code}” belongs to no timepoint.", field="timepoint")
        return None
    if code not in form.timepoints:
        raise Invalid(
            f"The form “{form.code}” is asked at {', '.join(form.timepoints)}; name one of them.", field="timepoint"
        )
    return images.ensure_timepoint(session, subject.id, code)


def _require_ordinal(form: FormDefinition, ordinal: int) -> None:
    if ordinal > 1 and not form.repeatable:
        raise Invalid(f"The form “{form.code}” is filled once.", field="ordinal")
