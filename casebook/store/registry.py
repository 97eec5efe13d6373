"""Studies, sites, subjects, timepoints: finding them, as far as the actor may know of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.store.tables import Registration, Site, Study, StudyVersion, Subject, Timepoint
from casebook.store.visibility import visible


def study(session: Session, code: str) -> Study:
    """Find a study by code. Raises NotFound."""
    found = study_or_none(session, code)
    if found is None:
        raise _unknown_study(code)
    return found


def _unknown_study(code: str) -> NotFound:
    return NotFound(f"There is no study “{code}”; load one with `casebook study load`.", field="study")


def study_or_none(session: Session, code: str) -> Study | None:
    """Find a study by code, if it is loaded."""
    return session.scalars(select(Study).where(Study.code == code)).one_or_none()


def version_named(session: Session, study_id: UUID, name: str) -> StudyVersion | None:
    """Find a stored definition by its version's name."""
    return session.scalars(
        select(StudyVersion).where(StudyVersion.study_id == study_id, StudyVersion.version == name)
    ).one_or_none()


def newest_version_id(session: Session, study_code: str) -> UUID:
    """Return the study definition in force: the one loaded last. Raises NotFound for an unknown study."""
    found = session.scalar(
        select(StudyVersion.id)
        .join(Study, Study.id == StudyVersion.study_id)
        .where(Study.code == study_code)
        .order_by(StudyVersion.loaded_at.desc(), StudyVersion.id.desc())
        .limit(1)
    )
    if found is None:
        raise _unknown_study(study_code)
    return found


def newest_version_id_of(session: Session, study_id: UUID) -> UUID:
    """Return the definition in force of a study that is known to have one."""
    newest = select(StudyVersion.id).where(StudyVersion.study_id == study_id)
    return session.scalars(newest.order_by(StudyVersion.loaded_at.desc(), StudyVersion.id.desc()).limit(1)).one()


def versions(session: Session, study_id: UUID) -> Sequence[StudyVersion]:
    """Return every stored definition of a study, the newest first."""
    return session.scalars(
        select(StudyVersion)
        .where(StudyVersion.study_id == study_id)
        .order_by(StudyVersion.loaded_at.desc(), StudyVersion.id.desc())
    ).all()


def version(session: Session, version_id: UUID) -> StudyVersion:
    """Return one stored definition."""
    return session.get_one(StudyVersion, version_id)


def site(session: Session, study_id: UUID, code: str) -> Site:
    """Find a site of the study by code. Raises NotFound."""
    found = session.scalars(select(Site).where(Site.study_id == study_id, Site.code == code)).one_or_none()
    if found is None:
        raise NotFound(f"The study has no site “{code}”; the study definition lists its sites.", field="site")
    return found


def sites(session: Session, study_id: UUID) -> Sequence[Site]:
    """Return all sites in order of their code."""
    return session.scalars(select(Site).where(Site.study_id == study_id).order_by(Site.code)).all()


def next_subject_number(session: Session, site_id: UUID) -> int:
    """Take the site's next number; the row lock keeps two registrations apart and leaves no gap on rollback."""
    return session.execute(
        update(Site)
        .where(Site.id == site_id)
        .values(last_subject_number=Site.last_subject_number + 1)
        .returning(Site.last_subject_number)
    ).scalar_one()


def subject(session: Session, actor: Actor, action: Action, *, subject_id: UUID, lock: bool = False) -> Subject:
    """Find a subject the actor may do `action` on. Raises NotFound, for others' subjects too."""
    query = select(Subject).where(Subject.id == subject_id, visible(actor, action))
    return _one_subject(session.scalars(query.with_for_update() if lock else query).one_or_none())


def subject_by_number(session: Session, actor: Actor, action: Action, *, number: str) -> Subject:
    """Find a subject by its number. Raises NotFound, for others' subjects too."""
    return _one_subject(
        session.scalars(select(Subject).where(Subject.number == number, visible(actor, action))).one_or_none()
    )


def _one_subject(found: Subject | None) -> Subject:
    if found is None:
        raise NotFound("There is no such subject.", field="subject")
    return found


def subjects(session: Session, actor: Actor, action: Action) -> Sequence[Subject]:
    """Return every subject the actor may do `action` on, by number."""
    return session.scalars(select(Subject).where(visible(actor, action)).order_by(Subject.number)).all()


def second_registered_on(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, date]:
    """Return the day of the second registration of those subjects that have one."""
    rows = session.execute(
        select(Registration.subject_id, Registration.registered_on).where(
            Registration.subject_id.in_(subject_ids), Registration.step == "second"
        )
    )
    return {row.subject_id: row.registered_on for row in rows}


def timepoint(session: Session, subject_id: UUID, code: str) -> Timepoint:
    """Find a timepoint that has come about. Raises NotFound."""
    found = session.scalars(
        select(Timepoint).where(Timepoint.subject_id == subject_id, Timepoint.code == code)
    ).one_or_none()
    if found is None:
        raise NotFound("The subject has no such timepoint yet.", field="timepoint")
    return found


def reading_codes(session: Session, study_id: UUID) -> frozenset[str]:
    """Return the reading codes in use."""
    return frozenset(session.scalars(select(Subject.reading_code).where(Subject.study_id == study_id)))


def site_by_id(session: Session, site_id: UUID) -> Site:
    """Return one site."""
    return session.get_one(Site, site_id)


def subject_of_timepoint(session: Session, timepoint_id: UUID, *, lock: bool = False) -> Subject:
    """Return whose timepoint it is, for work that no person asked for."""
    query = select(Subject).join(Timepoint, Timepoint.subject_id == Subject.id).where(Timepoint.id == timepoint_id)
    return session.scalars(query.with_for_update(of=Subject) if lock else query).one()


def timepoints(session: Session, subject_id: UUID) -> Sequence[Timepoint]:
    """Return the timepoints that have come about."""
    return session.scalars(select(Timepoint).where(Timepoint.subject_id == subject_id)).all()


def timepoints_of(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Timepoint]]:
    """Return the timepoints of subjects that have come about."""
    found: dict[UUID, list[Timepoint]] = {subject_id: [] for subject_id in subject_ids}
    for row in session.scalars(select(Timepoint).where(Timepoint.subject_id.in_(subject_ids)).order_by(Timepoint.id)):
        found[row.subject_id].append(row)
    return found


def study_codes(session: Session) -> Sequence[str]:
    """Return the codes of the loaded studies."""
    return session.scalars(select(Study.code).order_by(Study.code)).all()


def subject_exists(session: Session, study_code: str, number: str) -> bool:
    """Tell whether the study has a subject of this number."""
    found = select(Subject.id).join(Study, Study.id == Subject.study_id)
    return session.scalar(found.where(Study.code == study_code, Subject.number == number)) is not None


def timepoint_code(session: Session, timepoint_id: UUID) -> str:
    """Return the study's code of a timepoint."""
    return session.execute(select(Timepoint.code).where(Timepoint.id == timepoint_id)).scalar_one()
