"""One site: its papers, recorded, corrected and revoked; its people; closed and opened again."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from fastapi.datastructures import FormData
from starlette.datastructures import UploadFile

from casebook.actions import site_papers as papers
from casebook.actions.site_papers import ApprovalFacts, Letter, QualificationFacts
from casebook.actions.sites import close_site, reopen_site
from casebook.domain.activation import Qualification
from casebook.domain.actors import Action
from casebook.domain.errors import Invalid
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import sent_form
from services.api.letters import handed_out
from services.api.pages.access import opening
from services.api.pages.attempts import day, text
from services.api.pages.site_desk import Desk, uuid_of

router = APIRouter(prefix="/sites/{site}")
Sees = Annotated[SignedIn, Depends(opening(Action.SEE_SITES))]
Manages = Annotated[SignedIn, Depends(opening(Action.MANAGE_SITES))]
Posted = Annotated[FormData, Depends(sent_form)]
REQUIRED: Final = Text("An answer is required.", "入力が必要です。")

AtDesk = Annotated[Desk, Depends(Desk)]


@router.get("")
def show(desk: AtDesk, _who: Sees) -> Response:
    """Show the site; 404 for those of others."""
    return desk.shown()


@router.post("/approvals")
def record_approval(desk: AtDesk, who: Manages, posted: Posted) -> Response:
    """Record an approval, with its letter where one is attached."""

    def act() -> None:
        row = papers.record_approval(desk.session, who.actor, **desk.place, facts=_approved(posted))
        letter = _letter(posted)
        if letter is not None:
            papers.attach_letter(
                desk.session,
                who.actor,
                desk.running.archive,
                **desk.place,
                approval_id=row.id,
                letter=letter,
                version=row.version,
            )

    return desk.acted(act, "recorded", form="approval", sent=posted)


@router.get("/approvals/{approval_id}")
def show_approval(desk: AtDesk, _who: Manages, approval_id: str) -> Response:
    """Show an approval with the forms to correct and to revoke it."""
    return desk.paper(desk.approval(approval_id))


@router.post("/approvals/{approval_id}")
def change_approval(desk: AtDesk, who: Manages, posted: Posted, approval_id: str) -> Response:
    """Correct an approval, with a reason."""
    row = desk.approval(approval_id)

    def act() -> None:
        papers.change_approval(
            desk.session,
            who.actor,
            **desk.place,
            approval_id=row.id,
            facts=_approved(posted),
            version=_version(posted),
            reason=text(posted, "change_reason"),
        )

    return desk.acted_on(row, act, "changed", form="facts", sent=posted)


@router.post("/approvals/{approval_id}/revoke")
def revoke_approval(desk: AtDesk, who: Manages, posted: Posted, approval_id: str) -> Response:
    """End an approval from a day on, or take that back, with a reason."""
    row = desk.approval(approval_id)

    def act() -> None:
        papers.revoke_approval(
            desk.session,
            who.actor,
            **desk.place,
            approval_id=row.id,
            revoked_on=_revoked_on(posted),
            version=_version(posted),
            reason=text(posted, "change_reason"),
        )

    return desk.acted_on(row, act, "changed" if _is_taken_back(posted) else "revoked", form="revoke", sent=posted)


@router.get("/approvals/{approval_id}/letter")
def letter(desk: AtDesk, who: Sees, approval_id: str) -> Response:
    """Hand out the committee's letter as a file."""
    archive = desk.running.archive
    return handed_out(
        papers.read_letter(desk.session, who.actor, archive, **desk.place, approval_id=uuid_of(approval_id))
    )


@router.post("/approvals/{approval_id}/letter")
def attach_letter(desk: AtDesk, who: Manages, posted: Posted, approval_id: str) -> Response:
    """Keep the committee's letter; in place of another one with a reason."""
    row = desk.approval(approval_id)

    def act() -> None:
        papers.attach_letter(
            desk.session,
            who.actor,
            desk.running.archive,
            **desk.place,
            approval_id=row.id,
            letter=_letter(posted) or Letter("", b""),
            version=_version(posted),
            reason=text(posted, "change_reason"),
        )

    return desk.acted_on(row, act, "changed", form="letter", sent=posted)


