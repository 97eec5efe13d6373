"""Subjects, lesions and forms as the API takes and gives them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.api.schemas.cases import Answer, CaseLesion, Label, LesionLocation
from services.api.schemas.sent import Day, Sent, shown_as


class SubjectIn(Sent):
    """A first registration: where, by which road, on which day, and the answers of the form `eligibility`."""

    model_config = shown_as(
        study="DREAM",
        site="BE-02",
        road="prospective",
        registered_on="2026-04-01",
        answers={
            "colorectal_liver_metastases": True,
            "unresectable_or_borderline": True,
            "baseline_ct_and_mri": True,
            "chemotherapy_road": True,
            "adult": True,
            "written_consent": True,
            "mri_contraindicated": False,
            "liver_treated_before": False,
            "consented_on": "2026-03-30",
            "resectability": "unresectable",
        },
    )

    study: Annotated[str, Field(max_length=50)]
    site: Annotated[str, Field(max_length=20)]
    road: Annotated[str, Field(max_length=50)]
    registered_on: Annotated[Day, Field(description="today; the data centre may name an earlier day with a reason")]
    answers: dict[str, Any]


class SecondRegistrationIn(Sent):
    """A second registration: on which day, and the answers of the form `eligibility-second`."""

    model_config = shown_as(
        registered_on="2026-07-20",
        answers={
            "chemotherapy_complete": True,
            "preoperative_ct_and_mri": True,
            "mdt_resectable": True,
            "fit_for_surgery": True,
        },
    )

    registered_on: Annotated[Day, Field(description="today; the data centre may name an earlier day with a reason")]
    answers: dict[str, Any]


class RegistrationOut(Answer):
    """One of a subject's registrations."""

    step: str
    registered_on: date
    registered_by: str
    registered_at: datetime


class RefusalOut(Answer):
    """One reason against a registration; `code` is the criterion's where a criterion is not met."""

    code: str
    message: Label


class Registrations(Answer):
    """What is made, and what speaks against the second registration today where it is still to come."""

    registrations: list[RegistrationOut]
    against_second: list[RefusalOut]


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
    draft: Annotated[bool, Field(description="keep it while answers are still to come; nothing is derived from it")] = (
        False
    )


class FormMessage(Answer):
    """What an edit check says of a field."""

    field: str
    message: Label


class FormSignature(Answer):
    """Who signed, when and with what meaning, bound to a digest; one that fell says when and why."""

    signer_name: str
    meaning: str
    signed_at: datetime
    record_version: int
    content_sha256: str
    invalidated_at: datetime | None
    invalidated_because: str | None


class FormEntryOut(Answer):
    """A stored entry, the warnings it was kept with, and its signatures, the newest first."""

    id: UUID
    form: str
    timepoint: str | None
    ordinal: int
    data: dict[str, Any]
    state: str
    version: int
    saved_at: datetime
    warnings: Annotated[list[FormMessage], Field(default_factory=list)]
    signatures: Annotated[list[FormSignature], Field(default_factory=list)]


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
