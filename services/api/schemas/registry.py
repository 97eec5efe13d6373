"""Subjects, lesions and forms as the API takes and gives them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.api.schemas.cases import Answer, CaseLesion, Label, LesionLocation
from services.api.schemas.sent import Sent, shown_as


class SubjectIn(Sent):
    """A registration."""

    model_config = shown_as(study="DREAM", site="BE-02", road="prospective", registered_on="2026-04-01")

    study: Annotated[str, Field(max_length=50)]
    site: Annotated[str, Field(max_length=20)]
    road: Annotated[str, Field(max_length=50)]
    registered_on: date


class SubjectOut(Answer):
    """A registered subject."""

    id: UUID
    number: str
    reading_code: str
    site: str
    road: str
    registered_on: date


class Subjects(Answer):
    """The subjects the actor may see."""

    subjects: list[SubjectOut]


class LesionSeries(Answer):
    """A lesion with where it is expected on every series of every timepoint."""

    lesion: CaseLesion
    series: list[LesionLocation]


class FormEntryIn(Sent):
    """The answers of one form, by the field codes of the study definition."""

    model_config = shown_as(data={"decided_on": "2026-05-12"}, timepoint="preoperative", ordinal=1)

    data: dict[str, Any]
    timepoint: Annotated[str | None, Field(max_length=50)] = None
    ordinal: Annotated[int, Field(ge=1, le=50, description="1 unless the form is repeatable")] = 1


class FormMessage(Answer):
    """What an edit check says of a field."""

    field: str
    message: Label


class FormEntryOut(Answer):
    """A stored entry and the warnings it was kept with."""

    id: UUID
    form: str
    timepoint: str | None
    ordinal: int
    data: dict[str, Any]
    state: str
    version: int
    saved_at: datetime
    warnings: Annotated[list[FormMessage], Field(default_factory=list)]


class FormEntries(Answer):
    """Every entry of a subject."""

    entries: list[FormEntryOut]


class LesionOutcome(Answer):
    """What the rules say of a lesion today."""

    lesion_id: UUID
    label: str
    cdlm: dict[str, Any] | None
    outcome: dict[str, Any] | None


class Outcomes(Answer):
    """The derived results of a subject's lesions."""

    lesions: list[LesionOutcome]
