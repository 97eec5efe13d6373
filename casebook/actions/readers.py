"""Who reads centrally: training and home site, how much each has before them, which cases they were given.

The data centre alone knows which subject stands behind a case's code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.adjudication import WaitingAdjudication, draw_waiting
from casebook.actions.assignment import Waiting, assign_waiting, waiting_cases
from casebook.actions.sites import say_why
from casebook.domain.actors import Action, Actor
from casebook.domain.central.assignment import ADJUDICATOR
from casebook.domain.central.load import AssignmentState, GivenCase, Load, load_of
from casebook.domain.errors import Invalid, NotFound, Stale
from casebook.domain.texts import Text
from casebook.store import adjudications, registry
from casebook.store import readers as stored
from casebook.store.assignments import REPEAT
from casebook.store.readers import AssignmentRow, ReaderRow
from casebook.store.tables import Reader


@dataclass(frozen=True, slots=True)
class GivenAssignment:
    """A case that was given to a reader, and how far they are with it."""

    row: AssignmentRow
    case: GivenCase
    state: AssignmentState

    @property
    def may_be_withdrawn(self) -> bool:
        """Nothing of it is signed and it is still the reader's."""
        return self.state in {AssignmentState.OPEN, AssignmentState.WAITING}


@dataclass(frozen=True, slots=True)
class ReaderWithLoad:
    """A person who reads, and how much they have before them."""

    row: ReaderRow
    load: Load


@dataclass(frozen=True, slots=True)
class CentralReading:
    """The readers of a study with every case given to them, the cases that too few people may read or settle."""

    readers: Sequence[ReaderWithLoad]
    assignments: Sequence[GivenAssignment]
    waiting: Sequence[Waiting]
    unsettled: Sequence[WaitingAdjudication]


@dataclass(frozen=True, slots=True)
class ReaderFacts:
    """What is recorded of a reader: where they work, when and in what they were trained; None where nothing is."""

    home_site_code: str | None
    trained_on: date | None
    training: str | None


def central_reading(session: Session, actor: Actor, *, study_code: str, now: datetime) -> CentralReading:
    """Return readers, assignments and waiting cases of a study."""
    actor.require(Action.MANAGE_READERS, study_code=study_code)
    study = registry.study(session, study_code)
    given = _given(session, study.id, now.date())
    people = stored.rows(session, study.id, now=now)
    by_account: dict[UUID, list[GivenCase]] = {row.account_id: [] for row in people}
    for item in given:
        by_account[item.row.account_id].append(item.case)
    return CentralReading(
        readers=[ReaderWithLoad(row, load_of(by_account[row.account_id], now.date())) for row in people],
        assignments=given,
        waiting=waiting_cases(session, actor, study_code=study_code, now=now),
        unsettled=[
            WaitingAdjudication(registry.subject_of_timepoint(session, row.timepoint_id), row.waits_because or "")
            for row in adjudications.waiting_for_somebody(session, study.id)
        ],
    )


def _given(session: Session, study_id: UUID, today: date) -> list[GivenAssignment]:
    to_read = stored.n_to_read(session, study_id)
    return [_one(row, to_read, today) for row in stored.assignments(session, study_id)]


def _one(row: AssignmentRow, to_read: Mapping[UUID, int], today: date) -> GivenAssignment:
    case = GivenCase(
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        is_withdrawn=row.withdrawn_at is not None,
        is_adjudication=row.place == ADJUDICATOR,
        is_repeat=row.round == REPEAT,
        n_to_read=to_read.get(row.id, 0),
    )
    return GivenAssignment(row, case, case.state(today))


def see_reader(session: Session, actor: Actor, *, study_code: str, login: str, now: datetime) -> ReaderRow:
    """Return one reader. Raises NotFound for who reads nothing in the study."""
    actor.require(Action.MANAGE_READERS, study_code=study_code)
    found = stored.rows(session, registry.study(session, study_code).id, now=now, login=login)
    if not found:
        raise NotFound("There is no such reader in the study.", field="reader")
    return found[0]


def see_assignment(
    session: Session, actor: Actor, *, study_code: str, assignment_id: UUID, now: datetime
) -> GivenAssignment:
    """Return one assignment. Raises NotFound."""
    actor.require(Action.MANAGE_READERS, study_code=study_code)
    study = registry.study(session, study_code)
    row = stored.assignment(session, study.id, assignment_id)
    return _one(row, stored.n_to_read(session, study.id), now.date())


def record_reader(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    login: str,
    facts: ReaderFacts,
    version: int,
    reason: str | None,
    now: datetime,
) -> ReaderRow:
    """Record where a reader works and their training; cases that waited for a trained reader are drawn.

    Raises Invalid for training that is half said or still to come, Stale for an older version, Refused where a
    recorded value changes without a reason.
    """
    known = see_reader(session, actor, study_code=study_code, login=login, now=now)
    study = registry.study(session, study_code)
    site = registry.site(session, study.id, facts.home_site_code) if facts.home_site_code else None
    facts = _checked(facts, today=now.date())
    row = stored.record(session, study.id, known.account_id)
    if version != (row.version if row else 0):
        raise Stale(
            Text(
                f"Somebody else changed the reader (version {known.version}, yours is {version}); reload.",
                f"他の人が変更しました（現在の版 {known.version}、指定された版 {version}）。再読み込みしてください。",
            )
        )
    _write(session, row, study.id, known.account_id, site.id if site else None, facts, reason)
    draw_for_waiting(session, actor, study_code=study_code, now=now)
    return see_reader(session, actor, study_code=study_code, login=login, now=now)


def draw_for_waiting(
    session: Session, actor: Actor, *, study_code: str, now: datetime
) -> tuple[Sequence[Waiting], Sequence[WaitingAdjudication]]:
    """Draw readers and adjudicators for every case that waits; return those that still wait, with the reason."""
    return (
        assign_waiting(session, actor, study_code=study_code, now=now),
        draw_waiting(session, actor, study_code=study_code, now=now),
    )


def _checked(facts: ReaderFacts, *, today: date) -> ReaderFacts:
    training = (facts.training or "").strip() or None
    if facts.trained_on is not None and training is None:
        said = Text("Say what the training was.", "研修の内容を入力してください。")
        raise Invalid(said, field="training")
    if facts.trained_on is None and training is not None:
        said = Text("Say on which day the training was.", "研修日を入力してください。")
        raise Invalid(said, field="trained_on")
    if facts.trained_on is not None and facts.trained_on > today:
        raise Invalid(
            Text(f"{facts.trained_on} is still to come.", f"{facts.trained_on} は未来の日付です。"), field="trained_on"
        )
    return ReaderFacts(facts.home_site_code, facts.trained_on, training)


def _write(
    session: Session,
    row: Reader | None,
    study_id: UUID,
    account_id: UUID,
    home_site_id: UUID | None,
    facts: ReaderFacts,
    reason: str | None,
) -> None:
    if row is None:
        row = Reader(study_id=study_id, account_id=account_id, version=0)
        session.add(row)
    wanted = {"home_site_id": home_site_id, "trained_on": facts.trained_on, "training": facts.training}
    if any(getattr(row, name) not in {None, value} for name, value in wanted.items()):
        say_why(session, reason)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
