"""The worklist, a case, and the read beside it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from casebook.actions import read_extras, reading_report, reads
from casebook.actions.access_log import Access, note_access
from casebook.actions.case_list import list_cases
from casebook.actions.cases import open_case
from casebook.domain.errors import Invalid, NotAuthenticated
from casebook.domain.imaging import Judged
from casebook.store.accounts import SignedIn
from services.api import case_views
from services.api.dependencies import Running, Transaction
from services.api.drafts import Draft, NamedDraft, SeesCases, saved
from services.api.problems import ProblemResponse, problem, status_of
from services.api.schemas.cases import (
    Case,
    CaseRead,
    Cases,
    Finding,
    FindingIn,
    FindingSaved,
    KeyImageIn,
    NewLesionIn,
    ReadSaved,
)
from services.api.schemas.sent import Sent, shown_as

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


class SignatureIn(Sent):
    """What signing needs."""

    model_config = shown_as(password="casebook-demo", meaning="I read these images")  # noqa: S106 - an example

    password: Annotated[str, Field(max_length=10_000)]
    meaning: Annotated[str, Field(min_length=1, max_length=200)]


class ReopeningIn(Sent):
    """Why a signed read is opened again."""

    model_config = shown_as(reason="L3 and L4 were mixed up")

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


Label = Annotated[str, Path(pattern=r"^N[1-9][0-9]?$", description="the new lesion's label within the read: N1, N2")]
SopUid = Annotated[str, Path(max_length=64, pattern=r"^[0-9]+(\.[0-9]+)*$")]
Frame = Annotated[int, Path(ge=1, le=1_000_000)]


@router.get("")
def list_all(running: Running, session: Transaction, who: SeesCases) -> Cases:
    """Return the cases the actor may open."""
    return Cases(cases=[case_views.case_row(row) for row in list_cases(session, who, key=running.settings.key)])


@router.get("/{case_id}/{timepoint}")
def show(running: Running, session: Transaction, who: SeesCases, case_id: UUID, timepoint: str) -> Case:
    """Return everything the viewer needs to open the case."""
    key = running.settings.key
    opened = open_case(session, who, case_id=case_id, timepoint_code=timepoint, key=key)
    note_access(session, who.actor, Access.CASE, timepoint, subject_id=opened.subject_id, now=running.now())
    return case_views.case(opened)


@router.put("/{case_id}/{timepoint}/findings/{lesion_id}/{judged}")
def save(draft: Draft, lesion_id: UUID, judged: Judged, body: FindingIn) -> FindingSaved:
    """Save the verdict on one lesion and sequence (or all together) in the actor's own draft."""
    kept = reads.save_finding(
        draft.session,
        draft.who,
        case_id=draft.case_id,
        timepoint_code=draft.timepoint,
        lesion_id=lesion_id,
        judged=judged,
        verdict=_verdict(body),
        version=draft.version,
        now=draft.now,
    )
    finding = Finding(lesion_id=lesion_id, sequence=judged, **body.model_dump())
    return FindingSaved(version=kept.version, saved_at=kept.saved_at, finding=finding)


@router.delete("/{case_id}/{timepoint}/findings/{lesion_id}/{judged}")
def clear(draft: Draft, lesion_id: UUID, judged: Judged) -> ReadSaved:
    """Take a verdict back."""
    return saved(
        reads.save_finding(
            draft.session,
            draft.who,
            case_id=draft.case_id,
            timepoint_code=draft.timepoint,
            lesion_id=lesion_id,
            judged=judged,
            verdict=None,
            version=draft.version,
            now=draft.now,
        )
    )


@router.put("/{case_id}/{timepoint}/new-lesions/{label}")
def save_new_lesion(draft: Draft, label: Label, body: NewLesionIn) -> ReadSaved:
    """Save a lesion that the baseline list does not have, in the actor's own draft."""
    own = {"segment", "diameter_mm", "sequence", "confidence", "comment"}
    seen = read_extras.SeenLesion(
        **body.model_dump(include=own), judged_on=body.model_dump(mode="json", exclude=own, exclude_none=True)
    )
    return _put_new_lesion(draft, label, seen)


