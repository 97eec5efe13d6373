"""Tables that are sent to be estimated, and the reports that come back, in full precision."""

from typing import Annotated, Final, Literal

from pydantic import Field

from services.api.schemas.cases import Answer
from services.api.schemas.sent import Sent, shown_as

MOST_LINES: Final = 20_000
"""Patients, lesions or ratings of one request; `casebook stats` takes longer tables."""
MOST_CATEGORIES: Final = 20
OF_AN_INTERVAL: Final = "lower and upper limit; null where the data do not carry one"

Code = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Level = Annotated[float, Field(ge=0.5, le=0.9999, description="level of the intervals")]
Resamples = Annotated[int, Field(ge=10_000, le=100_000, description="resamples of the bootstrap")]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1, description="seed of the bootstrap; the same gives the same interval")]
Limits = Annotated[tuple[float, float] | None, Field(description=OF_AN_INTERVAL)]


class CountedPatient(Sent):
    """One patient's lesions; lines of one patient are added up, and one without a code is a patient of its own."""

    patient: Annotated[str, Field(max_length=200)] = ""
    n: Annotated[Count, Field(description="evaluable lesions")]
    y: Annotated[Count, Field(description="non-viable ones among them")]
    n_unknown: Annotated[Count, Field(description="lesions that are not evaluable: in the bounds only")] = 0


class JudgedLesion(Sent):
    """One lesion with its outcome; one that names no patient is a patient of its own."""

    patient: Annotated[str, Field(max_length=200)] = ""
    lesion: Annotated[str, Field(max_length=200)] = ""
    nonviable: Annotated[bool | Literal[0, 1] | None, Field(description="null: not evaluable, in the bounds only")]


class ClusteredIn(Sent):
    """Lesions counted per patient, or one by one: one of the two lists."""

    model_config = shown_as(
        patients=[
            {"patient": "P1", "n": 3, "y": 2},
            {"patient": "P2", "n": 1, "y": 1},
            {"patient": "P3", "n": 2, "y": 0},
        ],
        level=0.95,
        threshold=0.85,
    )

    patients: Annotated[list[CountedPatient] | None, Field(max_length=MOST_LINES)] = None
    lesions: Annotated[list[JudgedLesion] | None, Field(max_length=MOST_LINES)] = None
    level: Level = 0.95
    threshold: Annotated[
        float | None, Field(gt=0, lt=1, description="p0 of the one-sided test of p <= p0; no test without it")
    ] = None
    n_resamples: Resamples = 10_000
    seed: Seed = 1527


class FollowedLesion(Sent):
    """One lesion left in place; one that names no patient is a patient of its own."""

    patient: Annotated[str, Field(max_length=200)] = ""
    lesion: Annotated[str, Field(max_length=200)] = ""
    day: Annotated[int, Field(ge=0, le=100_000, description="until which it was observed, since its follow-up began")]
    status: Annotated[
        int,
        Field(ge=0, le=2, description="1 recurrence at the site, 2 death, 0 last adequate imaging without recurrence"),
    ]


class SurvivalIn(Sent):
    """Lesions left in place, and the horizon of the rule."""

    model_config = shown_as(
        lesions=[
            {"patient": "P1", "day": 90, "status": 1},
            {"patient": "P1", "day": 760, "status": 0},
            {"patient": "P2", "day": 250, "status": 2},
        ],
        horizon_days=730,
        window_days=30,
    )

    lesions: Annotated[list[FollowedLesion], Field(max_length=MOST_LINES)]
    horizon_days: Annotated[int, Field(ge=1, le=100_000)] = 730
    window_days: Annotated[
        int, Field(ge=0, le=100_000, description="days before the horizon from which imaging clears a site")
    ] = 0
    level: Level = 0.95


class RatingIn(Sent):
    """What one rater said of one unit; a unit that names no patient is a patient of its own."""

    unit: Code
    rater: Code
    category: Code
    patient: Annotated[str, Field(max_length=200)] = ""


class AgreementIn(Sent):
    """Ratings one by one, or the cross-table of two raters with the first in rows: one of the two."""

    model_config = shown_as(table=[[20, 5], [10, 15]], categories=["present", "absent"])

    ratings: Annotated[list[RatingIn] | None, Field(max_length=MOST_LINES)] = None
    table: Annotated[
        list[Annotated[list[Count], Field(max_length=MOST_CATEGORIES)]] | None, Field(max_length=MOST_CATEGORIES)
    ] = None
    categories: Annotated[
        list[Code] | None, Field(max_length=MOST_CATEGORIES, description="of the cross-table; numbered by default")
    ] = None
    level: Level = 0.95
    n_resamples: Resamples = 10_000
    seed: Seed = 1527


