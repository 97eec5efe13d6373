"""The patients' table: where each subject stands and what to do next, in a constant number of queries.

What is kept of each subject is read; which of them are shown, and in which order, is decided on their agendas.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions import progress
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.agenda import Agenda, agenda_of
from casebook.domain.imaging import SeriesRole
from casebook.domain.next_step import NextStep, Urgency, next_step
from casebook.domain.protocol_findings import Severity
from casebook.domain.standing import Standing
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Necessity, Timepoint, TimepointKind
from casebook.store import patients
from casebook.store.patients import PatientRow, SiteOverdue

PER_PAGE: Final = 50
Fresh = Mapping[UUID, tuple[StudyDefinition, Standing]]
"""Standings worked out now, with the definition they were worked out under."""


class Order(StrEnum):
    """What the table is sorted by."""

    NUMBER = "number"
    REGISTERED = "registered"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which patients to show; empty words leave a filter open."""

    site_code: str = ""
    road: str = ""
    search: str = ""
    urgency: Urgency | None = None
    order: Order = Order.NUMBER
    page: int = 1


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
    """One page of the table; `n_by_urgency` counts the patients that all the other filters leave."""

    lines: Sequence[PatientLine]
    n_total: int
    page: int
    n_by_urgency: Mapping[Urgency, int]

    @property
    def n_pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.n_total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class Placed:
    """A subject with its agenda, as the actor may know it."""

    row: PatientRow
    agenda: Agenda


def list_patients(session: Session, actor: Actor, *, today: date, wanted: Wanted) -> PatientsPage:
    """Return one page of the patients the actor may see."""
    actor.require(Action.SEE_REGISTRY)
    sees_outcomes = actor.may(Action.SEE_OUTCOMES)
    rows = patients.rows(
        session,
        actor,
        made_by=progress.MADE_BY,
        agenda=progress.agenda_for(actor),
        site_code=wanted.site_code or None,
        road=wanted.road or None,
        search=wanted.search,
    )
    fresh = worked_out(session, rows)
    placed = [Placed(row, agenda(row, fresh, sees_outcomes=sees_outcomes)) for row in rows]
    n_by_urgency = Counter(one.agenda.urgency(today) for one in placed)
    chosen = in_order(placed, wanted, today)
    shown = chosen[(wanted.page - 1) * PER_PAGE : wanted.page * PER_PAGE]
    kept = patients.standings(session, [one.row.subject_id for one in shown])
    lines = [
        _line(session, one.row, standing(one.row, kept, fresh), today, sees_outcomes=sees_outcomes) for one in shown
    ]
    return PatientsPage(lines, len(chosen), wanted.page, n_by_urgency)


def worked_out(session: Session, rows: Iterable[PatientRow]) -> Fresh:
    """Return where those subjects stand of which nothing up to date is kept."""
    missing = [row.subject_id for row in rows if row.agenda is None]
    return progress.standings(session, missing) if missing else {}


def agenda(row: PatientRow, fresh: Fresh, *, sees_outcomes: bool) -> Agenda:
    """Return the agenda of a subject, as far as forms may be known."""
    if row.agenda is not None:
        return Agenda.from_json(row.agenda)
    definition, found = fresh[row.subject_id]
    return agenda_of(definition, found.progress, images_only=not sees_outcomes)


def overdue_by_site(session: Session, actor: Actor, today: date) -> list[tuple[SiteOverdue, int]]:
    """Return the sites with patients that are overdue on a day and how many they have, the most first."""
    found = patients.overdue_by_site(
        session, actor, made_by=progress.MADE_BY, agenda=progress.agenda_for(actor), today=today
    )
    outdated = [subject_id for site in found for subject_id in site.outdated]
    fresh = progress.standings(session, outdated) if outdated else {}
    images_only = not actor.may(Action.SEE_OUTCOMES)
    late = {
        subject_id
        for subject_id, (definition, kept) in fresh.items()
        if agenda_of(definition, kept.progress, images_only=images_only).urgency(today) is Urgency.OVERDUE
    }
    counted = [(site, site.n_overdue + len(late.intersection(site.outdated))) for site in found]
    return sorted(((site, n) for site, n in counted if n), key=lambda item: (-item[1], item[0].code))


def standing(row: PatientRow, kept: Mapping[UUID, dict[str, object]], fresh: Fresh) -> Standing:
    """Return where a subject stands."""
    return Standing.from_json(kept[row.subject_id]) if row.agenda is not None else fresh[row.subject_id][1]


def in_order(placed: Iterable[Placed], wanted: Wanted, today: date) -> list[Placed]:
    """Return the subjects of the wanted urgency in the wanted order; without a due day they come last."""
    chosen = [one for one in placed if wanted.urgency in {None, one.agenda.urgency(today)}]
    if wanted.order is Order.REGISTERED:
        chosen.sort(key=lambda one: (one.row.registered_on, one.row.number), reverse=True)
    elif wanted.order is Order.DUE:
        chosen.sort(key=lambda one: (one.agenda.due_on or date.max, one.row.number))
    return chosen


def _line(session: Session, row: PatientRow, found: Standing, today: date, *, sees_outcomes: bool) -> PatientLine:
    definition = definition_of(session, row.study_version_id)
    states = [
        image_state(
            definition,
            timepoint,
            found.progress.arrived.get(timepoint.code, frozenset()),
            found.severities.get(timepoint.code, frozenset()),
            found.n_held.get(timepoint.code, 0),
        )
        for timepoint in definition.timepoints
        if timepoint.imaging is not None
    ]
    return PatientLine(
        row=row,
        definition=definition,
        images={kind: tuple(state for state in states if state.timepoint.kind is kind) for kind in TimepointKind},
        n_lesions=found.progress.n_lesions,
        cdlm=found.cdlm if sees_outcomes else None,
        next=next_step(definition, found.progress, today=today, images_only=not sees_outcomes),
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
