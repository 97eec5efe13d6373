"""What an adjudicator settles: their list, two reads side by side without names, choices, and the signed decision."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Response

from casebook.actions import adjudicating
from casebook.actions.access_log import Access, note_access
from casebook.actions.reading_report import store_report
from casebook.domain.actors import Action
from casebook.domain.central.adjudication import Chosen
from casebook.domain.errors import NotAuthenticated
from casebook.store.accounts import SignedIn
from services.api import adjudication_views
from services.api.dependencies import Running, Transaction, doing
from services.api.problems import ProblemResponse, problem, status_of
from services.api.schemas.adjudications import Adjudication, Adjudications, ChoiceIn, DecisionIn
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/adjudications", tags=["adjudications"])

Adjudicates = Annotated[SignedIn, Depends(doing(Action.ADJUDICATE))]
IfMatch = Annotated[str, Header(description='the adjudication\'s version, as "7"', alias="If-Match")]
Label = Annotated[str, Path(pattern=r"^[A-Z][1-9][0-9]{0,2}$", description="a disputed lesion, as L3 or N1")]


@router.get("")
def list_own(session: Transaction, who: Adjudicates) -> Adjudications:
    """Return what the actor is to settle, and what they settled a short while ago."""
    lines = adjudicating.list_adjudications(session, who)
    return Adjudications(adjudications=[adjudication_views.row(line) for line in lines])


@router.get("/{adjudication_id}")
def show(
    running: Running, session: Transaction, who: Adjudicates, adjudication_id: UUID, response: Response
) -> Adjudication:
    """Return both reads, neither with a name, and the lesions they do not agree on first."""
    opened = adjudicating.open_adjudication(session, who, adjudication_id=adjudication_id)
    subject_id = opened.item.subject.id
    note_access(session, who.actor, Access.CASE, opened.timepoint.code, subject_id=subject_id, now=running.now())
    response.headers["ETag"] = f'"{opened.item.row.version}"'
    return adjudication_views.adjudication(opened)


@router.put("/{adjudication_id}/choices/{label}")
def choose(
    session: Transaction, who: Adjudicates, adjudication_id: UUID, label: Label, if_match: IfMatch, body: ChoiceIn
) -> Adjudication:
    """Save what is chosen for one disputed lesion, in place of an earlier choice."""
    opened = adjudicating.choose(
        session,
        who,
        adjudication_id=adjudication_id,
        label=label,
        chosen=Chosen(body.choice, body.third, body.comment),
        version=version_of(if_match),
    )
    return adjudication_views.adjudication(opened)


@router.post("/{adjudication_id}/decide", response_model=Adjudication)
def decide(
    running: Running,
    session: Transaction,
    who: Adjudicates,
    adjudication_id: UUID,
    if_match: IfMatch,
    body: DecisionIn,
) -> Adjudication | ProblemResponse:
    """Make the read that counts from the choices, signed with the password given again."""
    opened = adjudicating.decide(
        session,
        who,
        adjudication_id=adjudication_id,
        password=body.password,
        meaning=body.meaning,
        version=version_of(if_match),
        now=running.now(),
    )
    if opened is None:
        error = NotAuthenticated("The password is wrong; nothing was signed.", field="password")
        return problem(status_of(error), error.message, code="wrong-password")
    result = adjudicating.result_of(session, opened)
    store_report(session, running.archive, result, key=running.settings.key, now=running.now())
    return adjudication_views.adjudication(opened)
