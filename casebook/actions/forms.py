"""Filling the study's forms: judged by their definition, stored with their version, followed by the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.course import known_dates, typed_entries
from casebook.actions.derive import derive_subject
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, Refused, Stale
from casebook.domain.forms.definition import FormDefinition, FormScope
from casebook.domain.forms.entry import EntryContext, validate_entry
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.values import plain
from casebook.domain.study import StudyDefinition
from casebook.store import forms, images, lesions, registry
from casebook.store.tables import FormEntry, Subject

EARLIEST_ZONE: Final = timedelta(hours=14)
"""The first place on Earth to begin a day; what is today there is not yet in the future for anyone."""


class EntryRefused(Invalid):
    """An entry with errors; `faults` has each with its field and both languages."""

    code = "form-errors"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("The form has errors: " + "; ".join(f"{fault.field}: {fault.message.en}" for fault in faults))


@dataclass(frozen=True, slots=True)
class SavedEntry:
    """The stored entry and the warnings it was kept with."""

    row: FormEntry
    warnings: tuple[Fault, ...]


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
) -> SavedEntry:
    """Save a complete entry: a first one, or a change of version `version` with its reason.

    Raises EntryRefused with every fault, Stale for an older version, Refused where the form is not asked, a change
    brings no reason, or the version is not named.
    """
    subject = registry.subject(session, actor, Action.EDIT_FORMS, subject_id=subject_id, lock=True)
    definition = definition_of(session, subject.study_version_id)
    form = definition.form(form_code)
    timepoint_id = _timepoint_id(session, subject, form, timepoint_code)
    _require_ordinal(form, ordinal)
    row = forms.entry(
        session, subject_id=subject.id, form_code=form_code, timepoint_id=timepoint_id, ordinal=ordinal, lock=True
    )
    check = validate_entry(form, data, entry_context(session, subject, definition, row=row, now=now))
    if not check.is_complete:
        raise EntryRefused(check.errors)
    stored: dict[str, Any] = dict(plain(check.entry))
    if row is None:
        row = FormEntry(
            subject_id=subject.id,
            form_code=form_code,
            timepoint_id=timepoint_id,
            ordinal=ordinal,
            study_version_id=subject.study_version_id,
            data=stored,
            state="complete",
            version=1,
        )
        session.add(row)
    else:
        _change(row, stored, version, reason)
    row.saved_at = now
    session.flush()
    derive_subject(session, subject, as_of=now.date())
    return SavedEntry(row, check.warnings)


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


def entry_context(
    session: Session, subject: Subject, definition: StudyDefinition, *, row: FormEntry | None, now: datetime
) -> EntryContext:
    """Gather what an entry is judged against; `row` is the stored entry that it replaces."""
    labels = tuple(lesion.label for lesion in lesions.of_subject(session, subject.id))
    rows = forms.entries(session, subject.id)
    others = typed_entries(definition, rows, labels, leave_out=row.id if row else None)
    dates = known_dates(subject, others)
    return EntryContext(
        today=(now + EARLIEST_ZONE).date(),
        lesions=labels,
        anchors={anchor.value: day for anchor, day in dates.items()},
        others=others,
        edit_checks=definition.edit_checks,
    )


def _change(row: FormEntry, stored: dict[str, Any], version: int | None, reason: str | None) -> None:
    if row.state in {"frozen", "locked"}:
        raise Refused(f"The form is {row.state}; it cannot be changed.")
    if version is None:
        raise Refused("The form is filled already; name the version you change with If-Match.")
    if version != row.version:
        raise Stale(f"The form was changed by somebody else (version {row.version}, yours is {version}); reload it.")
    if stored == row.data:
        return
    if not (reason or "").strip():
        raise Refused("A saved value changes: say why (X-Change-Reason).", field="change_reason")
    row.data, row.version, row.state = stored, row.version + 1, "complete"
