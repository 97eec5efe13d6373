"""Sending images by browser: choose or drop, send, follow the intake; and the receipt of a submission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

from casebook.actions.receipts import receipt_of
from casebook.actions.studies import definition_of
from casebook.actions.upload_progress import expected_series
from casebook.domain.actors import Action, Actor
from casebook.domain.imaging import SeriesRole
from casebook.domain.quarantine_reasons import WORDS as REASONS
from casebook.domain.quarantine_reasons import advice_to_sender
from casebook.domain.study.model import Timepoint
from casebook.store import registry, uploads
from casebook.store.accounts import SignedIn
from casebook.store.tables import Subject
from casebook.store.uploads import UploadRow
from services.api.dependencies import Running, Transaction
from services.api.pages import language
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page
from services.api.pages.sending_words import WORDS as SENDING_WORDS
from services.api.pages.words import WORDS

router = APIRouter()
LARGEST_NUMBER: Final = 2**62
MOST_FILES_SHOWN: Final = 5000
"""Lines of a receipt's page; the CSV has all of them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """For whose timepoint images will be sent, as far as it is chosen, and what the study requires there."""

    subjects: Sequence[Subject]
    subject: Subject | None
    timepoints: Sequence[Timepoint]
    timepoint: Timepoint | None
    expected: Sequence[tuple[SeriesRole, bool]]


@router.get("/submissions/new")
def send(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SUBMIT_IMAGES))],
    patient: Annotated[str, Query(max_length=50)] = "",
    timepoint: Annotated[str, Query(max_length=50)] = "",
) -> Response:
    """Show where images are chosen and sent; 404 for patients of other sites."""
    unfinished = uploads.unfinished(session, who.actor)
    return page(
        request,
        "sending.html",
        frame,
        choice=_choice(session, who.actor, patient, timepoint),
        unfinished=[(row, _at(session, row)) for row in unfinished],
        words=_words(request, who),
        days=running.settings.upload_days,
        max_mb=running.settings.max_upload_mb,
    )


def _choice(session: Session, actor: Actor, number: str, code: str) -> Choice:
    subjects = registry.subjects(session, actor, Action.SUBMIT_IMAGES)
    if not number:
        return Choice(subjects, None, (), None, ())
    subject = registry.subject_by_number(session, actor, Action.SUBMIT_IMAGES, number=number)
    definition = definition_of(session, subject.study_version_id)
    imaged = [one for one in definition.timepoints if one.imaging is not None]
    timepoint = next((one for one in imaged if one.code == code), None)
    expected = expected_series(session, subject, timepoint.code) if timepoint else ()
    return Choice(subjects, subject, imaged, timepoint, expected)


def _at(session: Session, row: UploadRow) -> Timepoint:
    return definition_of(session, row.subject.study_version_id).timepoint(row.timepoint_code)


def _words(request: Request, who: SignedIn) -> Mapping[str, str]:
    """Return what the script says, and why files are set aside with what to do then, in the person's language."""
    spoken = language.language_of(request, who.language)
    said = language.translations(spoken).gettext
    reasons = {f"reason-{code}": said(word) for code, word in WORDS.items()}
    advice = {f"advice-{code}": advice_to_sender(code).into(spoken) for words in REASONS.values() for code in words}
    return reasons | advice | {key: said(word) for key, word in SENDING_WORDS.items()}


@router.get("/submissions/{number}/receipt")
def receipt(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    number: Annotated[int, Path(ge=1, le=LARGEST_NUMBER)],
) -> Response:
    """Show the receipt of a submission, to print and to keep; 404 for those of other sites."""
    found = receipt_of(session, who.actor, number=number)
    return page(
        request, "receipt.html", frame, receipt=found, row=found.row, most=MOST_FILES_SHOWN, advice=advice_to_sender
    )
