"""How the demonstration's images are read centrally: invented patients' by plan, imaged ones' step by step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.adjudicating import choose, decide, list_adjudications, open_adjudication
from casebook.actions.image_states import check_images
from casebook.actions.opened_read import OpenedRead, draft_of
from casebook.actions.reads import Verdict, lock_step, save_findings, seal, sign_read
from casebook.actions.signing_in import signed_in_as
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action
from casebook.domain.central.adjudication import Choice, Chosen
from casebook.domain.central.assignment import ADJUDICATOR, order_key
from casebook.domain.central.image_state import CheckDecision
from casebook.domain.imaging import Judged, Visibility
from casebook.domain.study.reading import ReadingStep
from casebook.installation import Installation
from casebook.store import accounts, assignments, lesions, reads, registry
from casebook.store.accounts import SignedIn
from casebook.store.database import set_actor
from casebook.store.tables import ReadingAssignment, Subject
from services.command.demonstration.acts import Cell, Read
from services.command.demonstration.people import MANAGER, PASSWORD

MEANING: Final = "I read these images; this is my independent reading"
ADJUDICATED: Final = "I compared both reads; this is my decision"
REASON: Final = "demonstration"
PREOPERATIVE: Final = "preoperative"


def read_without_images(session: Session, who: SignedIn, subject_id: UUID, act: Read) -> None:
    """Record a central read of an invented patient, of whom there are no images, as it was signed."""
    subject = session.get_one(Subject, subject_id)
    timepoint = registry.timepoint(session, subject_id, PREOPERATIVE)
    definition, now = definition_of(session, subject.study_version_id), datetime.now(UTC)
    assignment = _given(session, who, subject, act)
    opened = OpenedRead(subject, definition, assignment, timepoint, None)
    reading = draft_of(session, who, opened, 0)
    known = {lesion.label: lesion.id for lesion in lesions.to_read(session, subject_id, centrally=True)}
    cells = [cell for cell in act.cells if cell.label in known]
    for cell in [*cells, *_combined(cells)]:
        judged = Judged.COMBINED if cell.sequence is None else Judged(cell.sequence)
        values = {
            "visibility": cell.visibility,
            "diameter_mm": cell.diameter_mm,
            "not_evaluable_reason": cell.not_evaluable_reason,
            "confidence": cell.confidence,
        }
        reads.put_finding(session, reading_id=reading.id, lesion_id=known[cell.label], sequence=judged, values=values)
    assignment.closes_on = act.on + timedelta(days=definition.charter.reopen_days)
    seal(session, opened, reading, meaning=MEANING, now=now)


def settle_dispute(session: Session, who: SignedIn, subject_id: UUID) -> None:
    """Decide the adjudication of an invented patient, if its reads differ: the left read of every lesion."""
    now = datetime.now(UTC)
    line = next((line for line in list_adjudications(session, who) if line.item.subject.id == subject_id), None)
    if line is None or line.item.row.state != "open":
        return
    opened = open_adjudication(session, who, adjudication_id=line.item.row.id)
    for disputed in opened.disputed:
        chosen = Chosen(Choice.LEFT, comment="clearer on the later phase")
        opened = choose(
            session,
            who,
            adjudication_id=line.item.row.id,
            label=disputed.label,
            chosen=chosen,
            version=opened.item.row.version,
        )
    decide(
        session,
        who,
        adjudication_id=line.item.row.id,
        password=PASSWORD,
        meaning=ADJUDICATED,
        version=opened.item.row.version,
        now=now,
    )
    for assignment in assignments.of_subject(session, subject_id):
        if assignment.place == ADJUDICATOR:
            assignment.closes_on = now.date()


def pass_images(installation: Installation, number: str, timepoints: Iterable[str]) -> None:
    """Let the data manager pass the images of a patient; readers are drawn once the lesion list is agreed too."""
    now = datetime.now(UTC)
    with installation.database.transaction(actor=MANAGER.login, reason=REASON) as session:
        who = signed_in_as(session, login=MANAGER.login, now=now)
        for timepoint in timepoints:
            check_images(
                session,
                who.actor,
                number=number,
                timepoint=timepoint,
                decision=CheckDecision.PASSED,
                reason="complete for the demonstration",
                now=now,
            )


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be seen of a sample patient's lesions; with `differs` one that is gone is still seen on diffusion."""

    patient: Mapping[str, Any]
    differs: bool = False

    @property
    def _gone(self) -> Mapping[str, Any] | None:
        """The first lesion that is gone on every sequence."""
        gone = Visibility.NOT_VISIBLE.value
        return next(
            (lesion for lesion in self.patient["lesions"] if set(lesion["visible"][PREOPERATIVE].values()) == {gone}),
            None,
        )

    def verdict(self, label: str, timepoint: str, step: ReadingStep) -> Verdict:
        """Return what a reader says of a lesion in a step."""
        lesion = next(item for item in self.patient["lesions"] if item["label"] == label)
        seen = [Visibility(lesion["visible"][timepoint][sequence.value]) for sequence in step.sequences]
        visibility = _together(seen)
        if self.differs and (timepoint, step.judged) == (PREOPERATIVE, Judged.DWI) and lesion is self._gone:
            visibility = Visibility.VISIBLE
        diameter = lesion["diameter_mm"][timepoint] or lesion["diameter_mm"]["baseline"]
        is_visible = visibility is Visibility.VISIBLE
        return Verdict(
            visibility=visibility,
            diameter_mm=Decimal(str(diameter)).quantize(Decimal("0.1")) if is_visible else None,
            not_evaluable_reason="motion" if visibility is Visibility.NOT_EVALUABLE else None,
            confidence=4,
        )


