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
from casebook.domain.central.assignment import PLACES
from casebook.domain.central.standing import Settlement, Standing, why
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import adjudications, central_reads, registry
from casebook.store.central_reads import At, HeldAdjudication, PlaceRead

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


@dataclass(frozen=True, slots=True)
class GatheredReads:
    """What is kept of the central reads of subjects: fetched once, for whoever tells of it."""

    newest: Mapping[At, Sequence[PlaceRead]]
    accepted: Mapping[At, str]
    adjudications: Mapping[At, HeldAdjudication]
    choices: Mapping[UUID, Mapping[str, Chosen]]

    def why(self, subject_id: UUID, definition: StudyDefinition, label: str) -> Text:
        """Why the cDLM of a lesion that is read centrally is what it is."""
        return why(self._standing((subject_id, definition.rules.cdlm.timepoint), definition), label)

    def shown(self, subject_id: UUID, definition: StudyDefinition) -> CentralReads:
        """Who read a subject, how far they are, and what was adjudicated."""
        at = (subject_id, definition.rules.cdlm.timepoint)
        held = self.adjudications.get(at)
        return CentralReads(
            timepoint=at[1],
            n_readers=definition.charter.n_readers,
            reads=self.newest.get(at, ()),
            accepted=self.accepted.get(at),
            adjudication=_adjudication(held, self.choices.get(held.row.id, {})) if held else None,
        )

    def _standing(self, at: At, definition: StudyDefinition) -> Standing:
        held = self.adjudications.get(at)
        return Standing(
            definition.charter.n_readers,
            sum(read.counts for read in self.newest.get(at, ())),
            self.accepted.get(at),
            _settlement(held, self.choices.get(held.row.id, {})) if held else None,
        )


def gather_reads(session: Session, subject_ids: Sequence[UUID]) -> GatheredReads:
    """Fetch the central reads of subjects the caller may know of, in a constant number of queries."""
    held = central_reads.adjudications(session, subject_ids)
    chosen = adjudications.choices(session, [item.row.id for item in held.values()]) if held else {}
    return GatheredReads(
        newest=central_reads.newest(session, subject_ids),
        accepted=central_reads.accepted_kinds(session, subject_ids),
        adjudications=held,
        choices={adjudication_id: choices_of(rows) for adjudication_id, rows in chosen.items()},
    )


def show_central_reads(session: Session, actor: Actor, *, subject_id: UUID) -> CentralReads:
    """Return who read, how far they are, and what was adjudicated. Raises NotFound, for others' subjects too."""
    subject = registry.subject(session, actor, Action.SEE_AGREEMENT, subject_id=subject_id)
    definition = definition_of(session, subject.study_version_id)
    return gather_reads(session, [subject.id]).shown(subject.id, definition)


_PLACE: Final = {True: PLACES[0], False: PLACES[1]}


def _settlement(held: HeldAdjudication, choices: Mapping[str, Chosen]) -> Settlement:
    return Settlement(
        state=AdjudicationState(held.row.state),
        disputes=tuple(Disputed.from_json(plain) for plain in held.row.disputes),
        choices=choices,
        first=side_of(held.row, first=True),
        has_adjudicator=held.row.waits_because is None,
    )


def _adjudication(held: HeldAdjudication, choices: Mapping[str, Chosen]) -> AdjudicationOfReaders:
    row = held.row
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
        only_in=_PLACE[item.only_in is settlement.first] if item.only_in else None,
        chosen=_place_chosen(chosen, settlement.first) if chosen else None,
        comment=chosen.comment if chosen else None,
    )


def _place_chosen(chosen: Chosen, first: Side) -> str:
    return "third" if chosen.choice.side is None else _PLACE[chosen.choice.side is first]
