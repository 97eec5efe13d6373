"""The endpoint as the data give it today: estimates by strategy, their intervals drawn, and what could change them."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.endpoint import endpoint
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.outcome.truth import Truth
from casebook.domain.texts import Text
from casebook.stats.clustered import Degenerate
from casebook.stats.endpoint import EndpointTable, StrategyEstimate
from casebook.stats.intervals import Interval
from casebook.stats.rounding import percent, rounded
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page
from services.api.pages.words import N_

router = APIRouter()
PLOT_LENGTH: Final = 220
"""Of the drawn scale from 0 % to 100 %."""
DEGENERATE: Final = {
    Degenerate.NO_LESIONS: N_("no evaluable lesion yet"),
    Degenerate.ONE_PATIENT: N_("one patient only: no interval"),
    Degenerate.NONE_NON_VIABLE: N_("none non-viable: exact interval on patients"),
    Degenerate.ALL_NON_VIABLE: N_("all non-viable: exact interval on patients"),
    Degenerate.NO_VARIATION: N_("no variation between patients: exact interval on patients"),
}
SCOPES: Final = {
    "not-evaluable": N_("not evaluable"),
    "and-pending": N_("and pending"),
    "and-undetermined": N_("and cDLM undetermined"),
}
FOLLOW_UP_RUNS: Final = Text("follow-up not complete", "追跡期間が未了")
SMALLEST_P: Final = 0.0001


@dataclass(frozen=True, slots=True)
class Drawn:
    """An estimate on the scale of the drawing; None where there is none."""

    point: int | None
    lower: int | None
    upper: int | None


@router.get("/endpoint")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_OUTCOMES))],
    study: Annotated[str | None, Query(max_length=50)] = None,
) -> Response:
    """Show the table of one study over the patients the person may see; interim until the database is locked."""
    codes = sorted({grant.study_code for grant in who.actor.grants_for(Action.SEE_OUTCOMES)})
    if study is not None and study not in codes:
        raise NotFound("There is no such study.", field="study")
    now = running.now()
    note_access(session, who.actor, Access.ENDPOINT, study or codes[0], now=now)
    found = endpoint(session, who.actor, study_code=study or codes[0], as_of=now.date(), now=now)
    return page(
        request,
        "endpoint.html",
        frame,
        found=found,
        table=found.table,
        is_withheld=is_withheld(who.actor, found.table),
        may_see_agreement=who.actor.may(Action.SEE_AGREEMENT, study_code=found.definition.code),
        length=PLOT_LENGTH,
        drawn={line.strategy: drawn(line) for line in found.table.strategies},
        threshold_x=_place(float(found.table.parameters.threshold)),
        degenerate=DEGENERATE,
        scopes=SCOPES,
        reasons={row.outcome.truth.reason.code: reason_text(row.outcome.truth) for row in found.rows},
        percent=percent,
        p_value=p_value,
    )


def is_withheld(actor: Actor, table: EndpointTable) -> bool:
    """Whether a site asks about too few of its own patients to be told a share."""
    is_site_only = all(grant.role.is_site_role for grant in actor.grants_for(Action.SEE_OUTCOMES))
    return is_site_only and table.n_patients < table.parameters.feedback_min_subjects


def reason_text(truth: Truth) -> Text:
    """Return why a lesion's truth is not known, without the days that differ between lesions."""
    return FOLLOW_UP_RUNS if truth.days_to_go is not None else truth.reason.text


def drawn(line: StrategyEstimate) -> Drawn:
    """Place the estimate and its interval on the scale."""
    interval: Interval | None = line.interval
    return Drawn(
        point=None if line.estimate.p is None else _place(line.estimate.p),
        lower=_place(interval.lower) if interval else None,
        upper=_place(interval.upper) if interval else None,
    )


def _place(share: float) -> int:
    return round(share * PLOT_LENGTH)


def p_value(value: float) -> str:
    """Return a p-value in four places, never as zero."""
    return f"< {SMALLEST_P}" if value < SMALLEST_P else str(rounded(value, 4))
