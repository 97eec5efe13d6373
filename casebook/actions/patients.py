"""The patients' table: where each subject stands and what to do next, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.entry import stored_entry
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.values import Entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.next_step import NextStep, next_step
from casebook.domain.progress import Progress
from casebook.domain.protocol_findings import Severity
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Necessity, Timepoint, TimepointKind
from casebook.store import patients, registry
from casebook.store.patients import PatientRow, StoredForm

PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class ImageState:
    """How far the images of one timepoint are: required roles that arrived, the gravest finding, files held."""

    timepoint: Timepoint
    n_required: int
    n_present: int
    missing: tuple[SeriesRole, ...]
    arrived: bool
    gravest: Severity | None
    n_held: int

    @property
    def is_complete(self) -> bool:
        """Everything required is there."""
        return self.arrived and not self.missing


@dataclass(frozen=True, slots=True)
class PatientLine:
    """One line of the table. What shows outcomes (`cdlm`) is None for who may not see them."""

    row: PatientRow
    definition: StudyDefinition
    images: Mapping[TimepointKind, tuple[ImageState, ...]]
    n_lesions: int
    cdlm: Mapping[str, int] | None
    next: NextStep


@dataclass(frozen=True, slots=True)
class PatientsPage:
    """One page of the table."""

    lines: Sequence[PatientLine]
    n_total: int
    page: int

    @property
    def n_pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.n_total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the database says of the subjects of one page."""

    arrived: Mapping[UUID, Mapping[str, frozenset[SeriesRole]]]
    severities: Mapping[tuple[UUID, str], frozenset[str]]
    held: Mapping[tuple[UUID, str], int]
    cdlm: Mapping[UUID, Mapping[str, int]]
    forms: Mapping[UUID, Sequence[StoredForm]]
    second_registered_on: Mapping[UUID, date]
    read: frozenset[tuple[UUID, str]] = field(default_factory=frozenset)


def list_patients(
    session: Session, actor: Actor, *, today: date, site_code: str | None = None, search: str = "", page: int = 1
) -> PatientsPage:
    """Return one page of the patients the actor may see, by number."""
    actor.require(Action.SEE_REGISTRY)
    rows, n_total = patients.page(
        session, actor, site_code=site_code, search=search, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    gathered = _gather(session, [row.subject_id for row in rows])
    sees_outcomes = actor.may(Action.SEE_OUTCOMES)
    lines = [_line(session, row, gathered, today, sees_outcomes=sees_outcomes) for row in rows]
    return PatientsPage(lines, n_total, page)


def _gather(session: Session, ids: Sequence[UUID]) -> _Gathered:
    arrived: dict[UUID, dict[str, set[SeriesRole]]] = defaultdict(lambda: defaultdict(set))
    for item in patients.arrived_roles(session, ids):
        arrived[item.subject_id][item.timepoint].add(SeriesRole(item.role))
    forms: dict[UUID, list[StoredForm]] = defaultdict(list)
    for form in patients.forms(session, ids):
        forms[form.subject_id].append(form)
    return _Gathered(
        arrived={
            subject: {code: frozenset(roles) for code, roles in by_code.items()} for subject, by_code in arrived.items()
        },
        severities=patients.severities(session, ids),
        held=patients.n_held(session, ids),
        cdlm=patients.cdlm_counts(session, ids),
        forms=forms,
        second_registered_on=registry.second_registered_on(session, ids),
        read=patients.read_subjects(session, ids),
    )


def _line(session: Session, row: PatientRow, gathered: _Gathered, today: date, *, sees_outcomes: bool) -> PatientLine:
    definition = definition_of(session, row.study_version_id)
    arrived = gathered.arrived.get(row.subject_id, {})
    stored = gathered.forms.get(row.subject_id, [])
    counts = gathered.cdlm.get(row.subject_id, {})
    progress = Progress.of(
        stored_entries(definition, stored),
        road=row.road,
        registered_on=row.registered_on,
        second_registered_on=gathered.second_registered_on.get(row.subject_id),
        n_lesions=sum(counts.values()),
        baseline_locked=row.baseline_locked_at is not None,
        filled=filled(stored),
        unfinished=unfinished(stored),
        arrived=arrived,
        is_read=(row.subject_id, definition.rules.cdlm.timepoint) in gathered.read,
    )
    states = [
        image_state(
            definition,
            timepoint,
            arrived.get(timepoint.code, frozenset()),
            gathered.severities.get((row.subject_id, timepoint.code), frozenset()),
            gathered.held.get((row.subject_id, timepoint.code), 0),
        )
        for timepoint in definition.timepoints
        if timepoint.imaging is not None
    ]
    return PatientLine(
        row=row,
        definition=definition,
        images={kind: tuple(state for state in states if state.timepoint.kind is kind) for kind in TimepointKind},
        n_lesions=progress.n_lesions,
        cdlm=counts if sees_outcomes else None,
        next=next_step(definition, progress, today=today, images_only=not sees_outcomes),
    )


def image_state(
    definition: StudyDefinition,
    timepoint: Timepoint,
    arrived: frozenset[SeriesRole],
    severities: Iterable[str],
    n_held: int,
) -> ImageState:
    """Compare what arrived at a timepoint with what the study requires there."""
    required = [item.role for item in definition.requirements(timepoint.code) if item.necessity is Necessity.REQUIRED]
    missing = tuple(role for role in required if role not in arrived)
    found = set(severities)
    return ImageState(
        timepoint=timepoint,
        n_required=len(required),
        n_present=len(required) - len(missing),
        missing=missing,
        arrived=bool(arrived),
        gravest=next((severity for severity in reversed(Severity) if severity.value in found), None),
        n_held=n_held,
    )


def filled(stored: Iterable[StoredForm]) -> frozenset[tuple[str, str | None]]:
    """Return which forms have a complete entry, by form and timepoint."""
    return frozenset((item.form_code, item.timepoint) for item in stored if item.state != EntryState.STARTED)


def unfinished(stored: Iterable[StoredForm]) -> tuple[tuple[str, str | None, int], ...]:
    """Return the drafts, by form, timepoint and ordinal."""
    return tuple((item.form_code, item.timepoint, item.ordinal) for item in stored if item.state == EntryState.STARTED)


def stored_entries(
    definition: StudyDefinition, stored: Iterable[StoredForm], labels: tuple[str, ...] = ()
) -> dict[str, tuple[Entry, ...]]:
    """Type stored entries by form, without judging them again; drafts say nothing yet."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for item in stored:
        if item.state != EntryState.STARTED:
            found[item.form_code].append(stored_entry(definition.form(item.form_code), item.data, labels))
    return {code: tuple(entries) for code, entries in found.items()}
