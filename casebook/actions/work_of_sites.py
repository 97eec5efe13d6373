"""What there is to do at a site: queries, next steps, drafts, warnings, lists to agree, reads, signatures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from casebook.actions import progress
from casebook.actions.patients import worked_out
from casebook.actions.studies import definition_of, newest_definition
from casebook.actions.work_of_queries import to_answer
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.waiting import Waits
from casebook.domain.next_step import NextStep, Urgency, next_step
from casebook.domain.standing import EntryAt, Standing
from casebook.domain.study import StudyDefinition
from casebook.domain.tasks import MOST_SHOWN, Place, Target, Task, TaskGroup, group_of
from casebook.domain.texts import Text
from casebook.store import patients, worklists
from casebook.store.accounts import SignedIn
from casebook.store.patients import PatientRow
from casebook.store.worklists import WaitingEntry

SECOND_REGISTRATION = "eligibility-second"
DRAFT = Text("not complete yet", "入力途中")
WARNING = Text("has a warning", "警告あり")
ALL_WITH_WARNINGS = Target(Place.ENTRIES, state="all", mark="warning")


@dataclass(frozen=True, slots=True)
class _Patient:
    """A patient of the site as it stands, with its next step."""

    row: PatientRow
    definition: StudyDefinition
    standing: Standing
    step: NextStep


def groups(session: Session, who: SignedIn, *, now: datetime) -> Iterator[TaskGroup]:
    """Yield what whoever works at a site has to do there; nothing for other roles."""
    actor = who.actor
    if not any(grant.role.is_site_role for grant in actor.grants):
        return
    yield from to_answer(session, actor, now.date())
    if actor.may(Action.SIGN_FORMS):
        yield _to_sign(session, actor)
    found = _patients(session, actor, now.date())
    if actor.may(Action.EDIT_FORMS):
        yield from _steps(found)
        yield _entries("drafts", Text("Forms to finish", "入力途中の様式"), DRAFT, found, drafts=True)
        yield _entries("warnings", Text("Forms with warnings", "警告のある様式"), WARNING, found, drafts=False)
    if actor.may(Action.LOCK_BASELINE):
        yield _lists_to_agree(found)
    if actor.may(Action.RECORD_SITE_READ):
        yield _reads(session, who)


def _patients(session: Session, actor: Actor, today: date) -> list[_Patient]:
    rows = patients.rows(
        session, actor, made_by=progress.MADE_BY, agenda=progress.agenda_for(actor), with_standing=True
    )
    fresh = worked_out(session, rows)
    sees_forms = actor.may(Action.SEE_OUTCOMES)
    found = []
    for row in rows:
        definition = definition_of(session, row.study_version_id)
        standing = Standing.from_json(row.standing) if row.standing else fresh[row.subject_id][1]
        step = next_step(definition, standing.progress, today=today, images_only=not sees_forms)
        found.append(_Patient(row, definition, standing, step))
    return found


def _steps(found: Sequence[_Patient]) -> Iterator[TaskGroup]:
    """Yield the next steps: late ones, second registrations that are possible now, and all others that can be done."""
    by_kind: Mapping[str, list[Task]] = {"overdue": [], "second-registration": [], "due": []}
    for patient in found:
        is_draft = bool(patient.standing.progress.unfinished)
        if patient.step.urgency is Urgency.OVERDUE:
            by_kind["overdue"].append(_step(patient))
        elif patient.step.urgency is Urgency.TO_DO and not is_draft:
            kind = "second-registration" if patient.step.form == SECOND_REGISTRATION else "due"
            by_kind[kind].append(_step(patient))
    yield group_of("overdue", Text("Overdue", "期限超過"), by_kind["overdue"], everything=_all(Urgency.OVERDUE))
    title = Text("Second registration possible", "二次登録が可能")
    yield group_of("second-registration", title, by_kind["second-registration"])
    yield group_of("due", Text("Next steps", "次の作業"), by_kind["due"], everything=_all(Urgency.TO_DO))


def _all(urgency: Urgency) -> Target:
    return Target(Place.PATIENTS, state=urgency.value)


def _step(patient: _Patient) -> Task:
    step, number = patient.step, patient.row.number
    place = Place.FORM if step.form else Place.PATIENT
    return Task(
        what=step.text,
        target=Target(place, number, form=step.form, timepoint=step.timepoint if step.form else None),
        urgency=step.urgency,
        due_on=step.window.due_on if step.window else None,
    )


def _entries(code: str, title: Text, said: Text, found: Sequence[_Patient], *, drafts: bool) -> TaskGroup:
    tasks = [
        Task(entry_label(patient.definition, entry), _form(patient.row.number, entry), detail=said)
        for patient in found
        for entry in (patient.standing.progress.unfinished if drafts else patient.standing.warnings)
    ]
    everything = Target(Place.ENTRIES, state=Waits.COMPLETION.value) if drafts else ALL_WITH_WARNINGS
    return group_of(code, title, tasks, everything=everything)


def entry_label(definition: StudyDefinition, entry: EntryAt) -> Text:
    """Return what an entry is called: its form, with timepoint and ordinal where it has them."""
    code, timepoint, ordinal = entry
    label = next((form.label for form in definition.forms if form.code == code), Text(code, code))
    if timepoint is not None:
        where = definition.timepoint(timepoint).label
        label = Text(f"{label.en} · {where.en}", f"{label.ja}・{where.ja}")
    return Text(f"{label.en} {ordinal}", f"{label.ja} {ordinal}") if ordinal > 1 else label


def _form(number: str, entry: EntryAt) -> Target:
    return Target(Place.FORM, number, form=entry[0], timepoint=entry[1], ordinal=entry[2])


def _lists_to_agree(found: Sequence[_Patient]) -> TaskGroup:
    tasks = [
        Task(_lesions_said(patient.standing.progress.n_lesions), Target(Place.LESIONS, patient.row.number))
        for patient in found
        if patient.standing.progress.n_lesions and not patient.standing.progress.baseline_locked
    ]
    return group_of("baseline-lists", Text("Baseline lesion lists to agree", "確定するベースライン病変リスト"), tasks)


def _lesions_said(n: int) -> Text:
    return Text(f"list of {n} lesion{'' if n == 1 else 's'}", f"{n}病変のリスト")


def _reads(session: Session, who: SignedIn) -> TaskGroup:
    """Return the reads of the timepoint that cDLM follows from, which a site does for itself."""
    studies = {grant.study_code for grant in who.actor.grants_for(Action.RECORD_SITE_READ)}
    definitions = [newest_definition(session, code)[1] for code in sorted(studies)]
    labels = {one.rules.cdlm.timepoint: one.timepoint(one.rules.cdlm.timepoint).label for one in definitions}
    begun = Text("begun", "途中")
    tasks = [
        Task(
            labels[row.timepoint],
            Target(Place.READ, row.number, timepoint=row.timepoint),
            detail=begun if row.is_begun else None,
        )
        for row in worklists.unread(session, who.actor, who.account_id, timepoints=labels)
    ]
    return group_of("reads", Text("Images to read", "読影する画像"), tasks)


def _to_sign(session: Session, actor: Actor) -> TaskGroup:
    forms = forms_with_signature(session, actor, Action.SIGN_FORMS)
    rows = worklists.entries(session, actor, Action.SIGN_FORMS, states={"verified": forms}, limit=MOST_SHOWN)
    return waiting("sign", Text("Forms to sign", "署名する様式"), session, rows, Waits.SIGNATURE)


def forms_with_signature(session: Session, actor: Actor, action: Action) -> frozenset[str]:
    """Return the forms that ask for a signature in the actor's studies."""
    studies = {grant.study_code for grant in actor.grants_for(action)}
    return frozenset(
        form.code for code in studies for form in newest_definition(session, code)[1].forms if form.needs_signature
    )


def waiting(code: str, title: Text, session: Session, rows: Sequence[WaitingEntry], waits: Waits) -> TaskGroup:
    """Return the group of entries that wait for an act, the longest wait first."""
    tasks = [
        Task(
            entry_label(definition_of(session, row.study_version_id), (row.form_code, row.timepoint, row.ordinal)),
            Target(Place.FORM, row.number, form=row.form_code, timepoint=row.timepoint, ordinal=row.ordinal),
            detail=Text(f"saved {row.saved_at.date()}", f"{row.saved_at.date()} 保存"),
        )
        for row in rows
    ]
    everything = Target(Place.ENTRIES, state=waits.value)
    return group_of(code, title, tasks, n_total=rows[0].n_total if rows else 0, everything=everything)
