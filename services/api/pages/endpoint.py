"""The endpoint as the data give it today: estimates by strategy and part, what could change them, and four figures."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from casebook.actions.access_log import Access, note_access
from casebook.actions.endpoint import (
    By,
    Endpoint,
    endpoint,
    is_withheld,
    sees_sites_only,
    shown_endpoint,
    withheld_text,
)
from casebook.actions.endpoint_estimators import estimators, kept_sensitivity
from casebook.domain.actors import Action
from casebook.domain.endpoint.picks import Pick, Unknown
from casebook.domain.endpoint.places import Level
from casebook.domain.endpoint.words import SET_LABELS, STRATEGY_LABELS, reason_text
from casebook.domain.outcome import Strategy, TruthStatus
from casebook.stats.clustered import Degenerate
from casebook.stats.endpoint import EndpointTable
from casebook.stats.probabilities import at_horizon
from casebook.stats.rounding import percent, rounded
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.endpoint_asked import PageAsked, StrategyAsked
from services.api.figures.endpoint import (
    BY_LABELS,
    FigureName,
    derivation_address,
    figure_of,
    lesions_address,
    stratum_label,
    stratum_pick,
    swimmer_pages,
)
from services.api.figures.shapes import svg
from services.api.figures.swimmer import LANES_A_PAGE, SIGN_LABELS
from services.api.pages.access import InFrame, opening
from services.api.pages.endpoint_scale import PLOT_LENGTH, drawn, place
from services.api.pages.language import language_of
from services.api.pages.rendering import page as html
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.pages.words import N_

router = APIRouter()
SVG: Final = "image/svg+xml"
DEGENERATE: Final = {
    Degenerate.NO_LESIONS: N_("no evaluable lesion yet"),
    Degenerate.ONE_PATIENT: N_("one patient only: no interval"),
    Degenerate.NONE_NON_VIABLE: N_("none non-viable: exact interval on patients"),
    Degenerate.ALL_NON_VIABLE: N_("all non-viable: exact interval on patients"),
    Degenerate.NO_VARIATION: N_("no variation between patients: exact interval on patients"),
}
SCOPES: Final = {
    Unknown.NOT_EVALUABLE: N_("not evaluable"),
    Unknown.AND_PENDING: N_("and pending"),
    Unknown.AND_UNDETERMINED: N_("and cDLM undetermined"),
}
SMALLEST_P: Final = 0.0001
CURVE_DAYS: Final = 180
SeesOutcomes = Annotated[SignedIn, Depends(opening(Action.SEE_OUTCOMES))]


@router.get("/endpoint")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: SeesOutcomes,
    study: StudyAsked = None,
    strategy: StrategyAsked = Strategy.CT_MRI,
    page: PageAsked = 1,
) -> Response:
    """Show the endpoint of one study over the patients the person may see; interim until the database is locked."""
    now, code = running.now(), study_of(who.actor, Action.SEE_OUTCOMES, study)
    note_access(session, who.actor, Access.ENDPOINT, code, now=now)
    found = endpoint(session, who.actor, study_code=code, as_of=now.date(), now=now)
    spoken = language_of(request, frame.who.language)
    common: dict[str, Any] = {
        "found": found,
        "table": found.table,
        "with_gaps": not sees_sites_only(who.actor),
        "may_cut": who.actor.may(Action.EXPORT_ENDPOINT, study_code=code),
        "may_see_agreement": who.actor.may(Action.SEE_AGREEMENT, study_code=code),
        "may_make_cuts": who.actor.may(Action.EXPORT_ENDPOINT, study_code=code),
    }
    if is_withheld(who.actor, found.table):
        return html(request, "endpoint_withheld.html", frame, **common, why=withheld_text(found.table))
    lanes = found.lanes(strategy)
    figures = {
        name.value: Markup(svg(figure_of(found, name, strategy, language=spoken, page=page), key=name, on_page=True))  # noqa: S704 - what it says is escaped where it is drawn
        for name in FigureName
    }
    return html(
        request,
        "endpoint.html",
        frame,
        **common,
        **_words(found),
        strategy=strategy,
        figures=figures,
        flow=found.flow(strategy),
        strata=found.strata(strategy),
        lanes=lanes,
        page=page,
        n_pages=swimmer_pages(len(lanes)),
        curve=_curve(found, strategy),
        excluded=_excluded(found.table),
        line=found.table.strategy(strategy),
        others=estimators(found.table.strategy(strategy), found.table.parameters),
        correlation=kept_sensitivity(found.table.strategy(strategy), found.table.parameters).intraclass_correlation,
    )


def _words(found: Endpoint) -> dict[str, Any]:
    """Return what templates of the endpoint say and link with."""
    study = found.definition.code

    def to(what: str, strategy: Strategy, **words: object) -> str:
        return lesions_address(study, Pick(strategy, **words), what)  # type: ignore[arg-type]  # words of the template

    return {
        "to": to,
        "to_part": lambda what, strategy, by, code, **words: lesions_address(
            study, _narrowed(stratum_pick(strategy, by, code), **words), what
        ),
        "part_label": lambda by, code: stratum_label(found, by, code),
        "by_labels": BY_LABELS,
        "By": By,
        "Level": Level,
        "TruthStatus": TruthStatus,
        "strategies": STRATEGY_LABELS,
        "sets": SET_LABELS,
        "signs": SIGN_LABELS,
        "reason_text": reason_text,
        "derivation": derivation_address,
        "drawn": {line.strategy: drawn(line) for line in found.table.strategies},
        "length": PLOT_LENGTH,
        "threshold_x": place(float(found.table.parameters.threshold)),
        "degenerate": DEGENERATE,
        "scopes": SCOPES,
        "lanes_a_page": LANES_A_PAGE,
        "percent": percent,
        "rounded": rounded,
        "p_value": p_value,
    }


def _narrowed(pick: Pick, *, level: Level | None = None, status: TruthStatus | None = None) -> Pick:
    return replace(pick, level=level, status=status)


def _excluded(table: EndpointTable) -> dict[TruthStatus, dict[str, dict[Strategy, int]]]:
    """Return how many lesions of each strategy's set are not in its denominator, by state and reason."""
    found: dict[TruthStatus, dict[str, dict[Strategy, int]]] = {}
    for line in table.strategies:
        for item in line.exclusions:
            found.setdefault(item.status, {}).setdefault(item.code, {})[line.strategy] = item.n
    return {status: dict(sorted(reasons.items())) for status, reasons in sorted(found.items())}


