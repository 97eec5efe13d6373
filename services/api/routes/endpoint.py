"""The endpoint as the data give it today: report, dataset, the lesions behind each number, figures."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.endpoint import Endpoint, endpoint, sees_sites_only, shown_endpoint
from casebook.actions.endpoint_json import record, report_json
from casebook.actions.endpoint_lists import list_lesions, list_patients
from casebook.domain.actors import Action
from casebook.domain.endpoint.picks import fate_of
from casebook.domain.endpoint.places import DATA_WITHDRAWN
from casebook.domain.endpoint.records import Pair
from casebook.domain.endpoint.words import FATE_NAMES
from casebook.domain.outcome import Strategy
from casebook.domain.texts import Language
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.endpoint_asked import PageAsked, Picked, StrategyAsked
from services.api.figures.endpoint import FigureName, figure_of
from services.api.figures.shapes import svg
from services.api.schemas.endpoint import (
    EndpointLesionOut,
    EndpointLesionsOut,
    EndpointOut,
    EndpointPatientOut,
    EndpointPatientsOut,
    EndpointReportOut,
)
from services.api.schemas.sent import Day

router = APIRouter(prefix="/api/v1/studies/{study}/endpoint", tags=["endpoint"])
SeesOutcomes = Annotated[SignedIn, Depends(doing(Action.SEE_OUTCOMES))]
SVG: Final = "image/svg+xml"
DRAWN: Final[Mapping[FigureName, str]] = {
    FigureName.FLOW: "the flow from registered patients to evaluable lesions",
    FigureName.FOREST: "the estimates of strategies and parts with their intervals",
    FigureName.SWIMMER: "the courses of lesions left in place, fifty on a page",
    FigureName.CURVES: "the time to recurrence at the site",
}


@router.get("")
def show(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.EXPORT_ENDPOINT))],
    study: str,
    as_of: Day | None = None,
) -> EndpointOut:
    """Return the report with one row per lesion; interim until the database is locked."""
    now = running.now()
    found = endpoint(session, who.actor, study_code=study, as_of=as_of or now.date(), now=now)
    note_access(session, who.actor, Access.ENDPOINT, study, now=now)
    rows = [record(row, found) for row in found.rows]
    return EndpointOut(**report_json(found, with_gaps=not sees_sites_only(who.actor)), rows=rows)


@router.get("/report")
def report(
    running: Running, session: Transaction, who: SeesOutcomes, study: str, as_of: Day | None = None
) -> EndpointReportOut:
    """Return what the page shows: table, parts, flow, courses, curves.

    Refused to a site with too few patients of its own.
    """
    found = _shown(running, session, who, study, as_of)
    return EndpointReportOut(**report_json(found, with_gaps=not sees_sites_only(who.actor)))


@router.get("/lesions")
def lesions(
    running: Running,
    session: Transaction,
    who: SeesOutcomes,
    study: str,
    pick: Picked,
    page: PageAsked = 1,
    as_of: Day | None = None,
) -> EndpointLesionsOut:
    """Return the lesions behind a number, by the words of the page's own links; those of the set by default."""
    found = list_lesions(_shown(running, session, who, study, as_of), pick, page=page)
    return EndpointLesionsOut(
        n=found.n,
        n_patients=found.n_patients,
        page=found.page,
        n_pages=found.n_pages,
        rows=[_lesion(pair) for pair in found.rows],
    )


def _lesion(pair: Pair) -> EndpointLesionOut:
    patient, lesion = pair
    known = {"patient": patient.number, "site": patient.site, "lesion": lesion.label}
    if patient.left == DATA_WITHDRAWN:
        return EndpointLesionOut(**known, withdrawn=True)
    truth = lesion.outcome.truth
    found = {
        "segment": lesion.segment,
        "cdlm": lesion.cdlm.reason,
        "fate": FATE_NAMES[fate_of(lesion)],
        "status": truth.status.value,
        "reason": truth.reason.code,
        "outcome": lesion.outcome.reason.text,
        "reference_standard": truth.reference_standard.value if truth.reference_standard else None,
    }
    return EndpointLesionOut.model_validate({**known, **found, "withdrawn": False})


@router.get("/patients")
def patients(
    running: Running,
    session: Transaction,
    who: SeesOutcomes,
    study: str,
    pick: Picked,
    page: PageAsked = 1,
    as_of: Day | None = None,
) -> EndpointPatientsOut:
    """Return the patients behind a number of patients, by the words of the page's own links."""
    found = list_patients(_shown(running, session, who, study, as_of), pick, page=page)
    return EndpointPatientsOut(
        n=found.n,
        page=found.page,
        n_pages=found.n_pages,
        rows=[
            EndpointPatientOut(
                patient=one.number, site=one.site, country=one.country, n_listed=len(one.lesions), n_lesions=n
            )
            for one, n in found.rows
        ],
    )


def _drawing(name: FigureName) -> Callable[..., Response]:
    """Make the route of a figure."""

    def draw(
        running: Running,
        session: Transaction,
        who: SeesOutcomes,
        study: str,
        strategy: StrategyAsked = Strategy.CT_MRI,
        lang: Annotated[Language, Query()] = "en",
        page: PageAsked = 1,
        as_of: Day | None = None,
    ) -> Response:
        found = _shown(running, session, who, study, as_of)
        drawn = figure_of(found, name, strategy, language=lang, page=page)
        return Response(svg(drawn, key=name, on_page=False), media_type=SVG)

    draw.__doc__ = f"Return a figure for print: {DRAWN[name]}."
    draw.__name__ = name.value
    return draw


for _name in FigureName:
    router.get(f"/figures/{_name.value}.svg", response_class=Response, responses={200: {"content": {SVG: {}}}})(
        _drawing(_name)
    )


def _shown(running: Running, session: Transaction, who: SignedIn, study: str, as_of: Day | None) -> Endpoint:
    now = running.now()
    found = shown_endpoint(session, who.actor, study_code=study, as_of=as_of or now.date(), now=now)
    note_access(session, who.actor, Access.ENDPOINT, study, now=now)
    return found