class ShareOut(Answer):
    """A share with its primary interval and the naive ones, which ignore clustering and are too narrow."""

    n_patients: Annotated[int, Field(description="patients with an evaluable lesion (m)")]
    n_lesions: Annotated[int, Field(description="evaluable lesions (N)")]
    n_nonviable: Annotated[int, Field(description="non-viable lesions (Y)")]
    share: Annotated[float | None, Field(description="Y / N; null without lesions")]
    degenerate: Annotated[
        str | None,
        Field(
            description="why no clustered variance can be estimated: no-lesions, one-patient, none-non-viable, "
            "all-non-viable, no-variation-between-patients"
        ),
    ]
    primary_method: Annotated[
        str | None, Field(description="logit-t; clopper-pearson-patients where the data are degenerate")
    ]
    primary_interval: Limits
    clopper_pearson_ignoring_clusters: Limits
    wilson_ignoring_clusters: Limits


class BoundsOut(Answer):
    """The share when all lesions of unknown truth are counted as viable, and as non-viable."""

    n_unknown: int
    as_viable: ShareOut
    as_nonviable: ShareOut


class OneSidedTestOut(Answer):
    """One-sided test of H0: p <= p0 on the logit scale."""

    p0: float
    t: float
    df: int
    p_value: float


class ModelOut(Answer):
    """A logistic GEE with an intercept only; `share` and `interval` are back on the scale of shares."""

    beta: float
    robust_se: float
    alpha: Annotated[float | None, Field(description="correlation of the exchangeable model")]
    share: float
    interval: Limits


class PatientsOut(Answer):
    """Patients all of whose evaluable lesions are non-viable, with the exact interval."""

    n: int
    n_patients: int
    share: float | None
    interval: Limits


class ClusteredOut(ShareOut):
    """Every estimate of a clustered share; what the data do not carry is null."""

    level: float
    threshold: float | None
    seed: int
    n_resamples: int
    variance: float | None
    se: float | None
    design_effect: float | None
    n_effective: float | None
    intraclass_correlation: float | None
    test: OneSidedTestOut | None
    wald_t: Limits
    wilson_effective: Limits
    clopper_pearson_effective: Limits
    bootstrap: Limits
    gee_independence: ModelOut | None
    gee_exchangeable: ModelOut | None
    patients_all_nonviable: PatientsOut
    bounds: BoundsOut


class ProbabilityOut(Answer):
    """A probability at the horizon; the standard error is clustered in patients."""

    value: float | None
    se: float | None
    interval: Limits
    no_interval_because: Annotated[
        str | None,
        Field(
            description="no-lesions, beyond-follow-up, one-patient, no-event, nobody-left, "
            "no-variation-between-patients"
        ),
    ]


class StepOut(Answer):
    """The curves just after the events of a day."""

    day: int
    n_at_risk: int
    n_recurred: int
    n_died: int
    recurrence_free: float
    recurrence_free_se: float
    incidence_recurrence: float
    incidence_recurrence_se: float
    incidence_death: float
    incidence_death_se: float


class SurvivalOut(Answer):
    """Who was free at the horizon: complete case with bounds, and the curves that use every day of follow-up."""

    level: float
    horizon_days: int
    window_days: int
    n_patients: int
    n_lesions: int
    last_day: Annotated[int, Field(description="the last day on which a lesion was observed")]
    n_recurred: int
    n_free: int
    n_not_evaluable: int
    complete_case: ShareOut
    bounds: BoundsOut
    recurrence_free: Annotated[ProbabilityOut, Field(description="Kaplan-Meier, deaths censored")]
    incidence_recurrence: Annotated[ProbabilityOut, Field(description="Aalen-Johansen, death competing")]
    incidence_death: Annotated[ProbabilityOut, Field(description="Aalen-Johansen, before recurrence")]
    steps: list[StepOut]


class MeasuredOut(Answer):
    """A coefficient of agreement; null where chance leaves nothing to correct, or the resamples do not vary."""

    value: float | None
    interval: Limits


class RatersAgreementOut(Answer):
    """Agreement side by side, because kappa alone can mislead."""

    level: float
    seed: int
    n_resamples: int
    categories: list[str]
    raters: list[str]
    n_units: Annotated[int, Field(description="rated by two raters or more")]
    n_patients: int
    table: Annotated[list[list[int]] | None, Field(description="for two raters: rows the first, columns the second")]
    raw: MeasuredOut
    kappa: Annotated[MeasuredOut | None, Field(description="Cohen's, for two raters")]
    kappa_se: Annotated[float | None, Field(description="large-sample, for independent units")]
    ac1: MeasuredOut
    fleiss_kappa: MeasuredOut
    no_interval_because: Annotated[str | None, Field(description="one-patient or no-variation")]
