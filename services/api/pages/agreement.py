"""How far central readers agree: estimates drawn with their intervals, and the cross-tables behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.agreement import MEASURES, Compared, agreement_report
from casebook.domain.actors import Action
from casebook.stats.agreement import Coefficient
from casebook.stats.agreement_report import Gap, MeasuredAgreement
from casebook.stats.rounding import percent, rounded
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.pages.words import N_

router = APIRouter()
LOWEST: Final = -0.5
"""Where the drawn scale begins; chance-corrected agreement below it is drawn at its end."""
PLOT_LENGTH: Final = 240
"""Of the drawn scale from `LOWEST` to 1."""
TITLES: Final = {
    Compared.BETWEEN: N_("Two readers of a case"),
    Compared.WITHIN: N_("The same reader, twice"),
}
ROWS: Final = {
    Compared.BETWEEN: (N_("reader 1"), N_("reader 2")),
    Compared.WITHIN: (N_("first time"), N_("repeat")),
}
COEFFICIENTS: Final = {Coefficient.RAW: N_("Raw"), Coefficient.KAPPA: "κ", Coefficient.AC1: "AC1"}
GAPS: Final = {
    Gap.ONE_PATIENT: N_("one patient only: no interval"),
    Gap.NO_VARIATION: N_("no patient differs: no interval"),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A coefficient in words and on the scale of the drawing; None where there is none."""

    coefficient: Coefficient
    said: str
    interval: str | None
    point: int | None
    lower: int | None
    upper: int | None


@router.get("/agreement")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_AGREEMENT))],
    study: StudyAsked = None,
    timepoint: Annotated[str | None, Query(max_length=50)] = None,
) -> Response:
    """Show agreement at a timepoint of a study; unknown to blinded roles."""
    code, now = study_of(who.actor, Action.SEE_AGREEMENT, study), running.now()
    found = agreement_report(session, who.actor, study_code=code, timepoint=timepoint, now=now)
    note_access(session, who.actor, Access.ENDPOINT, "agreement", now=now)
    return page(
        request,
        "agreement.html",
        frame,
        found=found,
        study=study,
        measures=MEASURES,
        titles=TITLES,
        rows=ROWS,
        coefficients=COEFFICIENTS,
        gaps=GAPS,
        drawn=drawn,
        length=PLOT_LENGTH,
        ticks={value: place(value) for value in (0.0, 0.5, 1.0)},
        percent=percent,
    )


def drawn(measured: MeasuredAgreement) -> list[Drawn]:
    """Say and place the three coefficients."""
    estimate = measured.estimate
    values: Mapping[Coefficient, float | None] = {
        Coefficient.RAW: estimate.raw,
        Coefficient.KAPPA: estimate.kappa,
        Coefficient.AC1: estimate.ac1,
    }
    return [_drawn(coefficient, value, measured) for coefficient, value in values.items()]


def _drawn(coefficient: Coefficient, value: float | None, measured: MeasuredAgreement) -> Drawn:
    interval = measured.intervals[coefficient]
    return Drawn(
        coefficient=coefficient,
        said="–" if value is None else said(coefficient, value),
        interval=f"{said(coefficient, interval.lower)} – {said(coefficient, interval.upper)}" if interval else None,
        point=None if value is None else place(value),
        lower=place(interval.lower) if interval else None,
        upper=place(interval.upper) if interval else None,
    )


def said(coefficient: Coefficient, value: float) -> str:
    """Return raw agreement as a share, the others in two places."""
    return percent(value) if coefficient is Coefficient.RAW else str(rounded(value, 2)).replace("-", "−")


def place(value: float) -> int:
    """Return where a value lies on the drawn scale."""
    return round((max(value, LOWEST) - LOWEST) / (1 - LOWEST) * PLOT_LENGTH)
