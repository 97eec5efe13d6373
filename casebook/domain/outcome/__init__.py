"""What became of a lesion: facts in, outcome with its reason out, by the study's versioned rule."""

from casebook.domain.outcome.facts import LesionFacts
from casebook.domain.outcome.rule import Outcome, OutcomeStatus, Strategy, derive_outcome
from casebook.domain.outcome.truth import Reason, ReferenceStandard, Truth, TruthStatus

__all__ = [
    "LesionFacts",
    "Outcome",
    "OutcomeStatus",
    "Reason",
    "ReferenceStandard",
    "Strategy",
    "Truth",
    "TruthStatus",
    "derive_outcome",
]
