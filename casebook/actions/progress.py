"""Where each subject stands: worked out from its records, kept beside them, made anew with every change.

Whoever changes a subject's records calls `refresh_progress` in the same transaction. Lists read what is kept; a row
that the trail shows to be older than the subject's records, or that another version of the program made, is worked
out again while the list is made, so that a list is never wrong, at most slower.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from casebook import __version__
from casebook.actions.postponed import is_postponed
from casebook.actions.studies import definition_of
from casebook.actions.typed_forms import TypedForm, at, by_form, recorded, typed_forms
from casebook.domain.actors import Action, Actor
from casebook.domain.agenda import agenda_of
from casebook.domain.course import Entries
from casebook.domain.forms.checking import broken_checks
from casebook.domain.forms.edit_checks import Severity
from casebook.domain.forms.states import EntryState
from casebook.domain.imaging import SeriesRole
from casebook.domain.progress import Progress
from casebook.domain.standing import EntryAt, Standing
from casebook.domain.study import StudyDefinition
from casebook.domain.visits import not_done
from casebook.store import patients, registry
from casebook.store import progress as stored
from casebook.store.patients import StoredForm
from casebook.store.progress import SubjectFacts
from casebook.store.tables import Subject

T = TypeVar("T")

FORMAT: Final = 3
"""Counts the ways in which rows were written; a change of what they hold takes the next one."""
MADE_BY: Final = f"{__version__}/{FORMAT}"
BATCH: Final = 50
ALL: Final = "all"
IMAGES: Final = "images"


def refresh_progress(session: Session, subject_id: UUID) -> None:
    """Make a subject's standing anew; the last thing a change of its records does."""
    if is_postponed(session, subject_id):
        return
    session.flush()
    stored.lock(session, subject_id)
    _refresh(session, [subject_id])


def refresh_progress_of(session: Session, subject_ids: Sequence[UUID]) -> None:
    """Make the standings of several subjects anew, as the last thing that a change of their records does."""
    session.flush()
    due = sorted(one for one in set(subject_ids) if not is_postponed(session, one))
    for subject_id in due:
        stored.lock(session, subject_id)
    _refresh_in_batches(session, due)


def refresh_outdated(session: Session) -> int:
    """Make every row anew that is not up to date, after an upgrade say; returns how many those were."""
    return _refresh_in_batches(session, stored.outdated(session, MADE_BY))


def refresh_all(session: Session) -> int:
    """Make every row anew, whatever it says of itself; returns how many those are."""
    return _refresh_in_batches(session, stored.every_subject(session))


def _refresh_in_batches(session: Session, subject_ids: Sequence[UUID]) -> int:
    for first in range(0, len(subject_ids), BATCH):
        _refresh(session, subject_ids[first : first + BATCH])
    return len(subject_ids)


def _refresh(session: Session, subject_ids: Sequence[UUID]) -> None:
    events = stored.newest_events(session, subject_ids)
    for subject_id, (definition, standing) in standings(session, subject_ids).items():
        progress, agendas = rows_of(definition, standing)
        stored.put(
            session,
            subject_id,
            progress=progress,
            agenda=agendas,
            event_id=events[subject_id],
            made_by=MADE_BY,
            now=datetime.now(UTC),
        )


def agenda_for(actor: Actor) -> str:
    """Return which of the kept agendas an actor may know of: forms are for who sees outcomes."""
    return ALL if actor.may(Action.SEE_OUTCOMES) else IMAGES


def rows_of(definition: StudyDefinition, standing: Standing) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a standing and its agendas as they are stored, one for each kind of viewer."""
    agendas = {
        ALL: agenda_of(definition, standing.progress).to_json(),
        IMAGES: agenda_of(definition, standing.progress, images_only=True).to_json(),
    }
    return standing.to_json(), agendas


def wrong_rows(session: Session) -> list[UUID]:
    """Return the subjects whose row says that it is up to date and differs from what the records say."""
    wrong: list[UUID] = []
    for rows in stored.all_stored(session, BATCH):
        fresh = standings(session, [subject_id for subject_id, *_ in rows])
        wrong += [
            subject_id
            for subject_id, progress, agenda, says_current in rows
            if says_current and (progress, agenda) != rows_of(*fresh[subject_id])
        ]
    return wrong


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the records of some subjects say."""

    arrived: Mapping[UUID, Mapping[str, frozenset[SeriesRole]]]
    severities: Mapping[UUID, Mapping[str, frozenset[str]]]
    held: Mapping[UUID, Mapping[str, int]]
    cdlm: Mapping[UUID, Mapping[str, int]]
    forms: Mapping[UUID, Sequence[StoredForm]]
    second_registered_on: Mapping[UUID, date]
    read: frozenset[tuple[UUID, str]]


