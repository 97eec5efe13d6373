"""Series as the API takes and gives them: what they are taken for, and what is said of their quality."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import Severity, Verdict
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Sent, shown_as


class RoleOut(Answer):
    """A role of a series, or of a part of it, with the evidence it was proposed on, and who confirmed it."""

    id: UUID
    role: SeriesRole
    confidence: float
    rule: str
    proposal: dict[str, Any]
    confirmed_by: str | None
    confirmed_at: datetime | None


class Roles(Answer):
    """The roles of a series."""

    roles: list[RoleOut]


class PartIn(Sent):
    """A part of a series, by the id of its role, and the role a person gives it."""

    id: UUID
    role: SeriesRole


class RoleIn(Sent):
    """The role a person gives the whole series, or those of its parts; the proposals stay when nothing is given."""

    model_config = shown_as(role="ct-portal-venous")

    role: SeriesRole | None = None
    parts: Annotated[list[PartIn] | None, Field(max_length=100)] = None


class SeriesOut(Answer):
    """A series of a timepoint: how it was made and what it is taken for."""

    id: UUID
    study_uid: str
    series_uid: str
    modality: str
    series_number: int | None
    label: Label | None
    n_instances: int
    n_frames: int
    slice_thickness_mm: float | None
    spacing_mm: float | None
    roles: list[RoleOut]


class SeriesList(Answer):
    """The series of a timepoint in order of study and number."""

    series: list[SeriesOut]


class SureIn(Sent):
    """How sure a proposal is at least, to be confirmed as it stands."""

    model_config = shown_as(confidence=0.9)

    confidence: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class Confirmed(Answer):
    """How many proposals were confirmed."""

    n_confirmed: int


class VerdictIn(Sent):
    """What a series is worth; all but plain acceptance need a comment, which the site reads where a repeat is asked."""

    model_config = shown_as(verdict="repeat-requested", comment="The dome of the liver is cut off.", n_instances=60)

    verdict: Verdict
    comment: Annotated[str, Field(max_length=500)] = ""
    n_instances: Annotated[
        int | None, Field(ge=0, description="how many images were looked at; refused (412) where there are others now")
    ] = None


class VerdictOut(Answer):
    """What was said of a series; `holds` says that it is the newest, and about the images that are there now."""

    verdict: Verdict
    comment: str | None
    n_instances: int
    decided_by: str
    decided_at: datetime
    holds: bool


class FindingOut(Answer):
    """One thing that is not as the protocol asks."""

    code: str
    severity: Severity
    message: Label
    found: str
    expected: str


class SeriesQualityOut(Answer):
    """A series with what the checks found, the verdict they propose, and what people said, the newest first."""

    id: UUID
    label: Label | None
    roles: list[SeriesRole]
    n_instances: int
    findings: list[FindingOut]
    proposed: Verdict
    verdict: Annotated[Verdict | None, Field(description="the one that holds for the images that are there now")]
    said: list[VerdictOut]
