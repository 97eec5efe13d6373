"""A subject's lesions with their life so far: gathered once, for the rules and for whoever looks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.baseline_list import Gap, ListedBaseline, digest_of, gaps_of
from casebook.domain.errors import NotFound
from casebook.domain.imaging import ReadingSequence
from casebook.domain.lesion_events import LesionBook, LesionState, Origin, Standing, natural
from casebook.domain.lesion_membership import reason_left_out
from casebook.domain.outcome import Reason
from casebook.domain.study import StudyDefinition
from casebook.store import lesion_history, lesions, registry
from casebook.store.lesion_history import RecordedEvent
from casebook.store.lesions import PlacedMark
from casebook.store.tables import Lesion, Signature, Site, Subject


@dataclass(frozen=True, slots=True)
class KeptLesion:
    """One lesion with what belongs to it. `ancestors` are the baseline lesions it goes back to.

    `left_out` says why it does not count in the endpoint, where it does not.
    """

    row: Lesion
    standing: Standing
    diameters_mm: Mapping[ReadingSequence, Decimal]
    marks: Sequence[PlacedMark]
    ancestors: tuple[str, ...]
    children: tuple[str, ...]
    left_out: Reason | None


@dataclass(frozen=True, slots=True)
class LesionsOfSubject:
    """The list and everything that happened to it; `gaps` keep it from being locked."""

    subject: Subject
    site: Site
    definition: StudyDefinition
    book: LesionBook
    lesions: Sequence[KeptLesion]
    events: Sequence[RecordedEvent]
    gaps: Sequence[Gap]
    agreement: Signature | None
    agreement_holds: bool
    is_read: bool


def open_lesions(session: Session, actor: Actor, *, number: str) -> LesionsOfSubject:
    """Return the lesions of the subject of a number. Raises NotFound, for other sites' subjects too."""
    return gather_lesions(session, registry.subject_by_number(session, actor, Action.SEE_REGISTRY, number=number))


def gather_lesions(session: Session, subject: Subject) -> LesionsOfSubject:
    """Fetch the lesions of a subject the caller may know of."""
    rows, events = lesions.of_subject(session, subject.id), lesion_history.events(session, subject.id)
    definition, book = definition_of(session, subject.study_version_id), book_of(subject, rows, events)
    diameters, marks = _diameters(session, subject), lesions.placed_marks(session, subject.id)
    signature = lesion_history.agreement(session, subject.id)
    return LesionsOfSubject(
        subject=subject,
        site=registry.site_by_id(session, subject.site_id),
        definition=definition,
        book=book,
        lesions=[_kept(book, row, diameters.get(row.id, {}), marks) for row in rows],
        events=events,
        gaps=gaps_of(listed(rows, diameters, active_only=True), definition.charter.sequences),
        agreement=signature,
        agreement_holds=_holds(signature, listed(rows, diameters, agreed=voided_later(events))),
        is_read=lesion_history.is_read_centrally(session, subject.id),
    )


def book_of(subject: Subject, rows: Iterable[Lesion], events: Iterable[RecordedEvent]) -> LesionBook:
    """Return what the rules know of the subject's lesions."""
    parents = {child: frozenset(event.ended) for event in events for child in event.came}
    return LesionBook(
        is_locked=subject.baseline_locked_at is not None,
        lesions={
            row.label: Standing(Origin(row.origin), LesionState(row.state), parents.get(row.label, frozenset()))
            for row in rows
        },
    )


def current_book(session: Session, subject: Subject) -> tuple[LesionBook, dict[str, Lesion]]:
    """Return the book of a subject that is held for a change, and its rows by label."""
    rows = {row.label: row for row in lesions.of_subject(session, subject.id, fresh=True)}
    return book_of(subject, rows.values(), lesion_history.events(session, subject.id)), rows


def row_of(rows: Mapping[str, Lesion], label: str) -> Lesion:
    """Return the lesion of a label. Raises NotFound."""
    found = rows.get(label)
    if found is None:
        raise NotFound("There is no such lesion.", field="lesion")
    return found


def label_of(session: Session, actor: Actor, action: Action, *, subject_id: UUID, lesion_id: UUID) -> str:
    """Return the label of a subject's lesion that the actor may do `action` on. Raises NotFound."""
    found = lesions.seen_by(session, actor, action, lesion_id=lesion_id)
    if found.subject_id != subject_id:
        raise NotFound("There is no such lesion.", field="lesion")
    return found.label


def listed(
    rows: Iterable[Lesion],
    diameters: Mapping[UUID, Mapping[ReadingSequence, Decimal]],
    *,
    active_only: bool = False,
    agreed: frozenset[str] = frozenset(),
) -> list[ListedBaseline]:
    """Return the baseline lesions as the agreement names them.

    Those entered in error before it were never on the agreed list; those in `agreed` were, and ended later.
    """
    return [
        ListedBaseline(row.label, row.segment, row.baseline_diameter_mm, diameters.get(row.id, {}))
        for row in rows
        if row.origin == Origin.BASELINE
        and (row.state == LesionState.ACTIVE if active_only else row.state != LesionState.VOID or row.label in agreed)
    ]


def voided_later(events: Iterable[RecordedEvent]) -> frozenset[str]:
    """Return the labels that events of the locked list left as entered in error."""
    return frozenset(label for event in events if event.row.kind == LesionState.VOID for label in event.ended)


def _diameters(session: Session, subject: Subject) -> dict[UUID, dict[ReadingSequence, Decimal]]:
    found = lesion_history.diameters(session, subject.id)
    return {
        lesion_id: {sequence: said[sequence] for sequence in ReadingSequence if sequence in said}
        for lesion_id, said in found.items()
    }


def _holds(signature: Signature | None, agreed: Sequence[ListedBaseline]) -> bool:
    is_valid = signature is not None and signature.invalidated_at is None
    return is_valid and signature is not None and signature.content_sha256 == digest_of(agreed)


def _kept(
    book: LesionBook, row: Lesion, diameters_mm: Mapping[ReadingSequence, Decimal], marks: Sequence[PlacedMark]
) -> KeptLesion:
    standing, children = book.lesions[row.label], book.children_of(row.label)
    return KeptLesion(
        row=row,
        standing=standing,
        diameters_mm=diameters_mm,
        marks=[mark for mark in marks if mark.lesion_id == row.id],
        ancestors=natural(book.ancestors_of(row.label)),
        children=children,
        left_out=reason_left_out(standing.origin, standing.state, children),
    )
