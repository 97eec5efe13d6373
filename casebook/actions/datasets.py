"""The datasets of a study as its statistician takes them, made of everything that is recorded."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.course import Course, gather_courses
from casebook.actions.dataset_material import Beside, gather_beside
from casebook.actions.endpoint_records import lesion_record, registered_subjects, why_left
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.datasets.all_datasets import datasets_of
from casebook.domain.datasets.material import (
    FilledForm,
    LesionMaterial,
    SiteMaterial,
    StudyMaterial,
    SubjectMaterial,
    withheld,
)
from casebook.domain.datasets.model import Dataset
from casebook.domain.errors import Invalid
from casebook.domain.forms.states import EntryState
from casebook.domain.study.model import RegistrationStep
from casebook.store import registry
from casebook.store.tables import Lesion, Site, Subject

FURTHEST_CLOCK: Final = timedelta(days=1)
"""A site east of Greenwich is in tomorrow while the server is in today."""


def study_datasets(
    session: Session, actor: Actor, *, study_code: str, as_of: date, now: datetime
) -> tuple[Dataset, ...]:
    """Return every dataset of a study as known on a day, for all subjects; in a constant number of queries.

    The rows follow from what is recorded and from `as_of` alone. Raises Forbidden for who may not export the endpoint,
    Invalid for a day that has not come.
    """
    actor.require(Action.EXPORT_ENDPOINT, study_code=study_code)
    if as_of > now.date() + FURTHEST_CLOCK:
        raise Invalid(f"Found {as_of}; expected today or an earlier day, since no later one is known.", field="as_of")
    return datasets_of(study_material(session, actor, study_code=study_code, as_of=as_of, today=now.date()))


def study_material(session: Session, actor: Actor, *, study_code: str, as_of: date, today: date) -> StudyMaterial:
    """Gather what the datasets are made of, of the subjects whose endpoint the actor may export."""
    _, definition = newest_definition(session, study_code)
    study = registry.study(session, study_code)
    sites = {site.id: site for site in registry.sites(session, study.id)}
    subjects = registered_subjects(session, actor, Action.EXPORT_ENDPOINT, sites, as_of=as_of, today=today)
    courses, beside = gather_courses(session, subjects), gather_beside(session, actor, study.id, subjects)
    made = (_subject(one, sites[one.site_id], courses[one.id], beside, as_of) for one in subjects)
    return StudyMaterial(
        definition=definition,
        as_of=as_of,
        subjects=tuple(withheld(subject) for subject in made),
        site_queries=tuple(beside.queries.get(None, ())),
    )


def _subject(subject: Subject, site: Site, course: Course, beside: Beside, as_of: date) -> SubjectMaterial:
    steps = {
        RegistrationStep.FIRST: subject.registered_on,
        RegistrationStep.SECOND: beside.second_registered_on.get(subject.id),
    }
    return SubjectMaterial(
        number=subject.number,
        site=SiteMaterial(site.code, site.country, site.site_group),
        road=subject.road,
        registered_on={step: on for step, on in steps.items() if on is not None and on <= as_of},
        definition=course.definition,
        forms=tuple(_forms(course, beside.timepoints)),
        lesions=tuple(_lesion(course, lesion, beside, as_of) for lesion in course.lesions),
        reads=tuple(beside.reads.get(subject.id, ())),
        images=tuple(beside.images.get(subject.id, ())),
        queries=tuple(beside.queries.get(subject.id, ())),
        left=why_left(course, as_of),
    )


def _forms(course: Course, timepoints: Mapping[UUID, str]) -> Iterable[FilledForm]:
    """Return the entries with their places: they were typed in the order of the stored ones, drafts left out."""
    typed = {form: iter(entries) for form, entries in course.entries.items()}
    for row in course.rows:
        if row.state != EntryState.STARTED:
            timepoint = timepoints[row.timepoint_id] if row.timepoint_id else None
            yield FilledForm(row.form_code, timepoint, row.ordinal, next(typed[row.form_code]))


def _lesion(course: Course, lesion: Lesion, beside: Beside, as_of: date) -> LesionMaterial:
    standing = course.book.lesions[lesion.label]
    came = next((event.row for event in course.events if lesion.label in event.came), None)
    return LesionMaterial(
        record=lesion_record(course, lesion, as_of),
        origin=standing.origin,
        state=standing.state,
        parents=tuple(sorted(standing.parents)),
        diameters_mm=beside.diameters.get(lesion.id, {}),
        came_at=came.timepoint_code if came else None,
        came_on=came.happened_on if came else None,
    )
