"""The endpoint as the API gives it."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from services.api.schemas.cases import Answer, Label


class OpenMatterOut(Answer):
    """One thing that keeps the study from being locked."""

    what: str
    n: int
    en: str
    ja: str


class EndpointReportOut(Answer):
    """Everything the endpoint page shows; interim until the database is locked."""

    table: dict[str, Any]
    open: Annotated[list[OpenMatterOut], Field(description="what is open before the lock; not told to sites")]
    strata: Annotated[dict[str, Any], Field(description="by strategy: by fate, region, country, site group")]
    flows: Annotated[list[dict[str, Any]], Field(description="from registered to evaluable, a strategy each")]
    followed: Annotated[dict[str, Any], Field(description="by strategy: the courses of lesions left in place")]
    survival: Annotated[dict[str, Any], Field(description="by strategy: time to recurrence at the site")]


class EndpointOut(EndpointReportOut):
    """The report, and the lesion dataset under it."""

    rows: list[dict[str, str]]


class EndpointLesionOut(Answer):
    """One lesion behind a number; of a patient who took back all data only that is told."""

    patient: str
    site: str
    lesion: str
    withdrawn: bool
    segment: str | None = None
    cdlm: Label | None = None
    fate: Label | None = None
    status: str | None = None
    reason: str | None = None
    outcome: Label | None = None
    reference_standard: str | None = None


class EndpointLesionsOut(Answer):
    """One page of the lesions behind a number."""

    n: int
    n_patients: int
    page: int
    n_pages: int
    rows: list[EndpointLesionOut]


class EndpointPatientOut(Answer):
    """One patient behind a number, with the lesions of the patient that the filter leaves."""

    patient: str
    site: str
    country: str
    n_listed: int
    n_lesions: int


class EndpointPatientsOut(Answer):
    """One page of the patients behind a number."""

    n: int
    page: int
    n_pages: int
    rows: list[EndpointPatientOut]


class TraceRowOut(Answer):
    """One row of a derivation: an input, a parameter of the rule, a step, or a result."""

    part: Annotated[str, Field(description="cdlm, outcome or endpoint")]
    kind: Annotated[str, Field(description="input, rule, step or result")]
    what: Label
    value: Label
    source: Annotated[str | None, Field(description="the form that an input comes from, or read")]
    dated: Annotated[date | None, Field(description="the day of the entry that it comes from")]


class UsedEntryOut(Answer):
    """An entry that went in, at its version."""

    form: str
    timepoint: str | None
    ordinal: int
    version: int


class UsedReadOut(Answer):
    """The accepted read that went in."""

    kind: str
    edition: int
    signed_at: datetime | None


class KeptDerivationOut(Answer):
    """What a rule said once, and how long it held; null where it still does."""

    kind: str
    rule_version: str
    inputs: dict[str, Any]
    result: dict[str, Any]
    derived_at: datetime
    superseded_at: datetime | None


class DerivationOut(Answer):
    """How the results of a lesion were derived."""

    patient: str
    lesion: str
    rows: list[TraceRowOut]
    entries: list[UsedEntryOut]
    read: UsedReadOut | None
    history: list[KeptDerivationOut]