@router.post("/qualifications")
def record_qualification(desk: AtDesk, who: Manages, posted: Posted) -> Response:
    """Record training or imaging qualification."""

    def act() -> None:
        papers.record_qualification(desk.session, who.actor, **desk.place, facts=_qualified(posted))

    return desk.acted(act, "recorded", form="qualification", sent=posted)


@router.get("/qualifications/{qualification_id}")
def show_qualification(desk: AtDesk, _who: Manages, qualification_id: str) -> Response:
    """Show a qualification with the forms to correct and to revoke it."""
    return desk.paper(desk.qualification(qualification_id))


@router.post("/qualifications/{qualification_id}")
def change_qualification(desk: AtDesk, who: Manages, posted: Posted, qualification_id: str) -> Response:
    """Correct a qualification, with a reason."""
    row = desk.qualification(qualification_id)

    def act() -> None:
        papers.change_qualification(
            desk.session,
            who.actor,
            **desk.place,
            qualification_id=row.id,
            facts=_qualified(posted),
            version=_version(posted),
            reason=text(posted, "change_reason"),
        )

    return desk.acted_on(row, act, "changed", form="facts", sent=posted)


@router.post("/qualifications/{qualification_id}/revoke")
def revoke_qualification(desk: AtDesk, who: Manages, posted: Posted, qualification_id: str) -> Response:
    """End a qualification from a day on, or take that back, with a reason."""
    row = desk.qualification(qualification_id)

    def act() -> None:
        papers.revoke_qualification(
            desk.session,
            who.actor,
            **desk.place,
            qualification_id=row.id,
            revoked_on=_revoked_on(posted),
            version=_version(posted),
            reason=text(posted, "change_reason"),
        )

    return desk.acted_on(row, act, "changed" if _is_taken_back(posted) else "revoked", form="revoke", sent=posted)


@router.post("/close")
def close(desk: AtDesk, who: Manages, posted: Posted) -> Response:
    """Close the site to registration from a day on, with a reason."""

    def act() -> None:
        close_site(
            desk.session,
            who.actor,
            **desk.place,
            closed_on=_needed_day(posted, "closed_on"),
            reason=text(posted, "change_reason"),
            now=desk.running.now(),
        )

    return desk.acted(act, "closed", form="close", sent=posted)


@router.post("/reopen")
def reopen(desk: AtDesk, who: Manages, posted: Posted) -> Response:
    """Let the site register again, as far as its papers do, with a reason."""

    def act() -> None:
        reopen_site(desk.session, who.actor, **desk.place, reason=text(posted, "change_reason"))

    return desk.acted(act, "reopened", form="close", sent=posted)


def _approved(posted: FormData) -> ApprovalFacts:
    return ApprovalFacts(
        protocol_version=text(posted, "protocol_version"),
        committee=text(posted, "committee"),
        number=text(posted, "number"),
        approved_on=_needed_day(posted, "approved_on"),
        valid_from=_needed_day(posted, "valid_from"),
        valid_until=day(posted, "valid_until"),
    )


def _qualified(posted: FormData) -> QualificationFacts:
    kind = text(posted, "kind")
    if kind not in {*Qualification}:
        raise Invalid(REQUIRED, field="kind")
    return QualificationFacts(
        kind=Qualification(kind),
        qualified_on=_needed_day(posted, "qualified_on"),
        valid_until=day(posted, "valid_until"),
        detail=text(posted, "detail"),
    )


def _is_taken_back(posted: FormData) -> bool:
    return posted.get("act") == "take-back"


def _revoked_on(posted: FormData) -> date | None:
    return None if _is_taken_back(posted) else _needed_day(posted, "revoked_on")


def _needed_day(posted: FormData, name: str) -> date:
    found = day(posted, name)
    if found is None:
        raise Invalid(REQUIRED, field=name)
    return found


def _letter(posted: FormData) -> Letter | None:
    sent = posted.get("letter")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return None
    return Letter(sent.filename, sent.file.read())


def _version(posted: FormData) -> int | None:
    said = text(posted, "version")
    return int(said) if said.isascii() and said.isdecimal() else None
