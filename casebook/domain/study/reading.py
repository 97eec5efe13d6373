"""How a study's images are read centrally."""

from dataclasses import dataclass
from decimal import Decimal

from casebook.domain.imaging import Judged, ReadingSequence
from casebook.domain.texts import Coded, Text


@dataclass(frozen=True, slots=True)
class ReadingStep:
    """One locked step of a read; the combined step judges all of its sequences together."""

    code: str
    label: Text
    sequences: tuple[ReadingSequence, ...]

    @property
    def judged(self) -> Judged:
        """What its verdicts are about."""
        return Judged(self.sequences[0]) if len(self.sequences) == 1 else Judged.COMBINED


@dataclass(frozen=True, slots=True)
class ReadingCharter:
    """How images are read centrally.

    A reader may open a signed case again for `reopen_days`; then it leaves their list, so that nothing tells them what
    became of it.
    """

    n_readers: int
    steps: tuple[ReadingStep, ...]
    not_evaluable_reasons: tuple[Coded, ...]
    confidence: tuple[Coded, ...]
    signals: tuple[Coded, ...]
    reopen_days: int
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
