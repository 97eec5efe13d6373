"""Every patient with every lesion as the endpoint sees them on a day: derived by the rules, once a change.

What the rules make of a subject on a day follows from the subject's records alone. It is remembered by the mark that
the audit trail gives these records, so that asking again costs no rule and no form, and a change is seen at once.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from casebook.actions.course import Course, gather_courses
from casebook.domain.actors import Action, Actor
from casebook.domain.endpoint.places import DATA_WITHDRAWN, FOUND_INELIGIBLE
from casebook.domain.endpoint.records import LesionRecord, PatientRecord
from casebook.domain.outcome.dating import known_on, was_registered
from casebook.domain.subject_status import StatusKind, status_changes
from casebook.store import registry
from casebook.store.tables import Lesion, Site, Subject
from casebook.store.trail_marks import TrailMark, trail_marks

MOST_REMEMBERED: Final = 20_000
"""Subjects; a lesion takes about 4 kB."""


@dataclass(frozen=True, slots=True)
class _Derived:
    """What the rules say of a subject on a day."""

    left: str | None
    lesions: tuple[LesionRecord, ...]


_Key = tuple[UUID, TrailMark, date]
_remembered: WeakKeyDictionary[Engine, dict[_Key, _Derived]] = WeakKeyDictionary()


def patient_records(
    session: Session, actor: Actor, *, study_code: str, as_of: date, today: date
) -> list[PatientRecord]:
    """Return the patients of a study whose outcomes the actor may see, by number; in a constant number of queries."""
    sites = {site.id: site for site in registry.sites(session, registry.study(session, study_code).id)}
    subjects = registered_subjects(session, actor, Action.SEE_OUTCOMES, sites, as_of=as_of, today=today)
    derived = _derived(session, subjects, as_of)
    return [_record(subject, sites[subject.site_id], derived[subject.id]) for subject in subjects]


def registered_subjects(
    session: Session, actor: Actor, action: Action, sites: Container[UUID], *, as_of: date, today: date
) -> list[Subject]:
    """Return the subjects of `sites` with whom the actor may do this, by number, that were in the study on a day."""
    return [
        one
        for one in registry.subjects(session, actor, action)
        if one.site_id in sites and was_registered(one.registered_on, as_of=as_of, today=today)
    ]


def _record(subject: Subject, site: Site, derived: _Derived) -> PatientRecord:
    return PatientRecord(
        number=subject.number,
        road=subject.road,
        site=site.code,
        country=site.country,
        group=site.site_group,
        left=derived.left,
        lesions=derived.lesions,
    )


def _derived(session: Session, subjects: Sequence[Subject], as_of: date) -> Mapping[UUID, _Derived]:
    kept = _remembered.setdefault(session.get_bind().engine, {})
    marks = trail_marks(session, [subject.id for subject in subjects])
    found = {subject_id: value for subject_id, mark in marks.items() if (value := kept.get((subject_id, mark, as_of)))}
    missing = [subject for subject in subjects if subject.id not in found]
    if not missing:
        return found
    made = {subject_id: _derive(course, as_of) for subject_id, course in gather_courses(session, missing).items()}
    if len(kept) + len(made) > MOST_REMEMBERED:
        kept.clear()
    for subject_id, mark in trail_marks(session, list(made)).items():
        # records that changed while they were gathered belong to neither mark
        if mark == marks.get(subject_id):
            kept[subject_id, mark, as_of] = made[subject_id]
    return found | made


def _derive(course: Course, as_of: date) -> _Derived:
    return _Derived(why_left(course, as_of), tuple(lesion_record(course, lesion, as_of) for lesion in course.lesions))


def why_left(course: Course, as_of: date) -> str | None:
    """Return why the patient counts nowhere, as the outcome rule has it."""
    changes = [change for change in status_changes(course.entries) if change.happened_on <= as_of]
    if any(change.withdraws_data for change in changes):
        return DATA_WITHDRAWN
    if any(change.kind is StatusKind.FOUND_INELIGIBLE for change in changes):
        return FOUND_INELIGIBLE
    return None


def lesion_record(course: Course, lesion: Lesion, as_of: date) -> LesionRecord:
    """Return what the records say of a lesion, as known on a day."""
    cdlm = course.cdlm(lesion)
    facts = course.facts(lesion, cdlm=cdlm)
    return LesionRecord(
        label=lesion.label,
        segment=lesion.segment,
        baseline_diameter_mm=lesion.baseline_diameter_mm,
        seen=course.visibilities(lesion),
        cdlm=cdlm,
        outcome=course.outcome_of(lesion, facts, as_of),
        facts=known_on(facts, as_of),
        left_out=course.why_left_out(lesion),
    )
