"""How a study's images are read centrally."""

from dataclasses import dataclass
from decimal import Decimal

from casebook.domain.imaging import ReadingSequence
from casebook.domain.texts import Coded, Text


@dataclass(frozen=True, slots=True)
class ReadingStep:
    """One locked step of a read; the combined step judges all of its sequences together."""

    code: str
    label: Text
    sequences: tuple[ReadingSequence, ...]


@dataclass(frozen=True, slots=True)
class ReadingCharter:
    """How images are read centrally."""

    n_readers: int
    steps: tuple[ReadingStep, ...]
    not_evaluable_reasons: tuple[Coded, ...]
    confidence: tuple[Coded, ...]
    repeat_share: Decimal
    repeat_after_days: int
    adjudicator_may_give_third: bool
    diameter_required_when_visible: bool
    mark_required_when_not_visible: bool
    source: str

    @property
    def sequences(self) -> tuple[ReadingSequence, ...]:
        """Every sequence once, in the order it is first read."""
        return tuple(dict.fromkeys(sequence for step in self.steps for sequence in step.sequences))
