"""How `casebook stats` prints its reports: one line per estimate, what is primary first."""

from collections.abc import Iterable
from decimal import Decimal

from rich import box
from rich.table import Table

from casebook.domain.study.model import IntervalMethod
from casebook.stats.bounded import Bounded, Share
from casebook.stats.clustered import Degenerate
from casebook.stats.clustered_report import ClusteredReport
from casebook.stats.horizon import Fate, HorizonReport
from casebook.stats.intervals import Interval
from casebook.stats.probabilities import NoInterval, Probability
from casebook.stats.raters import AgreementOfRaters, Coefficient
from casebook.stats.rounding import rounded
from casebook.stats.sensitivity import MarginalModel
from services.command.output import out

NONE = "–"
DEGENERATE = {
    Degenerate.NO_LESIONS: "no evaluable lesion: nothing to estimate",
    Degenerate.ONE_PATIENT: "one patient: an interval that respects clustering cannot be estimated",
    Degenerate.NONE_NON_VIABLE: "no lesion is non-viable: exact intervals stand in",
    Degenerate.ALL_NON_VIABLE: "every lesion is non-viable: exact intervals stand in",
    Degenerate.NO_VARIATION: "every patient has the same share: exact intervals stand in",
}
NO_INTERVAL = {
    NoInterval.NO_LESIONS: "no lesions",
    NoInterval.BEYOND_FOLLOW_UP: "nobody was followed that long",
    NoInterval.ONE_PATIENT: "one patient",
    NoInterval.NO_EVENT: "no event until then",
    NoInterval.NOBODY_LEFT: "nobody is left",
    NoInterval.NO_VARIATION: "patients do not differ",
}


