"""The sites as the demonstration finds them: who enrols since when, which approvals and qualifications there are.

Every state of a site occurs: open, about to run out, run out, revoked, approved from a later day on, not trained
yet, nothing at all. Numbers and committees are invented.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from casebook.domain.activation import Qualification

STUDY_DAYS: Final = 1095
"""The study is 36 months old on the day of the demonstration."""
CURRENT_PROTOCOL: Final = "1.1"
YEAR_DAYS: Final = 365
NOT_YET_FOR: Final = timedelta(days=17)
BEFORE_OPENING_DAYS: Final = 21
"""From the approval to the first patient who may be registered."""


class ApprovalKind(StrEnum):
    """How long a committee's approval is good for."""

    YEARLY = "yearly"
    OPEN_ENDED = "open-ended"
    ENDS = "ends"
    REVOKED = "revoked"
    NOT_YET = "not-yet"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SiteManner:
    """A site: the study day on which it opens, how busy it is, and its papers.

    `ends_in_days` counts from the day of the demonstration; negative lies behind it.
    """

    code: str
    opens_on_day: int
    weight: float
    approval: ApprovalKind
    ends_in_days: int | None = None
    is_trained: bool = True
    is_qualified: bool = True

    @property
    def is_enrolling(self) -> bool:
        """Patients are registered here."""
        return self.weight > 0


_A: Final = ApprovalKind
MANNERS: Final[Mapping[str, SiteManner]] = {
    manner.code: manner
    for manner in (
        SiteManner("JP-01", 30, 6, _A.YEARLY),
        SiteManner("JP-02", 14, 9, _A.YEARLY),
        SiteManner("JP-03", 0, 5, _A.YEARLY),
        SiteManner("JP-04", 60, 3, _A.YEARLY),
        SiteManner("JP-05", 75, 4, _A.YEARLY),
        SiteManner("JP-06", 45, 5, _A.YEARLY),
        SiteManner("JP-07", 180, 2, _A.ENDS, ends_in_days=12),
        SiteManner("JP-08", STUDY_DAYS - 20, 0, _A.YEARLY),
        SiteManner("JP-09", 140, 3, _A.YEARLY),
        SiteManner("JP-10", 20, 8, _A.YEARLY),
        SiteManner("JP-11", 90, 4, _A.YEARLY),
        SiteManner("JP-12", 100, 3, _A.ENDS, ends_in_days=55),
        SiteManner("AT-01", 400, 0, _A.OPEN_ENDED, is_trained=False, is_qualified=False),
        SiteManner("AT-02", 160, 2, _A.OPEN_ENDED),
        SiteManner("AT-03", 70, 4, _A.OPEN_ENDED),
        SiteManner("FR-01", 210, 0, _A.REVOKED),
        SiteManner("FR-02", 80, 4, _A.OPEN_ENDED),
        SiteManner("FR-03", 35, 6, _A.OPEN_ENDED),
        SiteManner("IT-01", 0, 0, _A.NONE, is_trained=False, is_qualified=False),
        SiteManner("IT-02", 200, 3, _A.ENDS, ends_in_days=-25),
        SiteManner("UK-01", 300, 0, _A.NOT_YET),
        SiteManner("UK-02", 120, 5, _A.OPEN_ENDED),
        SiteManner("BE-01", 250, 3, _A.ENDS, ends_in_days=41),
        SiteManner("BE-02", 10, 7, _A.OPEN_ENDED),
        SiteManner("PL-01", 230, 4, _A.ENDS, ends_in_days=400),
        SiteManner("PL-02", 500, 0, _A.NONE, is_qualified=False),
        SiteManner("RS-01", 0, 0, _A.NONE, is_trained=False, is_qualified=False),
        SiteManner("RS-02", 300, 3, _A.OPEN_ENDED),
        SiteManner("US-01", 0, 0, _A.NONE, is_trained=False, is_qualified=False),
        SiteManner("US-02", 0, 0, _A.NONE, is_trained=False, is_qualified=False),
    )
}


@dataclass(frozen=True, slots=True)
class PlannedApproval:
    """An ethics committee's approval of one protocol version."""

    protocol_version: str
    number: str
    approved_on: date
    valid_from: date
    valid_until: date | None
    revoked_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlannedQualification:
    """What a site has shown that it can do."""

    kind: Qualification
    qualified_on: date


@dataclass(frozen=True, slots=True)
class SitePlan:
    """A site with its papers; from `opens_on` until `closes_on` it may register."""

    manner: SiteManner
    opens_on: date
    closes_on: date
    approvals: tuple[PlannedApproval, ...]
    qualifications: tuple[PlannedQualification, ...]


def plan_sites(today: date) -> dict[str, SitePlan]:
    """Return every site of the study as it stands on a day, by code."""
    return {code: _plan(manner, today) for code, manner in MANNERS.items()}


def started_on(today: date) -> date:
    """Return the day on which the study opened."""
    return today - timedelta(days=STUDY_DAYS)


def _plan(manner: SiteManner, today: date) -> SitePlan:
    opens_on = started_on(today) + timedelta(days=manner.opens_on_day)
    ends_on = None if manner.ends_in_days is None else today + timedelta(days=manner.ends_in_days)
    return SitePlan(
        manner=manner,
        opens_on=opens_on,
        closes_on=min(today, ends_on or today),
        approvals=tuple(_approvals(manner, opens_on, ends_on, today)),
        qualifications=tuple(_qualifications(manner, opens_on)),
    )


def _approvals(manner: SiteManner, opens_on: date, ends_on: date | None, today: date) -> Iterator[PlannedApproval]:
    from_on = opens_on - timedelta(days=BEFORE_OPENING_DAYS)

    def approval(valid_from: date, until: date | None) -> PlannedApproval:
        number = f"{valid_from.year}-{100 + sum(map(ord, manner.code)) + valid_from.timetuple().tm_yday % 97}"
        return PlannedApproval(CURRENT_PROTOCOL, number, valid_from - timedelta(days=7), valid_from, until)

    match manner.approval:
        case ApprovalKind.YEARLY:
            while from_on <= today:
                yield approval(from_on, from_on + timedelta(days=YEAR_DAYS))
                from_on += timedelta(days=YEAR_DAYS)
        case ApprovalKind.OPEN_ENDED:
            yield approval(from_on, None)
        case ApprovalKind.ENDS:
            yield approval(from_on, ends_on)
        case ApprovalKind.REVOKED:
            one = approval(from_on, None)
            revoked_on = from_on + timedelta(days=YEAR_DAYS)
            yield PlannedApproval(
                one.protocol_version, one.number, one.approved_on, one.valid_from, one.valid_until, revoked_on
            )
        case ApprovalKind.NOT_YET:
            yield approval(today + NOT_YET_FOR, None)
        case ApprovalKind.NONE:
            return


def _qualifications(manner: SiteManner, opens_on: date) -> Iterator[PlannedQualification]:
    if manner.is_trained:
        yield PlannedQualification(Qualification.TRAINING, opens_on - timedelta(days=12))
    if manner.is_qualified:
        yield PlannedQualification(Qualification.IMAGING, opens_on - timedelta(days=9))