def _curve(found: Endpoint, strategy: Strategy) -> list[tuple[int, int, object]]:
    """Return the curves on some days: (day, lesions at risk, probabilities)."""
    curves, observations = found.curves(strategy), found.observations(strategy)
    horizon_days, level = found.definition.rules.outcome.horizon_days, float(found.table.parameters.interval_level)
    days = sorted({*range(CURVE_DAYS, curves.last_day + 1, CURVE_DAYS), horizon_days})
    return [(day, sum(item.day >= day for item in observations), at_horizon(curves, day, level=level)) for day in days]


def _file(name: FigureName) -> Callable[..., Response]:
    """Make the page of a figure as a file."""

    def give(
        request: Request,
        running: Running,
        session: Transaction,
        who: SeesOutcomes,
        study: StudyAsked = None,
        strategy: StrategyAsked = Strategy.CT_MRI,
        page: PageAsked = 1,
    ) -> Response:
        now, code = running.now(), study_of(who.actor, Action.SEE_OUTCOMES, study)
        found = shown_endpoint(session, who.actor, study_code=code, as_of=now.date(), now=now)
        note_access(session, who.actor, Access.ENDPOINT, code, now=now)
        drawing = figure_of(found, name, strategy, language=language_of(request, who.language), page=page)
        file = f"{code}-{name.value}-{strategy.value.replace('+', '-')}-{found.as_of}.svg"
        headers = {"content-disposition": f'attachment; filename="{file}"'}
        return Response(svg(drawing, key=name, on_page=False), media_type=SVG, headers=headers)

    return give


for _name in FigureName:
    router.get(f"/endpoint/figures/{_name.value}.svg")(_file(_name))


def p_value(value: float) -> str:
    """Return a p-value in four places, never as zero."""
    return f"< {SMALLEST_P}" if value < SMALLEST_P else str(rounded(value, 4))