def read_by(installation: Installation, login: str, told: Told, timepoints: Iterable[str]) -> None:
    """Read a sample patient from first to last step in a reader's name, and sign each timepoint."""
    for timepoint in timepoints:
        with installation.database.transaction(actor=login, reason=REASON) as session:
            who = signed_in_as(session, login=login, now=datetime.now(UTC))
            set_actor(session, login, REASON, role=who.actor.role)
            _read(session, who, told, timepoint)


def readers_of(installation: Installation, number: str) -> list[str]:
    """Return the logins of who was given a case to read, by place."""
    with installation.database.transaction(actor=MANAGER.login, reason=REASON) as session:
        who = signed_in_as(session, login=MANAGER.login, now=datetime.now(UTC))
        subject = registry.subject_by_number(session, who.actor, Action.SEE_REGISTRY, number=number)
        return [accounts.one(session, row.account_id).login for row in assignments.of_subject(session, subject.id)]


def _read(session: Session, who: SignedIn, told: Told, timepoint: str) -> None:
    now = datetime.now(UTC)
    assignment, subject = next(
        item for item in assignments.own_list(session, who.actor) if item[1].number == told.patient["subject"]
    )
    steps = definition_of(session, subject.study_version_id).charter.steps
    known = lesions.to_read(session, subject.id, centrally=True)
    case: dict[str, Any] = {"case_id": assignment.id, "timepoint_code": timepoint}
    version = 0
    for step in steps:
        verdicts = {(lesion.id, step.judged): told.verdict(lesion.label, timepoint, step) for lesion in known}
        version = save_findings(session, who, **case, verdicts=verdicts, version=version, now=now).version
        if step is not steps[-1]:
            version = lock_step(session, who, **case, step=step.code, version=version, now=now).version
    signed = sign_read(session, who, **case, password=PASSWORD, meaning=MEANING, version=version, now=now)
    assert signed, "the demonstration's password is right"


def _given(session: Session, who: SignedIn, subject: Subject, act: Read) -> ReadingAssignment:
    place = "second" if assignments.of_subject(session, subject.id) else "first"
    seed = assignments.seed(session, subject.study_id)
    return assignments.give(
        session,
        subject,
        account_id=who.account_id,
        place=place,
        read_round=1,
        code=subject.reading_code,
        order_key=order_key(subject.reading_code, login=str(who.account_id), seed=seed),
        opens_on=act.on,
        now=datetime.now(UTC),
    )


def _combined(cells: Iterable[Cell]) -> list[Cell]:
    """Return the verdicts on all sequences together that follow from those on each."""
    by_lesion: dict[str, list[Visibility]] = {}
    for cell in cells:
        by_lesion.setdefault(cell.label, []).append(cell.visibility)
    found = [(label, _together(seen)) for label, seen in by_lesion.items()]
    return [
        Cell(
            label,
            None,
            seen,
            not_evaluable_reason="low-quality" if seen is Visibility.NOT_EVALUABLE else None,
            confidence=4,
        )
        for label, seen in found
    ]


def _together(seen: Iterable[Visibility]) -> Visibility:
    said = set(seen)
    if Visibility.VISIBLE in said:
        return Visibility.VISIBLE
    return Visibility.NOT_VISIBLE if said == {Visibility.NOT_VISIBLE} else Visibility.NOT_EVALUABLE
