"""Sites, their approvals and qualifications as the API takes and gives them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.domain.activation import Qualification
from services.api.schemas.cases import Answer, Label
from services.api.schemas.registry import RefusalOut
from services.api.schemas.sent import Day, Sent, shown_as

Word = Annotated[str, Field(min_length=1, max_length=200)]


class ApprovalIn(Sent):
    """What a committee's letter says; `valid_until` is the last day, null where the approval does not end."""

    model_config = shown_as(
        protocol_version="1.1",
        committee="Ethics committee research UZ / KU Leuven",
        number="S60123",
        approved_on="2026-03-02",
        valid_from="2026-03-09",
        valid_until="2027-03-08",
    )

    protocol_version: Annotated[str, Field(max_length=50)]
    committee: Word
    number: Word
    approved_on: Day
    valid_from: Day
    valid_until: Day | None = None


class QualificationIn(Sent):
    """What a site has shown: that its people are trained, or that its images are good enough."""

    model_config = shown_as(kind="imaging", qualified_on="2026-03-12", valid_until=None, detail="test examination")

    kind: Qualification
    qualified_on: Day
    valid_until: Day | None = None
    detail: Annotated[str, Field(max_length=500)] = ""


class RevocationIn(Sent):
    """From which day an approval or a qualification does not hold any more; null takes a revocation back."""

    model_config = shown_as(revoked_on="2026-06-01")

    revoked_on: Day | None


class ClosingIn(Sent):
    """From which day a site registers nobody any more."""

    model_config = shown_as(closed_on="2026-12-31")

    closed_on: Day


class LetterOut(Answer):
    """The letter of an approval: its file's name, kind, length in bytes and SHA-256."""

    name: str
    media_type: str
    n_bytes: int
    sha256: str


class ApprovalOut(Answer):
    """An ethics approval as recorded."""

    id: UUID
    protocol_version: str
    committee: str
    number: str
    approved_on: date
    valid_from: date
    valid_until: date | None
    revoked_on: date | None
    letter: LetterOut | None
    version: int
    recorded_at: datetime


class QualificationOut(Answer):
    """A qualification as recorded."""

    id: UUID
    kind: str
    qualified_on: date
    valid_until: date | None
    detail: str
    revoked_on: date | None
    version: int
    recorded_at: datetime


class ActivationOut(Answer):
    """Whether the site may register today, what keeps it from it, and what runs out within 60 days."""

    is_active: bool
    blocks: list[RefusalOut]
    running_out: list[Label]
    approval: str | None


class SiteOut(Answer):
    """A site with its activation, its papers (newest first) and how many it registered."""

    code: str
    name: Label
    country: str
    group: str
    data_centre: str
    closed_on: date | None
    activation: ActivationOut
    approvals: list[ApprovalOut]
    qualifications: list[QualificationOut]
    n_first: int
    n_second: int


class Sites(Answer):
    """The sites that the caller may see, by code."""

    sites: list[SiteOut]
