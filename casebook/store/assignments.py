"""Readers of a study, the cases they are given, and which images those open."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on, insert
from sqlalchemy.orm import Session

from casebook.domain.actors import Actor, Role
from casebook.domain.central.assignment import Candidate
from casebook.store.tables import (
    Account,
    ImagingStudy,
    Instance,
    OpenedImages,
    Reader,
    Reading,
    ReadingAssignment,
    RoleGrant,
    Series,
    Site,
    Study,
    Subject,
    Timepoint,
    TimepointCheck,
)
from casebook.store.visibility import is_given_to

REPEAT = 2
"""The round in which a case is read once more."""


@dataclass(frozen=True, slots=True)
class ReadersCandidate:
    """A person who could be given a case."""

    account_id: UUID
    candidate: Candidate


def candidates(session: Session, study_id: UUID, role: Role, *, now: datetime) -> Sequence[ReadersCandidate]:
    """Return who holds a reading role of the study now, with training, home site and open cases, by login."""
    n_open = (
        select(func.count())
        .select_from(ReadingAssignment)
        .where(
            ReadingAssignment.account_id == Account.id,
            ReadingAssignment.study_id == study_id,
            ReadingAssignment.withdrawn_at.is_(None),
            ReadingAssignment.closes_on.is_(None),
            ReadingAssignment.opens_on <= now.date(),
        )
        .scalar_subquery()
    )
    holds = exists().where(
        RoleGrant.account_id == Account.id,
        RoleGrant.study_id == study_id,
        RoleGrant.role == role,
        RoleGrant.valid_from <= now,
        or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
    )
    rows = session.execute(
        select(Account.id, Account.login, Site.code, Reader.trained_on, n_open)
        .outerjoin(Reader, (Reader.account_id == Account.id) & (Reader.study_id == study_id))
        .outerjoin(Site, Site.id == Reader.home_site_id)
        .where(holds, Account.disabled_at.is_(None))
        .order_by(Account.login)
    )
    return [ReadersCandidate(row[0], Candidate(*row[1:])) for row in rows]


def train(session: Session, study_id: UUID, account_id: UUID, *, on: date, training: str) -> None:
    """Put the training record of a reader who has none."""
    values = {"trained_on": on, "training": training}
    session.execute(
        insert(Reader)
        .values(study_id=study_id, account_id=account_id, **values)
        .on_conflict_do_update(index_elements=[Reader.study_id, Reader.account_id], set_=values)
    )


def seed(session: Session, study_id: UUID) -> str:
    """Return what every draw of the study starts from."""
    return session.get_one(Study, study_id).reading_seed


def of_subject(session: Session, subject_id: UUID) -> Sequence[ReadingAssignment]:
    """Return the assignments of a case that were not withdrawn, by round and place."""
    return session.scalars(
        select(ReadingAssignment)
        .where(ReadingAssignment.subject_id == subject_id, ReadingAssignment.withdrawn_at.is_(None))
        .order_by(ReadingAssignment.round, ReadingAssignment.place.desc(), ReadingAssignment.id)
    ).all()


def one(session: Session, assignment_id: UUID) -> tuple[ReadingAssignment, Subject] | None:
    """Find an assignment that was not withdrawn, locked for update, with its subject."""
    found = session.execute(
        select(ReadingAssignment, Subject)
        .join(Subject, Subject.id == ReadingAssignment.subject_id)
        .where(ReadingAssignment.id == assignment_id, ReadingAssignment.withdrawn_at.is_(None))
        .with_for_update(of=ReadingAssignment)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def involved(session: Session, subject_id: UUID) -> frozenset[UUID]:
    """Return the accounts that ever read the case, for its site too, or were given it."""
    given = select(ReadingAssignment.account_id).where(ReadingAssignment.subject_id == subject_id)
    read = (
        select(Reading.account_id)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .where(Timepoint.subject_id == subject_id)
    )
    return frozenset(session.scalars(given.union(read)))


def own(session: Session, actor: Actor, assignment_id: UUID) -> ReadingAssignment | None:
    """Find an assignment that is on the actor's list today."""
    return session.scalars(
        select(ReadingAssignment).where(ReadingAssignment.id == assignment_id, is_given_to(actor))
    ).one_or_none()


def own_list(session: Session, actor: Actor) -> Sequence[tuple[ReadingAssignment, Subject]]:
    """Return everything on the actor's list today with the subjects behind it, in the actor's own order."""
    rows = session.execute(
        select(ReadingAssignment, Subject)
        .join(Subject, Subject.id == ReadingAssignment.subject_id)
        .where(is_given_to(actor))
        .order_by(ReadingAssignment.order_key)
    )
    return [(row[0], row[1]) for row in rows]


