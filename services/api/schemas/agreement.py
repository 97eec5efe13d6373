"""Agreement of central readers as the API gives it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.api.schemas.cases import Answer, Label


class CoefficientOut(Answer):
    """One measure of agreement; null where chance leaves nothing to correct, or the resamples do not vary."""

    estimate: float | None
    interval: Annotated[tuple[float, float] | None, Field(description="percentiles of patients resampled")]


class MeasureOut(Answer):
    """Agreement in one thing that is judged: a cross-table with the first read in rows, and three coefficients."""

    code: Annotated[str, Field(description="cdlm, or what verdicts are about")]
    label: Label
    categories: list[str]
    table: list[list[int]]
    n_lesions: int
    n_patients: int
    raw: CoefficientOut
    kappa: CoefficientOut
    ac1: CoefficientOut
    no_interval_because: Annotated[str | None, Field(description="one-patient or no-variation")]


class ComparedOut(Answer):
    """Agreement between two readers of a case, or of a reader with their own repeat."""

    kind: Annotated[str, Field(description="between-readers or same-reader")]
    n_pairs: int
    n_patients: int
    measures: list[MeasureOut]


class AgreementOut(Answer):
    """Agreement at a timepoint, before adjudication; interim while reads that belong to it are open."""

    study: str
    timepoint: str
    made_at: datetime
    status: Annotated[str, Field(description="interim or complete")]
    n_open_assignments: int
    n_open_adjudications: int
    n_cases: Annotated[int, Field(description="cases that two readers have signed")]
    n_adjudicated: Annotated[int, Field(description="of these, how many a third person settles or settled")]
    share_adjudicated: float | None
    interval_level: float
    bootstrap_seed: int
    n_resamples: int
    cdlm_rule: str
    compared: list[ComparedOut]
