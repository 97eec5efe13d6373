"""STOW-RS: storing objects for a subject's timepoint (PS3.18 10.5), by the same road as every other delivery.

An object does not say which subject of the study it belongs to, so the address does: in the query
(`/studies?subject=JP-06-0001&timepoint=baseline`) or in the path, for clients that know only a base address.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.datastructures import FormData

from casebook.actions import intake
from casebook.actions.dicom_status import OTHER_STUDY
from casebook.actions.intake import Delivery, OpenSubmission, Receipt
from casebook.actions.intake_judgement import ReceiptOutcome
from casebook.dicom.preparation import Prepared, SetAside
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, TooLarge
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, signed_in
from services.api.dicomweb.answers import base_url
from services.api.dicomweb.description import STORE_BODY
from services.api.dicomweb.failures import DicomWebRoute, UnsupportedMedia
from services.api.dicomweb.media_types import DICOM, MULTIPART, accepted, json_type
from services.api.dicomweb.multipart import PartFiles, boundary_of
from services.api.dicomweb.qido_query import uid_in_path
from services.api.dicomweb.stow_answer import answer
from services.api.state import Service

router: Final = APIRouter(route_class=DicomWebRoute)
BATCH_OBJECTS: Final = 25
"""Objects of one transaction: while one is committed the next are prepared."""
MIB: Final = 1024 * 1024
MAX_LABEL_CHARACTERS: Final = 64


def submitter(request: Request, running: Running) -> SignedIn:
    """Who stores; the transaction ends before the upload is read, which can take long."""
    with running.database.session() as session, session.begin():
        who = signed_in(request, running, session, FormData())
    who.actor.require(Action.SUBMIT_IMAGES)
    return who


submitter.action = Action.SUBMIT_IMAGES  # type: ignore[attr-defined]  # the matrix test reads it


@router.post("/studies", response_class=Response, openapi_extra=STORE_BODY)
@router.post("/studies/{study_uid}", response_class=Response, openapi_extra=STORE_BODY)
@router.post("/subjects/{subject}/timepoints/{timepoint}/studies", response_class=Response, openapi_extra=STORE_BODY)
@router.post(
    "/subjects/{subject}/timepoints/{timepoint}/studies/{study_uid}", response_class=Response, openapi_extra=STORE_BODY
)
async def store(
    request: Request,
    running: Running,
    who: Annotated[SignedIn, Depends(submitter)],
    subject: str | None = None,
    timepoint: str | None = None,
    study_uid: str | None = None,
) -> Response:
    """Store objects for a subject's timepoint; each part is judged on its own."""
    media_type = json_type(accepted(request.headers.get("accept")))
    if study_uid is not None:
        uid_in_path(study_uid)
    target = _Target(_label(subject, "subject"), _label(timepoint, "timepoint"), study_uid)
    folder = Path(await run_in_threadpool(tempfile.mkdtemp, prefix="stow-", dir=running.archive.staging_dir()))
    try:
        paths = await _received(request, folder, max_bytes=running.settings.max_upload_mb * MIB)
        receipts = await run_in_threadpool(_delivered, running, who.actor, target, paths, folder)
    finally:
        await run_in_threadpool(shutil.rmtree, folder, ignore_errors=True)
    said = answer(receipts, base_url(request, running))
    headers = {"Warning": ", ".join(said.warnings)} if said.warnings else {}
    return Response(said.body, status_code=said.status, headers=headers | {"Content-Type": media_type})


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a delivery belongs."""

    subject: str
    timepoint: str
    study_uid: str | None


def _label(value: str | None, name: str) -> str:
    if not value or len(value) > MAX_LABEL_CHARACTERS or not value.isprintable():
        raise Invalid(
            f"The request does not say which {name} the images belong to; "
            "add ?subject=NUMBER&timepoint=CODE, or store under /subjects/NUMBER/timepoints/CODE/studies.",
            field=name,
        )
    return value


async def _received(request: Request, folder: Path, *, max_bytes: int) -> list[Path]:
    """The objects of the body as files. Raises Invalid, TooLarge, UnsupportedMedia; then nothing is stored."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced[:20]) > max_bytes:
        raise TooLarge(f"The upload is longer than {max_bytes} bytes; send it in several requests.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMedia("Compressed request bodies are not taken; send the objects as they are.")
    kind = Message()
    kind["content-type"] = request.headers.get("content-type", "")
    if kind.get_content_type() == DICOM:
        return [await _single(request, folder / "object", max_bytes=max_bytes)]
    parameters = {name.lower(): value for name, value in kind.get_params(failobj=[], header="content-type")}
    if kind.get_content_type() != MULTIPART or parameters.get("type", DICOM).lower() != DICOM:
        raise UnsupportedMedia(f'Objects are taken as {MULTIPART}; type="{DICOM}", one alone also as {DICOM}.')
    parts = PartFiles(boundary_of(parameters), folder, max_bytes=max_bytes)
    try:
        async for chunk in request.stream():
            parts.write(chunk)
        return parts.finish()
    finally:
        parts.abandon()


async def _single(request: Request, path: Path, *, max_bytes: int) -> Path:
    n_bytes = 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            n_bytes += len(chunk)
            if n_bytes > max_bytes:
                raise TooLarge(f"The upload is longer than {max_bytes} bytes.")
            file.write(chunk)
    return path


def _delivered(running: Service, actor: Actor, target: _Target, paths: list[Path], folder: Path) -> list[Receipt]:
    """Take the files through the intake in batches, each a transaction of its own; `folder` goes with the request."""
    with running.database.transaction(actor=actor.login, role=actor.role) as session:
        submission = intake.open_submission(
            session,
            actor,
            subject_number=target.subject,
            timepoint_code=target.timepoint,
            road="stow-rs",
            key=running.settings.key,
            n_announced=len(paths),
        )
    prepared = running.workshop.prepare(paths, staging_dir=folder, plan=submission.plan)
    results = intake.settling(prepared, running.archive)
    receipts: list[Receipt] = []
    numbered = enumerate(results, start=1)
    while batch := list(islice(numbered, BATCH_OBJECTS)):
        receipts += _committed(running, actor, submission, target, batch)
    with running.database.transaction(actor=actor.login, role=actor.role) as session:
        intake.close_submission(session, submission, now=running.now())
    return receipts


def _committed(
    running: Service,
    actor: Actor,
    submission: OpenSubmission,
    target: _Target,
    batch: list[tuple[int, Prepared | SetAside]],
) -> list[Receipt]:
    strays = [item for _, item in batch if isinstance(item, Prepared) and _is_stray(item, target.study_uid)]
    refused = {id(item) for item in strays}
    deliveries = [Delivery(f"part {number}", item) for number, item in batch if id(item) not in refused]
    with running.database.transaction(actor=actor.login, role=actor.role) as session:
        receipts = intake.receive(
            session, submission, deliveries, archive=running.archive, quarantine=running.quarantine
        )
    return [*receipts, *_refused(strays)]


def _is_stray(item: Prepared, study_uid: str | None) -> bool:
    """Whether the address names another study than the object, by the sender's UID or by the archive's."""
    own = {item.facts.study_uid, item.source_uids[item.facts.study_uid][1]}
    return study_uid is not None and study_uid not in own


def _refused(strays: list[Prepared]) -> Iterator[Receipt]:
    for item in strays:
        item.staged.unlink(missing_ok=True)
        yield Receipt(
            name="",
            outcome=ReceiptOutcome.QUARANTINED,
            code=OTHER_STUDY,
            source_sop_uid=item.source_uids[item.facts.sop_uid][1],
            sop_class_uid=item.facts.sop_class_uid,
        )
