"""A person looks at what a series is taken for, and confirms or corrects it: part by part, or many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.intake import describe_later
from casebook.actions.progress import refresh_progress
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, NotFound
from casebook.domain.imaging import SeriesRole as Role
from casebook.domain.series_confirmed import CORRECTED, corrected, require_known
from casebook.domain.series_facts import InstanceFacts
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint
from casebook.domain.texts import Text
from casebook.store import images, registry, series_quality
from casebook.store.tables import Series, SeriesRole, Subject


@dataclass(frozen=True, slots=True)
class SeriesPart:
    """One role of a series: the stored row and what the rule said. `n_images` is None for some frames of one object."""

    row: SeriesRole
    proposal: RoleProposal
    n_images: int | None


@dataclass(frozen=True, slots=True)
class DescribedSeries:
    """A series with how it was made and what it is taken for; slices in mm."""

    row: Series
    study_uid: str
    slice_thickness_mm: float | None
    spacing_mm: float | None
    parts: tuple[SeriesPart, ...]

    @property
    def is_confirmed(self) -> bool:
        """A person has confirmed every part."""
        return bool(self.parts) and all(part.row.confirmed_at is not None for part in self.parts)


@dataclass(frozen=True, slots=True)
class SeriesOfTimepoint:
    """The series of a timepoint, for a person to look through."""

    subject: Subject
    definition: StudyDefinition
    timepoint: Timepoint
    series: tuple[DescribedSeries, ...]


def roles_of(session: Session, actor: Actor, *, series_id: UUID) -> list[SeriesRole]:
    """Return the roles of a series the actor may see. Raises NotFound."""
    images.seen_series(session, actor, Action.SEE_REGISTRY, series_id=series_id)
    return list(images.roles_of_series(session, [series_id]))


def open_series(session: Session, actor: Actor, *, number: str, timepoint: str) -> SeriesOfTimepoint:
    """Return the series of a timepoint with what each is taken for. Raises NotFound, for other sites' patients too."""
    subject = registry.subject_by_number(session, actor, Action.SEE_REGISTRY, number=number)
    definition = definition_of(session, subject.study_version_id)
    wanted = definition.timepoint(timepoint)
    if wanted.imaging is None:
        raise NotFound("The study expects no images at this timepoint.", field="timepoint")
    rows = {row.code: row.id for row in registry.timepoints(session, subject.id)}
    described = described_series(session, rows[timepoint]) if timepoint in rows else ()
    return SeriesOfTimepoint(subject, definition, wanted, described)


def described_series(session: Session, timepoint_id: UUID) -> tuple[DescribedSeries, ...]:
    """Return the series of a timepoint that hold images, in order of study and number."""
    rows = series_quality.with_study_uids(session, timepoint_id)
    ids = [row.id for row, _ in rows]
    facts = series_quality.first_facts(session, ids)
    roles: dict[UUID, list[SeriesRole]] = {series_id: [] for series_id in ids}
    for role in images.roles_of_series(session, ids):
        roles[role.series_id].append(role)
    return tuple(_described(row, uid, facts.get(row.id), roles[row.id]) for row, uid in rows)


def _described(
    row: Series, study_uid: str, plain: Mapping[str, object] | None, roles: Sequence[SeriesRole]
) -> DescribedSeries:
    facts = InstanceFacts.from_json(dict(plain)) if plain else None
    return DescribedSeries(
        row=row,
        study_uid=study_uid,
        slice_thickness_mm=facts.frames[0].slice_thickness_mm if facts and facts.frames else None,
        spacing_mm=facts.acquisition.spacing_between_slices_mm if facts else None,
        parts=tuple(_part(row, role) for role in roles),
    )


def _part(series: Series, role: SeriesRole) -> SeriesPart:
    proposal = RoleProposal.from_json(role.proposal)
    whole = series.n_instances if proposal.sop_uids is None else len(proposal.sop_uids)
    return SeriesPart(role, proposal, None if proposal.frame_numbers is not None else whole)


