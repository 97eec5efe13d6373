"""One form of one patient, open for reading or filling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from casebook.actions.entry_context import entry_context
from casebook.actions.entry_states import ACTION_OF
from casebook.actions.history import TABLE, EntryChange, data_at, history_of
from casebook.actions.query_views import QueryLine, queries_beside
from casebook.actions.studies import definition_of
from casebook.actions.typed_forms import recorded
from casebook.domain import visits
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.forms.definition import FormDefinition, FormScope
from casebook.domain.forms.entry import EntryContext, FormCheck, validate_entry
from casebook.domain.forms.states import EntryAct, EntryState, allowed_acts, needs_reason
from casebook.domain.forms.values import Entry, plain
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint
from casebook.domain.texts import Text
from casebook.store import forms, patients, registry, trail
from casebook.store.tables import FormEntry, Signature, Subject


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """Whether a visit is recorded as not done, and why."""

    timepoint: str
    is_not_done: bool
    why: Text | None


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form with its stored entry, if there is one, and what an entry is judged against.

    `acts` are what the person may do with it as it is now; `signatures` begin with the newest, fallen ones included;
    `queries` are those about it that stand; `visit` is there where the visit itself can be recorded as not done.
    """

    subject: Subject
    definition: StudyDefinition
    form: FormDefinition
    timepoint: Timepoint | None
    ordinal: int
    row: FormEntry | None
    history: Sequence[EntryChange]
    signatures: Sequence[Signature]
    acts: frozenset[EntryAct]
    context: EntryContext
    queries: Sequence[QueryLine]
    may_ask: bool
    visit: VisitRecord | None

    @property
    def version(self) -> int:
        """The stored version; 0 where nothing is stored."""
        return self.row.version if self.row else 0

    @property
    def state(self) -> EntryState:
        """Where the entry stands."""
        return EntryState(self.row.state) if self.row else EntryState.NOT_STARTED

    @property
    def may_edit(self) -> bool:
        """Whether the person may change the answers now."""
        return EntryAct.COMPLETE in self.acts and not self.comes_by_registering

    @property
    def comes_by_registering(self) -> bool:
        """Whether it asks the criteria of a registration that is still to be made: registering answers it."""
        return self.row is None and bool(self.form.criteria)

    @property
    def changed(self) -> EntryChange | None:
        """The last change, if anything is stored."""
        return self.history[-1] if self.history else None

    @property
    def needs_reason(self) -> bool:
        """Whether a change of the answers goes only with a reason."""
        return needs_reason(self.state, EntryAct.COMPLETE)

    def judged(self, data: Mapping[str, object]) -> FormCheck:
        """Judge answers as saving them would."""
        return validate_entry(self.form, data, self.context)


def open_form(
    session: Session,
    actor: Actor,
    *,
    number: str,
    form_code: str,
    timepoint_code: str | None,
    ordinal: int,
    now: datetime,
) -> OpenForm:
    """Open a form of the patient. Raises NotFound where the study does not ask it there, or for others' patients."""
    subject = registry.subject_by_number(session, actor, Action.SEE_OUTCOMES, number=number)
    definition = definition_of(session, subject.study_version_id)
    form = definition.form(form_code)
    timepoint = _timepoint(definition, form, timepoint_code)
    row = _row(session, subject, form, timepoint, ordinal)
    site = registry.site_by_id(session, subject.site_id)
    return OpenForm(
        subject=subject,
        definition=definition,
        form=form,
        timepoint=timepoint,
        ordinal=ordinal,
        row=row,
        history=history_of(session, row, form, definition.missing_reasons),
        signatures=forms.signatures(session, [row.id]).get(row.id, ()) if row else (),
        acts=frozenset(
            act
            for act in allowed_acts(
                EntryState(row.state) if row else EntryState.NOT_STARTED, needs_signature=form.needs_signature
            )
            if actor.may(ACTION_OF[act], study_code=definition.code, site_code=site.code)
        ),
        context=entry_context(session, subject, definition, row=row, now=now),
        queries=[
            line
            for line in queries_beside(session, actor, [subject.id], today=now.date()).get(subject.id, ())
            if (line.about.form, line.about.timepoint, line.about.ordinal) == (form_code, timepoint_code, ordinal)
        ],
        may_ask=actor.may(Action.ASK_QUERIES, study_code=definition.code, site_code=site.code),
        visit=_visit(session, subject, definition, form, timepoint),
    )


def _visit(
    session: Session, subject: Subject, definition: StudyDefinition, form: FormDefinition, timepoint: Timepoint | None
) -> VisitRecord | None:
    of_absence = next((one for one in definition.forms if one.code == visits.FORM), None)
    if form.code != visits.VISIT_FORM or timepoint is None or of_absence is None:
        return None
    if timepoint.code not in of_absence.timepoints:
        return None
    stands = visits.not_done(recorded(patients.forms(session, [subject.id]))).get(timepoint.code)
    return VisitRecord(timepoint.code, stands is not None, visits.why(of_absence, stands) if stands else None)


def _timepoint(definition: StudyDefinition, form: FormDefinition, code: str | None) -> Timepoint | None:
    if form.scope is FormScope.TIMEPOINT and code in form.timepoints:
        return definition.timepoint(code)
    if form.scope is FormScope.TIMEPOINT or code is not None:
        raise NotFound("The study does not ask this form there.", field="timepoint")
    return None


def _row(
    session: Session, subject: Subject, form: FormDefinition, timepoint: Timepoint | None, ordinal: int
) -> FormEntry | None:
    ids = {row.code: row.id for row in registry.timepoints(session, subject.id)}
    mine = [
        row
        for row in forms.entries(session, subject.id)
        if row.form_code == form.code and row.timepoint_id == (ids.get(timepoint.code) if timepoint else None)
    ]
    if timepoint is not None and timepoint.code not in ids:
        mine = []
    last = max((row.ordinal for row in mine), default=0)
    if ordinal > (last + 1 if form.repeatable or not mine else 1):
        raise NotFound("There is no such entry of this form; fill in the one before first.", field="ordinal")
    return next((row for row in mine if row.ordinal == ordinal), None)


def answers_at(session: Session, opened: OpenForm, version: int) -> Mapping[str, object]:
    """Return the answers of an earlier version, as the trail holds them; none where there was no such version."""
    return data_at(trail.of_row(session, TABLE, opened.row.id), version) if opened.row else {}


def first_answers(opened: OpenForm) -> dict[str, object]:
    """Return what a new entry begins with: where it belongs to another form's entry, the first that has none yet.

    Who opens the record of a visit that was not done comes to say so.
    """
    if opened.form.code == visits.FORM:
        return {"visit": visits.NOT_DONE}
    rows = opened.form.lesion_rows
    if rows is None or rows.match_on is None or rows.form is None:
        return {}
    asked = [
        entry.answers[rows.match_on]
        for entry in opened.context.others.get(rows.form, ())
        if rows.match_on in entry.answers
    ]
    answered = [entry.answers.get(rows.match_on) for entry in opened.context.others.get(opened.form.code, ())]
    waiting = [answer for answer in asked if answer not in answered]
    return plain(Entry({rows.match_on: waiting[0]})) if waiting else {}
