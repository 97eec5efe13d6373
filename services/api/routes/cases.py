"""The worklist, a case, and the read beside it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from pydantic import Field

from casebook.actions import reads
from casebook.actions.access_log import Access, note_access
from casebook.actions.cases import list_cases, open_case
from casebook.domain.actors import Action
from casebook.domain.errors import NotAuthenticated
from casebook.domain.imaging import ReadingSequence
from casebook.store.accounts import SignedIn
from services.api import case_views
from services.api.dependencies import Running, Transaction, doing
from services.api.problems import ProblemResponse, problem, status_of
from services.api.schemas.cases import Case, CaseRead, Cases, Finding, FindingIn, FindingSaved
from services.api.schemas.sent import Sent, shown_as
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

SeesCases = Annotated[SignedIn, Depends(doing(Action.SEE_CASES))]
IfMatch = Annotated[str, Header(description='the read\'s version, as "7"', alias="If-Match")]


class SignatureIn(Sent):
    """What signing needs."""

    model_config = shown_as(password="casebook-demo", meaning="I read these images")  # noqa: S106 - an example

    password: Annotated[str, Field(max_length=10_000)]
    meaning: Annotated[str, Field(min_length=1, max_length=200)]


@router.get("")
def list_all(running: Running, session: Transaction, who: SeesCases) -> Cases:
    """Return the cases the actor may open."""
    return Cases(cases=[case_views.case_row(row) for row in list_cases(session, who, key=running.settings.key)])


@router.get("/{subject_id}/{timepoint}")
def show(running: Running, session: Transaction, who: SeesCases, subject_id: UUID, timepoint: str) -> Case:
    """Return everything the viewer needs to open the case."""
    key = running.settings.key
    opened = open_case(session, who, subject_id=subject_id, timepoint_code=timepoint, key=key)
    note_access(session, who.actor, Access.CASE, timepoint, subject_id=subject_id, now=running.now())
    return case_views.case(opened)


@router.put("/{subject_id}/{timepoint}/findings/{lesion_id}/{sequence}")
def save(
    running: Running,
    session: Transaction,
    who: SeesCases,
    subject_id: UUID,
    timepoint: str,
    lesion_id: UUID,
    sequence: ReadingSequence,
    if_match: IfMatch,
    body: FindingIn,
) -> FindingSaved:
    """Save the verdict on one lesion and sequence in the actor's own draft."""
    saved = reads.save_finding(
        session,
        who,
        subject_id=subject_id,
        timepoint_code=timepoint,
        lesion_id=lesion_id,
        sequence=sequence,
        verdict=_verdict(body),
        version=version_of(if_match),
        now=running.now(),
    )
    finding = Finding(lesion_id=lesion_id, sequence=sequence, **body.model_dump())
    return FindingSaved(version=saved.version, saved_at=saved.saved_at, finding=finding)


@router.delete("/{subject_id}/{timepoint}/findings/{lesion_id}/{sequence}")
def clear(
    running: Running,
    session: Transaction,
    who: SeesCases,
    subject_id: UUID,
    timepoint: str,
    lesion_id: UUID,
    sequence: ReadingSequence,
    if_match: IfMatch,
) -> CaseRead:
    """Take a verdict back."""
    reads.save_finding(
        session,
        who,
        subject_id=subject_id,
        timepoint_code=timepoint,
        lesion_id=lesion_id,
        sequence=sequence,
        verdict=None,
        version=version_of(if_match),
        now=running.now(),
    )
    return _read_again(running, session, who, subject_id, timepoint)


@router.post("/{subject_id}/{timepoint}/sign", response_model=CaseRead)
def sign(
    running: Running,
    session: Transaction,
    who: SeesCases,
    subject_id: UUID,
    timepoint: str,
    if_match: IfMatch,
    body: SignatureIn,
) -> CaseRead | ProblemResponse:
    """Lock the read with the password given again."""
    signed = reads.sign_read(
        session,
        who,
        subject_id=subject_id,
        timepoint_code=timepoint,
        password=body.password,
        meaning=body.meaning,
        version=version_of(if_match),
        now=running.now(),
    )
    if not signed:
        error = NotAuthenticated("The password is wrong; nothing was signed.", field="password")
        return problem(status_of(error), error.message, code="wrong-password")
    return _read_again(running, session, who, subject_id, timepoint)


def _read_again(running: Running, session: Transaction, who: SignedIn, subject_id: UUID, timepoint: str) -> CaseRead:
    opened = open_case(session, who, subject_id=subject_id, timepoint_code=timepoint, key=running.settings.key)
    read = case_views.case(opened).read
    assert read is not None
    return read


def _verdict(body: FindingIn) -> reads.Verdict:
    places = body.model_dump(mode="json", include=set(FindingIn.JUDGED_ON), exclude_none=True)
    return reads.Verdict(
        visibility=body.visibility,
        diameter_mm=body.diameter_mm,
        not_evaluable_reason=body.not_evaluable_reason,
        confidence=body.confidence,
        judged_on=places or None,
        comment=body.comment,
    )
