"""Deliveries of images: the list, and one with what became of every file and every element."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy.orm import Session

from casebook.actions.receipts import outcomes_of
from casebook.actions.studies import definition_of
from casebook.dicom.deidentification import SubmissionReport
from casebook.dicom.deidentification.report import Outcome
from casebook.dicom.deidentification.submission_report import ReportRow
from casebook.domain.actors import Action
from casebook.domain.quarantine_reasons import advice_to_sender
from casebook.domain.texts import Text
from casebook.store import received
from casebook.store.accounts import SignedIn
from casebook.store.received import SetAsideRow, SubmissionRow
from services.api.dependencies import Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page

router = APIRouter()
SeesRegistry = Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))]
MOST_LISTED: Final = 200
LARGEST_NUMBER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery of the list."""

    row: SubmissionRow
    timepoint: Text
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reason:
    """Files of a delivery that were set aside for one reason."""

    code: str
    message: str
    state: str
    files: tuple[SetAsideRow, ...]

    @property
    def went_into(self) -> list[int]:
        """The numbers of the deliveries that took some of them after a decision."""
        return sorted({item.went_into for item in self.files if item.went_into is not None})

    @property
    def n_bytes(self) -> int:
        """All of them together."""
        return sum(item.n_bytes for item in self.files)


@router.get("/submissions")
def list_all(request: Request, session: Transaction, frame: InFrame, who: SeesRegistry) -> Response:
    """List the newest deliveries."""
    rows = received.submissions(session, who.actor, limit=MOST_LISTED)
    counts = outcomes_of(session, [row.id for row in rows])
    lines = [Line(row, _timepoint(session, row), counts[row.id]) for row in rows]
    return page(
        request,
        "submissions.html",
        frame,
        lines=lines,
        most=MOST_LISTED,
        may_send=who.actor.may(Action.SUBMIT_IMAGES),
        may_decide=who.actor.may(Action.DECIDE_QUARANTINE),
        n_held=next((link.n_waiting for link in frame.links if link.path == "/submissions"), 0),
    )


@router.get("/submissions/{number}")
def show(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: SeesRegistry,
    number: Annotated[int, Path(ge=1, le=LARGEST_NUMBER)],
) -> Response:
    """Show one delivery; 404 for those of other sites."""
    row = received.submission(session, who.actor, number=number)
    stored = received.report(session, row.id)
    report = SubmissionReport.from_json(stored) if stored else None
    return page(
        request,
        "submission.html",
        frame,
        row=row,
        timepoint=_timepoint(session, row),
        outcomes=outcomes_of(session, [row.id])[row.id],
        reasons=_by_reason(received.set_aside(session, row.id)),
        advice=advice_to_sender,
        may_decide=who.actor.may(Action.DECIDE_QUARANTINE),
        report=report,
        elements=_by_outcome(report) if report else {},
    )


def _timepoint(session: Session, row: SubmissionRow) -> Text:
    return definition_of(session, row.study_version_id).timepoint(row.timepoint).label


def _by_outcome(report: SubmissionReport) -> Mapping[Outcome, Sequence[ReportRow]]:
    """Return the elements with what stays first, and of those the ones with texts to look at."""
    found: dict[Outcome, list[ReportRow]] = {}
    for row in sorted(report.rows(), key=lambda row: not row.values):
        found.setdefault(row.outcome, []).append(row)
    return {outcome: found[outcome] for outcome in Outcome if outcome in found}


def _by_reason(rows: Sequence[SetAsideRow]) -> list[Reason]:
    groups: dict[tuple[str, str, str, str | None], list[SetAsideRow]] = {}
    for row in rows:
        groups.setdefault((row.reason_code, row.message, row.state, row.decision_reason), []).append(row)
    return [Reason(code, message, state, tuple(files)) for (code, message, state, _), files in groups.items()]