def code_is_taken(session: Session, study_id: UUID, code: str) -> bool:
    """Tell whether a case of the study is known by this code."""
    of_subjects = exists().where(Subject.study_id == study_id, Subject.reading_code == code)
    of_readers = exists().where(ReadingAssignment.study_id == study_id, ReadingAssignment.code == code)
    return bool(session.scalar(select(or_(of_subjects, of_readers))))


def subjects_without(session: Session, study_id: UUID) -> Sequence[Subject]:
    """Return the subjects with a locked baseline list that nobody was given to read yet, by number."""
    given = exists().where(ReadingAssignment.subject_id == Subject.id, ReadingAssignment.withdrawn_at.is_(None))
    return session.scalars(
        select(Subject)
        .where(Subject.study_id == study_id, Subject.baseline_locked_at.is_not(None), ~given)
        .order_by(Subject.number)
    ).all()


Opened = dict[UUID, list[str] | None]
"""Timepoints that are open to an assignment, with the roles of their series; None for all."""


def opened(session: Session, assignment_id: UUID) -> Opened:
    """Return what is open to an assignment."""
    return opened_of(session, [assignment_id]).get(assignment_id, {})


def opened_of(session: Session, assignment_ids: Sequence[UUID]) -> dict[UUID, Opened]:
    """Return what is open to assignments."""
    rows = session.execute(
        select(OpenedImages.assignment_id, OpenedImages.timepoint_id, OpenedImages.roles).where(
            OpenedImages.assignment_id.in_(assignment_ids)
        )
    )
    found: dict[UUID, Opened] = defaultdict(dict)
    for assignment_id, timepoint_id, roles in rows:
        found[assignment_id][timepoint_id] = roles
    return found


def open_only(session: Session, assignment_id: UUID, roles_of: Opened) -> None:
    """Open these timepoints to an assignment, and no others."""
    session.execute(
        delete(OpenedImages).where(
            OpenedImages.assignment_id == assignment_id, OpenedImages.timepoint_id.not_in(roles_of)
        )
    )
    for timepoint_id, roles in roles_of.items():
        session.execute(
            insert(OpenedImages)
            .values(assignment_id=assignment_id, timepoint_id=timepoint_id, roles=roles)
            .on_conflict_do_update(
                index_elements=[OpenedImages.assignment_id, OpenedImages.timepoint_id], set_={"roles": roles}
            )
        )


def newest_reads(session: Session, assignment_id: UUID) -> dict[UUID, Reading]:
    """Return the newest edition of an assignment's reads, by timepoint."""
    return newest_reads_of(session, [assignment_id]).get(assignment_id, {})


def newest_reads_of(session: Session, assignment_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Reading]]:
    """Return the newest edition of the reads of assignments, by assignment and timepoint."""
    rows = session.scalars(
        select(Reading).where(Reading.assignment_id.in_(assignment_ids)).order_by(Reading.edition)
    ).all()
    found: dict[UUID, dict[UUID, Reading]] = defaultdict(dict)
    for row in rows:
        assert row.assignment_id is not None
        found[row.assignment_id][row.timepoint_id] = row
    return found


def images_digests(session: Session, timepoint_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return a SHA-256 (hex) over names and contents of each timepoint's archived images, where there are any."""
    said = Instance.sop_uid + " " + func.encode(Instance.archived_sha256, "hex")
    listed = func.string_agg(said, aggregate_order_by(literal(","), Instance.sop_uid))
    rows = session.execute(
        select(ImagingStudy.timepoint_id, func.encode(func.sha256(func.convert_to(listed, "UTF8")), "hex"))
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .join(Instance, Instance.series_id == Series.id)
        .where(ImagingStudy.timepoint_id.in_(timepoint_ids))
        .group_by(ImagingStudy.timepoint_id)
    )
    return {row[0]: row[1] for row in rows}


def passed_checks(session: Session, timepoint_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return the timepoints whose images, as they are now, passed the check."""
    newest = (
        select(TimepointCheck)
        .where(TimepointCheck.timepoint_id.in_(timepoint_ids))
        .ext(distinct_on(TimepointCheck.timepoint_id))
        .order_by(TimepointCheck.timepoint_id, TimepointCheck.id.desc())
    )
    digests = images_digests(session, timepoint_ids)
    return frozenset(
        check.timepoint_id
        for check in session.scalars(newest)
        if check.decision == "passed" and check.images_sha256 == digests.get(check.timepoint_id)
    )


def give(
    session: Session,
    subject: Subject,
    *,
    account_id: UUID,
    place: str,
    read_round: int,
    code: str,
    order_key: str,
    opens_on: date,
    now: datetime,
) -> ReadingAssignment:
    """Give a case to a reader."""
    assignment = ReadingAssignment(
        study_id=subject.study_id,
        subject_id=subject.id,
        account_id=account_id,
        place=place,
        round=read_round,
        code=code,
        order_key=order_key,
        drawn_at=now,
        opens_on=opens_on,
    )
    session.add(assignment)
    session.flush()
    return assignment
