"""What is known of one lesion after the pre-operative reads: the typed input of the outcome rule."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from casebook.domain.cdlm import Cdlm


class Fate(StrEnum):
    """What surgery did with a lesion."""

    RESECTED = "resected"
    ABLATED = "ablated"
    LEFT_IN_PLACE = "left-in-place"
    NOT_FOUND = "not-found"
    NOT_OPERATED = "not-operated"


class ViableCells(StrEnum):
    """What pathology says of viable tumour cells in a lesion's specimen."""

    NONE = "none"
    PRESENT = "present"
    NOT_EVALUABLE = "not-evaluable"


class Matching(StrEnum):
    """How sure it is that a specimen is the lesion."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    NOT_MATCHED = "not-matched"


class AtSite(StrEnum):
    """What follow-up imaging shows where the lesion was."""

    NO_RECURRENCE = "no-recurrence"
    RECURRENCE = "recurrence"
    NOT_EVALUABLE = "not-evaluable"


class Treatment(StrEnum):
    """Local treatment of the site that leaves no specimen."""

    ABLATION = "ablation"
    IRRADIATION = "irradiation"


class Leaving(StrEnum):
    """Why a subject's follow-up ended before or at its plan."""

    COMPLETED = "completed"
    WITHDRAWAL = "withdrawal"
    LOST_TO_FOLLOW_UP = "lost-to-follow-up"
    ENDED_EARLY = "ended-early"


@dataclass(frozen=True, slots=True)
class Pathology:
    """The report on the specimen of one lesion; `earlier` is the report that it took the place of."""

    viable_cells: ViableCells
    matching: Matching
    reported_on: date
    earlier: "Pathology | None" = None


@dataclass(frozen=True, slots=True)
class Ultrasound:
    """Intra-operative ultrasound of one lesion; `seen` is None where it could not be judged."""

    with_contrast: bool
    seen: bool | None


@dataclass(frozen=True, slots=True)
class FollowUpImaging:
    """One imaging after surgery as it concerns one lesion; `adequate` speaks of the whole liver imaging."""

    imaged_on: date
    adequate: bool
    at_site: AtSite
    elsewhere_in_liver: bool | None = None

    @property
    def shows_site_clear(self) -> bool:
        """Good enough imaging that shows no recurrence at the site."""
        return self.adequate and self.at_site is AtSite.NO_RECURRENCE


@dataclass(frozen=True, slots=True)
class LocalTreatment:
    """Ablation or irradiation at the site of a lesion left in place."""

    treatment: Treatment
    treated_on: date


@dataclass(frozen=True, slots=True)
class Resection:
    """A resection of the site in a later operation, with its pathology once reported."""

    resected_on: date
    pathology: Pathology | None = None


@dataclass(frozen=True, slots=True)
class EndOfFollowUp:
    """A subject who left, or completed, the follow-up."""

    leaving: Leaving
    ended_on: date


@dataclass(frozen=True, slots=True)
class LesionFacts:
    """Everything the outcome of one lesion can depend on.

    `followed_from_on` is day 0 of the horizon. `fate` is None until the lesion's surgery is recorded.
    """

    cdlm: Cdlm
    fate: Fate | None = None
    followed_from_on: date | None = None
    pathology: Pathology | None = None
    ultrasound: Ultrasound | None = None
    found_by_surgeon: bool | None = None
    follow_ups: tuple[FollowUpImaging, ...] = ()
    local_treatments: tuple[LocalTreatment, ...] = ()
    re_resection: Resection | None = None
    died_on: date | None = None
    end_of_follow_up: EndOfFollowUp | None = None
    found_ineligible_on: date | None = None
    data_withdrawn_on: date | None = None