def confirm_role(
    session: Session, actor: Actor, *, series_id: UUID, role: Role | None, now: datetime
) -> list[SeriesRole]:
    """Confirm the proposals, or put `role` for the whole series in their place; with name and time."""
    row, timepoint_id = images.seen_series(session, actor, Action.CONFIRM_SERIES_ROLE, series_id=series_id)
    subject = registry.subject_of_timepoint(session, timepoint_id, lock=True)
    found = images.roles_of_series(session, [series_id])
    is_changed = role is not None and [item.role for item in found] != [role]
    if role is not None and is_changed:
        said = RoleProposal(
            series_uid=row.series_uid,
            role=role,
            confidence=1.0,
            evidence=(Text(CORRECTED, "人が訂正"),),
            rule=CORRECTED,
        )
        images.replace_proposals(session, series_id, [_columns(said)])
        found = images.roles_of_series(session, [series_id])
    _confirm(actor, found, now)
    _goes_on(session, subject, timepoint_id, is_changed=is_changed)
    return list(found)


def confirm_parts(
    session: Session, actor: Actor, *, series_id: UUID, parts: Mapping[UUID, Role], now: datetime
) -> list[SeriesRole]:
    """Confirm parts of a series in the roles that are given, by the ids of their rows; other parts stay proposed.

    Raises NotFound, and Stale where the parts were proposed anew meanwhile.
    """
    _, timepoint_id = images.seen_series(session, actor, Action.CONFIRM_SERIES_ROLE, series_id=series_id)
    subject = registry.subject_of_timepoint(session, timepoint_id, lock=True)
    found = {row.id: row for row in images.roles_of_series(session, [series_id])}
    require_known(parts, found)
    changed = [found[row_id] for row_id, role in parts.items() if found[row_id].role != role]
    for row in changed:
        for column, value in _columns(corrected(RoleProposal.from_json(row.proposal), parts[row.id])).items():
            setattr(row, column, value)
        row.confirmed_at = None
    _confirm(actor, [found[row_id] for row_id in parts], now)
    _goes_on(session, subject, timepoint_id, is_changed=bool(changed))
    return list(images.roles_of_series(session, [series_id]))


def confirm_above(
    session: Session, actor: Actor, *, number: str, timepoint: str, confidence: float, now: datetime
) -> int:
    """Confirm every proposal of a timepoint that is at least so sure, as it stands; returns how many there were."""
    if not 0.0 < confidence <= 1.0:
        raise Invalid(
            Text("Give a confidence above 0, at most 1.", "確信度は0より大きく1以下で指定してください。"),
            field="confidence",
        )
    found = registry.subject_by_number(session, actor, Action.CONFIRM_SERIES_ROLE, number=number)
    row = registry.timepoint(session, found.id, timepoint)
    subject = registry.subject_of_timepoint(session, row.id, lock=True)
    ids = [series.id for series in images.series_of_timepoint(session, row.id)]
    sure = [
        role
        for role in images.roles_of_series(session, ids)
        if role.confirmed_at is None and role.confidence >= confidence
    ]
    _confirm(actor, sure, now)
    _goes_on(session, subject, row.id, is_changed=False)
    return len(sure)


def _columns(said: RoleProposal) -> dict[str, object]:
    return {"role": said.role, "confidence": said.confidence, "rule": said.rule, "proposal": said.to_json()}


def _confirm(actor: Actor, rows: Sequence[SeriesRole], now: datetime) -> None:
    """Put name and time to what nobody confirmed yet; a confirmation that stands keeps its own."""
    for row in rows:
        if row.confirmed_at is None:
            row.confirmed_by, row.confirmed_at = actor.login, now


def _goes_on(session: Session, subject: Subject, timepoint_id: UUID, *, is_changed: bool) -> None:
    """Have checks, labels and volumes follow a correction."""
    session.flush()
    refresh_progress(session, subject.id)
    if is_changed:
        describe_later(session, timepoint_id)