class Shown:
    """A table of estimates with their intervals, printed at once."""

    def __init__(self, title: str, *, level: float, decimals: int) -> None:
        self.decimals = decimals
        shown_level = f"{rounded(level * 100, 4).normalize():f}"
        self.table = Table("", title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
        self.table.add_column("estimate", justify="right", no_wrap=True)
        self.table.add_column(f"{shown_level} % interval", no_wrap=True)

    def number(self, value: float | None) -> str:
        """A number at the wanted decimals, halves away from zero."""
        return NONE if value is None else f"{rounded(value, self.decimals) + 0:f}"  # + 0: no zero with a sign

    def p_value(self, value: float) -> str:
        """A p-value, never as nothing at all."""
        smallest = Decimal(1).scaleb(-self.decimals)
        return self.number(value) if value >= smallest else f"< {smallest:f}"

    def interval(self, interval: Interval | None) -> str:
        """An interval in words."""
        return NONE if interval is None else f"{self.number(interval.lower)} to {self.number(interval.upper)}"

    def count(self, label: str, value: int) -> None:
        """Add a line with a count."""
        self.table.add_row(label, str(value), "")

    def value(self, label: str, value: float | None) -> None:
        """Add a line with a number that has no interval."""
        self.table.add_row(label, self.number(value), "")

    def line(self, label: str, value: float | None = None, interval: Interval | str | None = "") -> None:
        """Add a line; its interval may be a word that says why there is none, or empty."""
        shown = interval if isinstance(interval, str) else self.interval(interval)
        self.table.add_row(label, self.number(value) if value is not None else "", shown)

    def section(self) -> None:
        """Put a rule below the last line."""
        self.table.add_section()

    def print(self, notes: Iterable[str] = ()) -> None:
        """Print the table and the notes under it."""
        out.print(self.table)
        for note in notes:
            out.print(f"Note: {note}", highlight=False, markup=False)


def tell_clustered(report: ClusteredReport, *, decimals: int, read_as: str, notes: Iterable[str]) -> None:
    """Print the report of a clustered share."""
    shown = Shown("Share of non-viable lesions, clustered in patients", level=report.level, decimals=decimals)
    share, found = report.bounded.share, report.sensitivity
    estimate = share.estimate
    shown.count("patients (m)", estimate.m)
    shown.count("evaluable lesions (N)", estimate.n)
    shown.count("non-viable lesions (Y)", estimate.y)
    shown.section()
    if estimate.degenerate is None:
        shown.line("share (p), logit-t: PRIMARY", estimate.p, estimate.logit_t)
    else:
        shown.line("share (p)", estimate.p, "degenerate, see note")
        shown.line("  Clopper-Pearson on patients", None, estimate.exact_patients)
    shown.value("  standard error (ratio)", estimate.se)
    shown.value("  design effect", estimate.deff)
    shown.value("  effective sample size", estimate.n_eff)
    shown.value("  intraclass correlation (ANOVA)", found.intraclass_correlation)
    _tell_test(shown, report)
    shown.section()
    shown.line("Wald-t", estimate.p, estimate.wald_t)
    shown.line("Wilson on effective size", estimate.p, estimate.wilson_effective)
    shown.line("Clopper-Pearson on effective size", estimate.p, estimate.clopper_pearson_effective)
    shown.line("cluster bootstrap, percentiles", estimate.p, found.bootstrap)
    _tell_model(shown, "GEE independence", found.independence)
    _tell_model(shown, "GEE exchangeable", found.exchangeable)
    _tell_naive(shown, share)
    shown.section()
    patients = found.patients
    shown.line(
        f"patients, all non-viable: {patients.n_all_nonviable}/{patients.m}",
        patients.n_all_nonviable / patients.m if patients.m else None,
        patients.interval,
    )
    _tell_bounds(shown, report.bounded)
    shown.print((*_degenerate(share), *notes, f"{read_as}; {report.n_resamples} resamples, seed {report.seed}."))


def tell_horizon(report: HorizonReport, *, decimals: int, read_as: str, notes: Iterable[str]) -> None:
    """Print the report of the horizon."""
    shown = Shown(f"Lesions left in place, at {report.horizon_days} days", level=report.level, decimals=decimals)
    curves, fates, found = report.curves, report.fates, report.probabilities
    shown.count("patients", curves.n_patients)
    shown.count("lesions", curves.n_lesions)
    shown.count("  recurred within the horizon", fates[Fate.RECURRED])
    shown.count("  free at the horizon", fates[Fate.FREE])
    shown.count("  not evaluable", fates[Fate.NOT_EVALUABLE])
    shown.section()
    _tell_share(shown, "complete case, free", report.complete_case.share)
    _tell_naive(shown, report.complete_case.share)
    _tell_bounds(shown, report.complete_case)
    shown.section()
    _tell_probability(shown, "Kaplan-Meier recurrence-free (death censored)", found.recurrence_free)
    _tell_probability(shown, "Aalen-Johansen incidence of recurrence", found.incidence_recurrence)
    _tell_probability(shown, "Aalen-Johansen incidence of death", found.incidence_death)
    shown.print(
        (
            *_degenerate(report.complete_case.share),
            *notes,
            f"{read_as}; imaging clears a site from day {report.horizon_days - report.window_days} on.",
            "The complete case is biased towards failure: read it with its bounds.",
        )
    )


def tell_agreement(report: AgreementOfRaters, *, decimals: int) -> None:
    """Print the report of agreement."""
    shown = Shown("Agreement of raters", level=report.level, decimals=decimals)
    shown.count("raters", len(report.raters))
    shown.count("units rated twice or more", report.n_units)
    shown.count("patients", report.n_patients)
    shown.section()
    _tell_coefficient(shown, "raw agreement", report.raw)
    if report.kappa is not None:
        _tell_coefficient(shown, "Cohen's kappa", report.kappa)
        shown.value("  standard error, independent units", report.kappa_se)
    _tell_coefficient(shown, "AC1", report.ac1)
    _tell_coefficient(shown, "Fleiss' kappa", report.fleiss_kappa)
    notes = [f"intervals are missing: {report.gap.value}"] if report.gap else []
    shown.print((*notes, f"{report.n_resamples} resamples of patients, seed {report.seed}."))
    if report.table is not None:
        crossed = Table("first rater in rows", *report.categories, box=box.SIMPLE_HEAD)
        for name, row in zip(report.categories, report.table, strict=True):
            crossed.add_row(name, *map(str, row))
        out.print(crossed)


def _tell_test(shown: Shown, report: ClusteredReport) -> None:
    test = report.bounded.share.estimate.test
    if report.threshold is None:
        return
    label = f"one-sided p, H0: p <= {report.threshold}"
    if test is None:
        shown.line(label, None, "none for degenerate data")
    else:
        shown.table.add_row(label, shown.p_value(test.p_value), f"t = {shown.number(test.t)}, df = {test.df}")


def _tell_model(shown: Shown, label: str, model: MarginalModel | None) -> None:
    if model is None:
        shown.line(label, None, "not estimable")
        return
    shown.line(label, model.p, model.interval)
    shown.value("  beta", model.logit)
    shown.value("  robust standard error", model.se_logit)
    if model.alpha is not None:
        shown.value("  alpha", model.alpha)


def _tell_naive(shown: Shown, share: Share) -> None:
    naive = share.naive
    shown.line("Clopper-Pearson, IGNORES CLUSTERING", share.estimate.p, naive.clopper_pearson if naive else None)
    shown.line("Wilson, IGNORES CLUSTERING", share.estimate.p, naive.wilson if naive else None)


def _tell_share(shown: Shown, label: str, share: Share) -> None:
    estimate = share.estimate
    shown.line(f"{label}: {estimate.y}/{estimate.n}", estimate.p, estimate.interval(IntervalMethod.LOGIT_T))


def _tell_bounds(shown: Shown, bounded: Bounded) -> None:
    if not bounded.n_unknown:
        return
    for share, said in ((bounded.as_viable, "viable"), (bounded.as_nonviable, "non-viable")):
        _tell_share(shown, f"{bounded.n_unknown} not evaluable as {said}", share)
        naive = share.naive
        shown.line("  Clopper-Pearson, IGNORES CLUSTERING", None, naive.clopper_pearson if naive else None)


def _tell_probability(shown: Shown, label: str, found: Probability) -> None:
    why = "" if found.no_interval is None else NO_INTERVAL[found.no_interval]
    shown.line(label, found.value, found.interval or why)
    shown.value("  standard error, clustered", found.se)


def _tell_coefficient(shown: Shown, label: str, found: Coefficient) -> None:
    shown.line(label, found.value, found.interval)


def _degenerate(share: Share) -> tuple[str, ...]:
    why = share.estimate.degenerate
    return () if why is None else (f"degenerate data, {DEGENERATE[why]}.",)
