"""How a subject's central reads stand, and why its cDLM is what it is; for people who are not blinded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.adjudicating import choices_of
from casebook.actions.adjudication import side_of
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.cdlm import CdlmStatus
from casebook.domain.central.adjudication import AdjudicationState, Chosen, Dispute, Disputed, Side
from casebook.domain.central.standing import Settlement, Standing, why
from casebook.domain.texts import Text
from casebook.store import adjudications, central_reads, registry
from casebook.store.central_reads import HeldAdjudication, PlaceRead
from casebook.store.tables import Subject

__all__ = ["PlaceRead"]


@dataclass(frozen=True, slots=True)
class DisputeOfReaders:
    """A lesion that the readers did not agree on: what each made of it and what was chosen.

    `only_in` is the place of the reader who alone saw a new lesion; `chosen` the place whose verdict stands, “third”
    for a verdict of the adjudicator's own, None while it is open.
    """

    label: str
    why: Dispute
    first: CdlmStatus | None
    second: CdlmStatus | None
    only_in: str | None
    chosen: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class AdjudicationOfReaders:
    """An adjudication as those see it who may know the readers."""

    state: AdjudicationState
    adjudicator: str | None
    waits_because: str | None
    opened_at: datetime
    decided_at: datetime | None
    disputes: Sequence[DisputeOfReaders]


@dataclass(frozen=True, slots=True)
class CentralReads:
    """The central reads that cDLM follows from: who read, how far they are, and what was adjudicated."""

    timepoint: str
    n_readers: int
    reads: Sequence[PlaceRead]
    accepted: str | None
    adjudication: AdjudicationOfReaders | None


def standings(session: Session, subjects: Sequence[Subject]) -> Mapping[UUID, Standing]:
    """Return how the central reads behind each subject's cDLM stand, in a constant number of queries."""
    ids = [subject.id for subject in subjects]
    newest = central_reads.newest(session, ids)
    accepted, held = central_reads.accepted_kinds(session, ids), central_reads.adjudications(session, ids)
    chosen = adjudications.choices(session, [item.row.id for item in held.values()])
    found = {}
    for subject in subjects:
        definition = definition_of(session, subject.study_version_id)
        at = (subject.id, definition.rules.cdlm.timepoint)
        settlement = _settlement(held[at], choices_of(chosen.get(held[at].row.id, ()))) if at in held else None
        found[subject.id] = Standing(
            definition.charter.n_readers,
            sum(read.counts for read in newest.get(at, ())),
            accepted.get(at),
            settlement,
        )
    return found


def why_of_lesions(session: Session, labels: Mapping[UUID, str]) -> Mapping[UUID, Text]:
    """Return why the cDLM of lesions is what it is; `labels` are those of lesions that are read centrally."""
    subject_of = central_reads.subjects_of_lesions(session, list(labels))
    known = standings(session, list({subject.id: subject for subject in subject_of.values()}.values()))
    return {lesion_id: why(known[subject.id], labels[lesion_id]) for lesion_id, subject in subject_of.items()}


def show_central_reads(session: Session, actor: Actor, *, subject_id: UUID) -> CentralReads:
    """Return who read, how far they are, and what was adjudicated. Raises NotFound, for others' subjects too."""
    subject = registry.subject(session, actor, Action.SEE_AGREEMENT, subject_id=subject_id)
    definition = definition_of(session, subject.study_version_id)
    at = (subject.id, definition.rules.cdlm.timepoint)
    held = central_reads.adjudications(session, [subject.id]).get(at)
    return CentralReads(
        timepoint=at[1],
        n_readers=definition.charter.n_readers,
        reads=central_reads.newest(session, [subject.id]).get(at, ()),
        accepted=central_reads.accepted_kinds(session, [subject.id]).get(at),
        adjudication=_adjudication(session, held) if held else None,
    )


PLACES: Final = {True: "first", False: "second"}


def _settlement(held: HeldAdjudication, choices: Mapping[str, Chosen]) -> Settlement:
    return Settlement(
        state=AdjudicationState(held.row.state),
        disputes=tuple(Disputed.from_json(plain) for plain in held.row.disputes),
        choices=choices,
        first=side_of(held.row, first=True),
        has_adjudicator=held.row.waits_because is None,
    )


def _adjudication(session: Session, held: HeldAdjudication) -> AdjudicationOfReaders:
    row = held.row
    choices = choices_of(adjudications.choices(session, [row.id]).get(row.id, ()))
    settlement = _settlement(held, choices if row.state == AdjudicationState.DECIDED else {})
    return AdjudicationOfReaders(
        state=settlement.state,
        adjudicator=held.adjudicator,
        waits_because=row.waits_because,
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        disputes=[_dispute(item, settlement) for item in settlement.disputes],
    )


def _dispute(item: Disputed, settlement: Settlement) -> DisputeOfReaders:
    by_side = {Side.LEFT: item.left, Side.RIGHT: item.right}
    chosen = settlement.choices.get(item.label)
    return DisputeOfReaders(
        label=item.label,
        why=item.why,
        first=by_side[settlement.first],
        second=by_side[settlement.first.other],
        only_in=PLACES[item.only_in is settlement.first] if item.only_in else None,
        chosen=_place_chosen(chosen, settlement.first) if chosen else None,
        comment=chosen.comment if chosen else None,
    )


def _place_chosen(chosen: Chosen, first: Side) -> str:
    return "third" if chosen.choice.side is None else PLACES[chosen.choice.side is first]
