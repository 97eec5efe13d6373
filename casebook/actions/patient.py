"""One patient with everything its page shows: course, lesions, images, submissions and forms."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.course import Course, gather_course
from casebook.actions.patients import ImageState, image_state
from casebook.actions.progress import progress_of
from casebook.actions.receipts import outcomes_of
from casebook.actions.studies import definition_of
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.entry import stored_entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.next_step import NextStep, next_step
from casebook.domain.progress import Progress
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Anchor, Timepoint
from casebook.domain.timepoints import DueState, Window, due_state, window_of
from casebook.store import images, patients, received, registry
from casebook.store.lesion_history import RecordedEvent
from casebook.store.patients import StoredForm
from casebook.store.received import SubmissionRow
from casebook.store.tables import ImageCheck, Lesion, Site, Subject


@dataclass(frozen=True, slots=True)
class RoleImages:
    """The images of one role: how many frames, which b-values (s/mm²), and whether a person confirmed the role."""

    n_frames: int
    b_values: tuple[int, ...]
    is_confirmed: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class TimepointImages:
    """A timepoint with its window and what arrived; `modalities` as in the headers.

    `imaged_on` is the day the images say, `recorded_on` the day a form of the timepoint says.
    """

    state: ImageState
    window: Window | None
    due: DueState
    imaged_on: date | None
    recorded_on: date | None
    roles: Mapping[SeriesRole, RoleImages]
    modalities: frozenset[str]
    checks: Sequence[ImageCheck]

    @property
    def timepoint(self) -> Timepoint:
        """The timepoint of the study."""
        return self.state.timepoint

    @property
    def done_on(self) -> date | None:
        """The day of the examination, from the images or, where none were sent, from a form."""
        return self.imaged_on or self.recorded_on


@dataclass(frozen=True, slots=True)
class Delivery:
    """A submission with its files counted by outcome."""

    row: SubmissionRow
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OpenPatient:
    """Everything of one patient. `course` and `forms` are None for who may not see outcomes."""

    subject: Subject
    site: Site
    definition: StudyDefinition
    today: date
    next: NextStep
    dates: Mapping[Anchor, date]
    lesions: Sequence[Lesion]
    events: Sequence[RecordedEvent]
    timepoints: Sequence[TimepointImages]
    deliveries: Sequence[Delivery]
    course: Course | None
    forms: Sequence[StoredForm] | None


def open_patient(session: Session, actor: Actor, *, number: str, now: datetime, key: bytes) -> OpenPatient:
    """Return the patient of a number. Raises NotFound, for other sites' patients too."""
    subject = registry.subject_by_number(session, actor, Action.SEE_REGISTRY, number=number)
    site = registry.site_by_id(session, subject.site_id)
    definition = definition_of(session, subject.study_version_id)
    sees_outcomes = actor.may(Action.SEE_OUTCOMES, study_code=definition.code, site_code=site.code)
    course, stored = gather_course(session, subject), patients.forms(session, [subject.id])
    progress = _progress(session, subject, course, stored)
    dates = progress.dates if sees_outcomes else {Anchor.FIRST_REGISTRATION: subject.registered_on}
    recorded = _recorded_on(definition, stored) if sees_outcomes else {}
    missed = progress.not_done if sees_outcomes else frozenset[str]()
    return OpenPatient(
        subject=subject,
        site=site,
        definition=definition,
        today=now.date(),
        next=next_step(definition, progress, today=now.date(), images_only=not sees_outcomes),
        dates=dates,
        lesions=course.lesions,
        events=course.events,
        timepoints=_timepoints(session, subject, definition, dates, recorded, missed, now.date(), key),
        deliveries=_deliveries(session, actor, subject.id),
        course=course if sees_outcomes else None,
        forms=stored if sees_outcomes else None,
    )


def _progress(session: Session, subject: Subject, course: Course, stored: Sequence[StoredForm]) -> Progress:
    arrived: dict[str, set[SeriesRole]] = defaultdict(set)
    for item in patients.arrived_roles(session, [subject.id]):
        arrived[item.timepoint].add(SeriesRole(item.role))
    return progress_of(
        subject,
        course.entries,
        stored,
        second_registered_on=course.dates.get(Anchor.SECOND_REGISTRATION),
        n_lesions=len(course.lesions),
        arrived={code: frozenset(roles) for code, roles in arrived.items()},
        is_read=course.read is not None,
    )