def standings(session: Session, subject_ids: Sequence[UUID]) -> dict[UUID, tuple[StudyDefinition, Standing]]:
    """Work out where subjects stand from their records, in a constant number of queries."""
    facts = stored.subject_facts(session, subject_ids)
    gathered = _gather(session, subject_ids)
    definitions = {subject.subject_id: definition_of(session, subject.study_version_id) for subject in facts}
    return {
        subject.subject_id: (
            definitions[subject.subject_id],
            _standing(subject, definitions[subject.subject_id], gathered),
        )
        for subject in facts
    }


def _gather(session: Session, subject_ids: Sequence[UUID]) -> _Gathered:
    arrived: dict[UUID, dict[str, set[SeriesRole]]] = defaultdict(lambda: defaultdict(set))
    for item in patients.arrived_roles(session, subject_ids):
        arrived[item.subject_id][item.timepoint].add(SeriesRole(item.role))
    forms: dict[UUID, list[StoredForm]] = defaultdict(list)
    for form in patients.forms(session, subject_ids):
        forms[form.subject_id].append(form)
    return _Gathered(
        arrived={
            subject: {code: frozenset(roles) for code, roles in by_code.items()} for subject, by_code in arrived.items()
        },
        severities=_by_timepoint(patients.severities(session, subject_ids)),
        held=_by_timepoint(patients.n_held(session, subject_ids)),
        cdlm=patients.cdlm_counts(session, subject_ids),
        forms=forms,
        second_registered_on=registry.second_registered_on(session, subject_ids),
        read=patients.read_subjects(session, subject_ids),
    )


def _by_timepoint(found: Mapping[tuple[UUID, str], T]) -> dict[UUID, dict[str, T]]:
    grouped: dict[UUID, dict[str, T]] = defaultdict(dict)
    for (subject_id, code), value in found.items():
        grouped[subject_id][code] = value
    return grouped


def _standing(subject: SubjectFacts, definition: StudyDefinition, gathered: _Gathered) -> Standing:
    key = subject.subject_id
    forms, cdlm = gathered.forms.get(key, ()), gathered.cdlm.get(key, {})
    entries = typed_forms(definition, forms)
    progress = progress_of(
        subject,
        by_form(entries),
        forms,
        second_registered_on=gathered.second_registered_on.get(key),
        n_lesions=sum(cdlm.values()),
        arrived=gathered.arrived.get(key, {}),
        is_read=(key, definition.rules.cdlm.timepoint) in gathered.read,
    )
    return Standing(
        progress=progress,
        severities=gathered.severities.get(key, {}),
        n_held=gathered.held.get(key, {}),
        cdlm=cdlm,
        warnings=_with_warnings(definition, entries, progress),
    )


def progress_of(
    subject: SubjectFacts | Subject,
    entries: Entries,
    forms: Sequence[StoredForm],
    *,
    second_registered_on: date | None,
    n_lesions: int,
    arrived: Mapping[str, frozenset[SeriesRole]],
    is_read: bool,
) -> Progress:
    """Return the progress that a subject's records show; drafts count as begun, not as filled."""
    return Progress.of(
        entries,
        road=subject.road,
        registered_on=subject.registered_on,
        second_registered_on=second_registered_on,
        n_lesions=n_lesions,
        baseline_locked=subject.baseline_locked_at is not None,
        filled={(form.form_code, form.timepoint) for form in forms if form.state != EntryState.STARTED},
        unfinished=[at(form) for form in forms if form.state == EntryState.STARTED],
        not_done=not_done(recorded(forms)),
        arrived=arrived,
        is_read=is_read,
    )


def _with_warnings(
    definition: StudyDefinition, entries: Sequence[TypedForm], progress: Progress
) -> tuple[EntryAt, ...]:
    """Return the complete entries that an edit check warns of, judged against all the others."""
    anchors = {anchor.value: day for anchor, day in progress.dates.items()}
    found = []
    for one in entries:
        form, others = definition.form(one.at[0]), by_form(other for other in entries if other is not one)
        broken = broken_checks(form, one.entry, definition.edit_checks, anchors, others)
        if any(severity is Severity.WARNING for severity, _ in broken):
            found.append(one.at)
    return tuple(found)
