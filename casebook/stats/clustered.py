"""The share of non-viable lesions, where lesions of one patient resemble each other.

The primary estimator: a ratio of patient totals with its linearised variance (Rao and Scott, Biometrics 1992;48:577;
Obuchowski, Stat Med 1998;17:1495), interval on the logit scale with m - 1 degrees of freedom. It equals
`svyciprop(method = "logit")` of the R package survey.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special

from casebook.domain.errors import Invalid
from casebook.domain.study.model import IntervalMethod
from casebook.stats.clusters import Clusters, clusters
from casebook.stats.intervals import Interval, clopper_pearson, wilson


class Degenerate(StrEnum):
    """Why the clustered variance says nothing."""

    NO_LESIONS = "no-lesions"
    ONE_PATIENT = "one-patient"
    NONE_NON_VIABLE = "none-non-viable"
    ALL_NON_VIABLE = "all-non-viable"
    NO_VARIATION = "no-variation-between-patients"


@dataclass(frozen=True, slots=True)
class OneSidedTest:
    """Test of H0: p <= p0 against p > p0 on the logit scale, t with m - 1 degrees of freedom."""

    p0: float
    t: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class ClusteredProportion:
    """A clustered share with its intervals.

    Where `degenerate` is set, standard error, design effect, test and the clustered intervals are None, and `exact_*`
    (Clopper-Pearson on patients, and on lesions ignoring clusters) stand in; with one patient or none nothing can
    be estimated and they are None too.
    """

    m: int
    n: int
    y: int
    level: float
    p: float | None
    variance: float | None
    se: float | None
    deff: float | None
    n_eff: float | None
    logit_t: Interval | None
    wald_t: Interval | None
    wilson_effective: Interval | None
    clopper_pearson_effective: Interval | None
    exact_patients: Interval | None
    exact_lesions: Interval | None
    test: OneSidedTest | None
    degenerate: Degenerate | None

    def interval(self, method: IntervalMethod) -> Interval | None:
        """The interval by a method; the exact one on patients where the data are degenerate."""
        if self.degenerate is not None:
            return self.exact_patients
        by_method: Mapping[IntervalMethod, Interval | None] = {
            IntervalMethod.LOGIT_T: self.logit_t,
            IntervalMethod.WALD_T: self.wald_t,
            IntervalMethod.WILSON_EFFECTIVE: self.wilson_effective,
            IntervalMethod.CLOPPER_PEARSON_EFFECTIVE: self.clopper_pearson_effective,
        }
        return by_method[method]


def clustered_proportion(
    n: Sequence[int], y: Sequence[int], *, level: float = 0.95, p0: float | None = None
) -> ClusteredProportion:
    """The share of non-viable lesions from `y` of `n` per patient, with every interval and the test against `p0`.

    Patients without evaluable lesions do not count. Raises Invalid on counts or levels out of range.
    """
    if p0 is not None and not 0 < p0 < 1:
        raise Invalid(f"Found the threshold {p0}; expected a number between 0 and 1.", field="p0")
    if not 0 < level < 1:
        raise Invalid(f"Found the interval level {level}; expected a number between 0 and 1.", field="level")
    data = clusters(n, y)
    why = _degenerate(data)
    return _stand_in(data, level, why) if why is not None else _estimated(data, level, p0)


def ratio_variance(data: Clusters) -> float:
    """`m / (m - 1) * sum((y - n p)^2) / N^2`; needs two patients."""
    residuals = data.y - data.n * data.p
    return float(data.m / (data.m - 1) * np.square(residuals).sum() / data.n_lesions**2)


def _degenerate(data: Clusters) -> Degenerate | None:
    if data.m == 0:
        return Degenerate.NO_LESIONS
    if data.m == 1:
        return Degenerate.ONE_PATIENT
    if data.n_nonviable == 0:
        return Degenerate.NONE_NON_VIABLE
    if data.n_nonviable == data.n_lesions:
        return Degenerate.ALL_NON_VIABLE
    return None if data.varies else Degenerate.NO_VARIATION


def _stand_in(data: Clusters, level: float, why: Degenerate) -> ClusteredProportion:
    estimable = data.m > 1
    return ClusteredProportion(
        m=data.m,
        n=data.n_lesions,
        y=data.n_nonviable,
        level=level,
        p=data.p if data.m else None,
        variance=None,
        se=None,
        deff=None,
        n_eff=None,
        logit_t=None,
        wald_t=None,
        wilson_effective=None,
        clopper_pearson_effective=None,
        exact_patients=clopper_pearson(data.p * data.m, data.m, level) if estimable else None,
        exact_lesions=clopper_pearson(data.n_nonviable, data.n_lesions, level) if estimable else None,
        test=None,
        degenerate=why,
    )


def _estimated(data: Clusters, level: float, p0: float | None) -> ClusteredProportion:
    p, variance = data.p, ratio_variance(data)
    se = math.sqrt(variance)
    deff = variance / (p * (1 - p) / data.n_lesions)
    n_eff = data.n_lesions / deff
    quantile = float(special.stdtrit(data.m - 1, (1 + level) / 2))
    se_logit = se / (p * (1 - p))
    lower, upper = special.expit(special.logit(p) + np.array([-1, 1]) * quantile * se_logit)
    return ClusteredProportion(
        m=data.m,
        n=data.n_lesions,
        y=data.n_nonviable,
        level=level,
        p=p,
        variance=variance,
        se=se,
        deff=deff,
        n_eff=n_eff,
        logit_t=Interval(float(lower), float(upper)),
        wald_t=Interval(p - quantile * se, p + quantile * se),
        wilson_effective=wilson(p * n_eff, n_eff, level),
        clopper_pearson_effective=clopper_pearson(p * n_eff, n_eff, level),
        exact_patients=None,
        exact_lesions=clopper_pearson(data.n_nonviable, data.n_lesions, level),
        test=None if p0 is None else _test(p, se_logit, data.m - 1, p0),
        degenerate=None,
    )


def _test(p: float, se_logit: float, df: int, p0: float) -> OneSidedTest:
    t = float((special.logit(p) - special.logit(p0)) / se_logit)
    return OneSidedTest(p0=p0, t=t, df=df, p_value=float(special.stdtr(df, -t)))