@router.delete("/{case_id}/{timepoint}/new-lesions/{label}")
def take_back_new_lesion(draft: Draft, label: Label) -> ReadSaved:
    """Take a new lesion back."""
    return _put_new_lesion(draft, label, None)


@router.put("/{case_id}/{timepoint}/key-images/{sop_instance_uid}/{frame}")
def keep_image(draft: Draft, sop_instance_uid: SopUid, frame: Frame, body: KeyImageIn) -> ReadSaved:
    """Keep an image with the actor's own draft. Raises Invalid where body and address name different images."""
    if (body.sop_instance_uid, body.frame) != (sop_instance_uid, frame):
        raise Invalid("The body names another image than the address.", field="sop_instance_uid")
    image = read_extras.ImageOfNote(**body.model_dump())
    return _put_key_image(draft, image, is_kept=True)


@router.delete("/{case_id}/{timepoint}/key-images/{sop_instance_uid}/{frame}")
def drop_image(draft: Draft, sop_instance_uid: SopUid, frame: Frame) -> ReadSaved:
    """Keep an image no longer."""
    image = read_extras.ImageOfNote("", sop_instance_uid, frame)
    return _put_key_image(draft, image, is_kept=False)


@router.post("/{case_id}/{timepoint}/steps/{step}/lock")
def lock_step(draft: Draft, step: str) -> ReadSaved:
    """Lock the open step; the next one opens with its images."""
    return saved(
        reads.lock_step(
            draft.session,
            draft.who,
            case_id=draft.case_id,
            timepoint_code=draft.timepoint,
            step=step,
            version=draft.version,
            now=draft.now,
        )
    )


@router.post("/{case_id}/{timepoint}/sign", response_model=CaseRead)
def sign(running: Running, draft: Draft, body: SignatureIn) -> CaseRead | ProblemResponse:
    """Lock the read with the password given again."""
    signed = reads.sign_read(
        draft.session,
        draft.who,
        case_id=draft.case_id,
        timepoint_code=draft.timepoint,
        password=body.password,
        meaning=body.meaning,
        version=draft.version,
        now=draft.now,
    )
    if signed is None:
        error = NotAuthenticated("The password is wrong; nothing was signed.", field="password")
        return problem(status_of(error), error.message, code="wrong-password")
    reading_report.store_report(draft.session, running.archive, signed, key=running.settings.key, now=draft.now)
    return _read_again(running, draft.session, draft.who, draft.case_id, draft.timepoint)


@router.post("/{case_id}/{timepoint}/reopen")
def reopen(
    running: Running, session: Transaction, who: SeesCases, case_id: UUID, timepoint: str, body: ReopeningIn
) -> CaseRead:
    """Begin a new version of one's own signed read, with a reason."""
    reads.reopen_read(session, who, case_id=case_id, timepoint_code=timepoint, reason=body.reason, now=running.now())
    return _read_again(running, session, who, case_id, timepoint)


def _put_new_lesion(draft: NamedDraft, label: str, seen: read_extras.SeenLesion | None) -> ReadSaved:
    return saved(
        read_extras.put_new_lesion(
            draft.session,
            draft.who,
            case_id=draft.case_id,
            timepoint_code=draft.timepoint,
            label=label,
            seen=seen,
            version=draft.version,
            now=draft.now,
        )
    )


def _put_key_image(draft: NamedDraft, image: read_extras.ImageOfNote, *, is_kept: bool) -> ReadSaved:
    return saved(
        read_extras.put_key_image(
            draft.session,
            draft.who,
            case_id=draft.case_id,
            timepoint_code=draft.timepoint,
            image=image,
            is_kept=is_kept,
            version=draft.version,
            now=draft.now,
        )
    )


def _read_again(running: Running, session: Transaction, who: SignedIn, case_id: UUID, timepoint: str) -> CaseRead:
    opened = open_case(session, who, case_id=case_id, timepoint_code=timepoint, key=running.settings.key)
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
        signal=body.signal,
        adc=body.adc.model_dump(mode="json") if body.adc else None,
        judged_on=places or None,
        comment=body.comment,
    )
