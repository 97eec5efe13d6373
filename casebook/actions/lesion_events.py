"""Events of lesions once the baseline list is locked: split, merge, new, entered in error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.derive import derive_subject
from casebook.actions.entry_context import EARLIEST_ZONE
from casebook.actions.lesion_book import current_book
from casebook.actions.lesion_values import (
    LesionValues,
    check_values,
    columns_of,
    require_reason,
    require_version,
    write_values,
)
from casebook.actions.studies import definition_of
from casebook.domain import lesion_events as rules
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid
from casebook.domain.lesion_events import EventKind, LesionBook, LesionState
from casebook.domain.study.model import TimepointKind
from casebook.domain.texts import Text
from casebook.store import lesion_history, lesions
from casebook.store.database import set_reason
from casebook.store.tables import Lesion, LesionEvent, Subject


@dataclass(frozen=True, slots=True)
class Happening:
    """What is told of an event: its kind, the lesions that end, what came of them, where in the course, and why."""

    kind: EventKind
    timepoint_code: str
    happened_on: date
    reason: str
    ended: tuple[str, ...] = ()
    came: tuple[LesionValues, ...] = ()


def record_event(
    session: Session, actor: Actor, *, subject_id: UUID, happening: Happening, version: int | None, now: datetime
) -> LesionEvent:
    """Record an event of a locked list; of two at once on one lesion, the later one is refused.

    Raises Refused for a list that is not locked or a lesion that has ended, Stale for an older list `version`,
    Invalid for what cannot be.
    """
    for values in happening.came:
        check_values(values)
    subject = lesions.hold(session, actor, Action.EDIT_LESIONS, subject_id=subject_id)
    book, rows = current_book(session, subject)
    labels = _labels(book, happening.came)
    after = _after(book, happening, labels)
    _check_when(session, subject, happening, now)
    require_version(subject.baseline_version, version, "The lesion list")
    set_reason(session, require_reason(happening.reason, field="reason"))
    event = _apply(session, subject, actor, happening, labels, (book, after), rows)
    subject.baseline_version += 1
    session.flush()
    derive_subject(session, subject, as_of=now.date())
    return event


def _labels(book: LesionBook, came: Sequence[LesionValues]) -> tuple[str, ...]:
    """Return the labels of what came: those that are said, and for the others the ones that follow."""
    said = [values.label for values in came if values.label]
    following = iter(rules.next_labels([*book.lesions, *said], len(came) - len(said)))
    return tuple(values.label or next(following) for values in came)


def _after(book: LesionBook, happening: Happening, labels: Sequence[str]) -> LesionBook:
    _require_nothing_else(happening)
    match happening.kind:
        case EventKind.SPLIT:
            return rules.split(book, _only(happening.ended, Text("A split ends", "分割する病変は")), labels)
        case EventKind.MERGE:
            return rules.merged(book, happening.ended, _only(labels, Text("A merge leaves", "融合後の病変は")))
        case EventKind.NEW:
            return rules.appeared(book, _only(labels, Text("Such an event brings", "新規病変の記録は1回につき")))
        case EventKind.VOID:
            rules.require_locked(book)
            return rules.voided(book, _only(happening.ended, Text("Such an event ends", "誤入力とする病変は1回につき")))


def _require_nothing_else(happening: Happening) -> None:
    """Raise Invalid for lesions that an event of its kind neither ends nor brings."""
    if happening.kind is EventKind.VOID and happening.came:
        brings = Text("An entry in error brings no lesion.", "誤入力の記録では病変を追加しません。")
        raise Invalid(brings, field="came")
    if happening.kind is EventKind.NEW and happening.ended:
        raise Invalid(Text("A new lesion ends none.", "新規病変の記録では病変を終了しません。"), field="ended")


def _only(labels: Sequence[str], what: Text) -> str:
    if len(labels) != 1:
        raise Invalid(
            Text(f"{what.en} one lesion; found {len(labels)}.", f"{what.ja}1個です（現在 {len(labels)}個）。"),
            field="lesions",
        )
    return labels[0]


def _check_when(session: Session, subject: Subject, happening: Happening, now: datetime) -> None:
    definition = definition_of(session, subject.study_version_id)
    timepoint = next((item for item in definition.timepoints if item.code == happening.timepoint_code), None)
    if timepoint is None:
        known = ", ".join(item.code for item in definition.timepoints)
        raise Invalid(
            Text(f"The timepoint is to be one of {known}.", f"時点は {known} のいずれかです。"), field="timepoint"
        )
    if happening.kind is EventKind.NEW and timepoint.kind is TimepointKind.BASELINE:
        raise Invalid(
            Text(
                "A lesion that was there at baseline belongs on the baseline list; have the data centre open it.",
                "ベースラインで存在した病変はベースライン病変リストに追加します。データセンターに固定の解除を依頼してください。",
            ),
            field="timepoint",
        )
    if happening.happened_on > (now + EARLIEST_ZONE).date():
        day = happening.happened_on
        raise Invalid(Text(f"Found {day}, which is in the future.", f"{day} は未来の日付です。"), field="happened_on")


def _apply(
    session: Session,
    subject: Subject,
    actor: Actor,
    happening: Happening,
    labels: Sequence[str],
    books: tuple[LesionBook, LesionBook],
    rows: Mapping[str, Lesion],
) -> LesionEvent:
    before, after = books
    ended = [rows[label] for label, standing in before.lesions.items() if after.lesions[label] != standing]
    for row in ended:
        row.state = after.lesions[row.label].state
        row.version += 1
        if row.state == LesionState.VOID:
            row.note = happening.reason.strip()
    came = []
    for label, values in zip(labels, happening.came, strict=True):
        origin = after.lesions[label].origin
        row = lesions.add(session, subject_id=subject.id, label=label, origin=origin, **columns_of(values))
        write_values(session, subject, row, values)
        came.append(row)
    return lesion_history.add_event(
        session,
        ended=[row.id for row in ended],
        came=[row.id for row in came],
        subject_id=subject.id,
        kind=happening.kind,
        timepoint_code=happening.timepoint_code,
        happened_on=happening.happened_on,
        reason=happening.reason.strip(),
        recorded_by=actor.login,
    )
