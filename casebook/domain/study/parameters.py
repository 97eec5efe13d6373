"""What the versioned rules take from a study."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from casebook.domain.imaging import ReadingSequence
from casebook.domain.study.anchors import Anchor
from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class CdlmParameters:
    """What the cDLM rule takes from the study."""

    version: str
    required_sequences: tuple[ReadingSequence, ...]
    timepoint: str
    source: str


@dataclass(frozen=True, slots=True)
class OutcomeParameters:
    """What the outcome rule takes from the study; `defaults` names those the study has not published."""

    version: str
    horizon_days: int
    early_window_days: int
    late_window_days: int
    followed_from: Anchor
    followed_from_otherwise: Anchor
    recurrence_elsewhere_counts: bool
    contrast_ultrasound_required: bool
    source: str
    defaults: tuple[str, ...]


class IntervalMethod(StrEnum):
    """How the primary interval of the endpoint is computed (see `casebook.stats`)."""

    LOGIT_T = "logit-t"
    WALD_T = "wald-t"
    WILSON_EFFECTIVE = "wilson-effective"
    CLOPPER_PEARSON_EFFECTIVE = "clopper-pearson-effective"


@dataclass(frozen=True, slots=True)
class EndpointParameters:
    """How the primary endpoint is estimated and tested."""

    label: Text
    polarity: Text
    threshold: Decimal
    interval_method: IntervalMethod
    interval_level: Decimal
    n_bootstrap: int
    bootstrap_seed: int
    feedback_min_subjects: int
    source: str
    defaults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of the versioned rules."""

    cdlm: CdlmParameters
    outcome: OutcomeParameters
    endpoint: EndpointParameters