def _deliveries(session: Session, actor: Actor, subject_id: UUID) -> list[Delivery]:
    rows = received.submissions(session, actor, subject_id=subject_id)
    counts = outcomes_of(session, [row.id for row in rows])
    return [Delivery(row, counts[row.id]) for row in rows]


def _timepoints(
    session: Session,
    subject: Subject,
    definition: StudyDefinition,
    dates: Mapping[Anchor, date],
    recorded: Mapping[str, date],
    missed: Collection[str],
    today: date,
    key: bytes,
) -> list[TimepointImages]:
    come_about = {row.code: row.id for row in registry.timepoints(session, subject.id)}
    roles, modalities = _roles(session, come_about)
    imaged_on = _imaged_on(session, subject, come_about, key)
    checks = patients.checks(session, subject.id)
    held = patients.n_held(session, [subject.id])
    found = []
    for timepoint in definition.timepoints:
        if timepoint.imaging is None:
            continue
        arrived = roles.get(timepoint.code, {})
        mine = checks.get(timepoint.code, ())
        severities = [check.severity for check in mine]
        window = window_of(timepoint, dates)
        done_on = imaged_on.get(timepoint.code) or recorded.get(timepoint.code)
        found.append(
            TimepointImages(
                state=image_state(
                    definition,
                    timepoint,
                    frozenset(arrived),
                    severities,
                    held.get((subject.id, timepoint.code), 0),
                ),
                window=window,
                due=due_state(window, today=today, done_on=done_on, is_not_done=timepoint.code in missed),
                imaged_on=imaged_on.get(timepoint.code),
                recorded_on=recorded.get(timepoint.code),
                roles=arrived,
                modalities=modalities.get(timepoint.code, frozenset()),
                checks=mine,
            )
        )
    return found


def _recorded_on(definition: StudyDefinition, stored: Sequence[StoredForm]) -> dict[str, date]:
    found: dict[str, date] = {}
    for item in stored:
        form = definition.form(item.form_code)
        if item.timepoint is not None and form.dated_by is not None:
            day = stored_entry(form, item.data, ()).day(form.dated_by)
            if day is not None:
                found.setdefault(item.timepoint, day)
    return found


def _imaged_on(session: Session, subject: Subject, come_about: Mapping[str, UUID], key: bytes) -> dict[str, date]:
    """Return the real day of each timepoint's first examination; the archive holds shifted days."""
    shift = timedelta(days=date_shift_days(key, subject.number))
    code_of = {timepoint_id: code for code, timepoint_id in come_about.items()}
    first: dict[str, date] = {}
    for study in images.studies_of_timepoints(session, list(code_of)):
        if study.study_on is not None:
            first.setdefault(code_of[study.timepoint_id], study.study_on - shift)
    return first


def _roles(
    session: Session, come_about: Mapping[str, UUID]
) -> tuple[dict[str, dict[SeriesRole, RoleImages]], dict[str, frozenset[str]]]:
    code_of = {timepoint_id: code for code, timepoint_id in come_about.items()}
    series = {
        row.id: (code_of[timepoint_id], row)
        for timepoint_id, row in images.series_of_timepoints(session, list(code_of))
    }
    found: dict[str, dict[SeriesRole, RoleImages]] = defaultdict(dict)
    for role in images.roles_of_series(session, list(series)):
        code, row = series[role.series_id]
        proposal = RoleProposal.from_json(role.proposal)
        known = found[code].get(proposal.role)
        found[code][proposal.role] = _joined(
            known, _role_images(proposal, row.n_frames, is_confirmed=role.confirmed_at is not None)
        )
    modalities: dict[str, frozenset[str]] = defaultdict(frozenset)
    for code, row in series.values():
        modalities[code] |= {row.modality}
    return found, modalities


def _role_images(proposal: RoleProposal, n_frames: int, *, is_confirmed: bool) -> RoleImages:
    part = proposal.frame_numbers or proposal.sop_uids
    return RoleImages(
        n_frames=n_frames if part is None else len(part),
        b_values=tuple(sorted({round(b) for b in proposal.b_values_s_per_mm2})),
        is_confirmed=is_confirmed,
        confidence=proposal.confidence,
    )


def _joined(one: RoleImages | None, other: RoleImages) -> RoleImages:
    if one is None:
        return other
    return RoleImages(
        n_frames=one.n_frames + other.n_frames,
        b_values=tuple(sorted({*one.b_values, *other.b_values})),
        is_confirmed=one.is_confirmed and other.is_confirmed,
        confidence=min(one.confidence, other.confidence),
    )
