"""How long received images wait for the data centre's decision, by site."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from casebook.actions.series_verdicts import quality
from casebook.domain.actors import Action
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.quality import QualityOut, SiteTurnaroundOut, WaitOut
from services.api.spreadsheets import CSV

router = APIRouter(tags=["reports"])
Sees = Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))]
COLUMNS: Final = (
    "site",
    "patient",
    "timepoint",
    "received at (UTC)",
    "decided at (UTC)",
    "days",
    "limit, days",
    "over the limit",
)


@router.get("/api/v1/quality")
def show(running: Running, session: Transaction, who: Sees) -> QualityOut:
    """Return the turnaround by site, and the images behind it: those that wait first, the longest before others."""
    found = quality(session, who.actor, now=running.now())
    return QualityOut(
        sites=[SiteTurnaroundOut.model_validate(row) for row in found.sites],
        waits=[
            WaitOut(
                site=one.turnaround.site_code,
                subject=one.number,
                timepoint=one.timepoint,
                received_at=one.received_at,
                decided_at=one.decided_at,
                days=round(one.turnaround.days, 2),
                limit_days=one.turnaround.limit_days,
                is_late=one.turnaround.is_late,
            )
            for one in found.waits
        ],
    )


@router.get(
    "/api/v1/quality.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def as_csv(running: Running, session: Transaction, who: Sees) -> Response:
    """Return the images behind the turnaround as CSV, one row for each decision and each wait."""
    rows = [
        (
            one.turnaround.site_code,
            one.number,
            one.timepoint,
            one.received_at.isoformat(timespec="seconds"),
            one.decided_at.isoformat(timespec="seconds") if one.decided_at else "",
            f"{one.turnaround.days:.2f}",
            one.turnaround.limit_days,
            "yes" if one.turnaround.is_late else "no",
        )
        for one in quality(session, who.actor, now=running.now()).waits
    ]
    headers = {"Content-Disposition": 'attachment; filename="image-check-turnaround.csv"'}
    return Response(BYTE_ORDER_MARK + csv_lines([COLUMNS, *rows]), media_type=CSV, headers=headers)
