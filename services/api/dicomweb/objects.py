"""WADO-RS objects, frames and bulk data (PS3.18 10.4): byte ranges of archived files, decoded only when asked."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from casebook.dicom.blinding import Overlay
from casebook.dicom.heads import value_at
from casebook.domain.actors import Actor
from casebook.domain.errors import Invalid, NotFound
from casebook.store import dicomweb
from casebook.store.dicomweb import StoredInstance
from casebook.store.files import FileStore
from services.api.dicomweb.access import View, Viewing
from services.api.dicomweb.answers import REVALIDATE, UNCHANGING, etag_of, is_unchanged, unchanged, validators
from services.api.dicomweb.decoding import Outgoing, layout_of, overlay_for
from services.api.dicomweb.failures import DicomWebRoute
from services.api.dicomweb.media_types import (
    DICOM,
    EXPLICIT_LITTLE_ENDIAN,
    OCTETS,
    MediaRange,
    Shape,
    accepted,
    chosen_transfer_syntax,
    dicom_shape,
    frame_form,
    is_octets_multipart,
)
from services.api.dicomweb.multipart import Envelope
from services.api.dicomweb.qido_query import uid_in_path

router: Final = APIRouter(route_class=DicomWebRoute)
MAX_FRAMES_A_REQUEST: Final = 5000
MAX_FRAME_LIST_CHARACTERS: Final = 40_000
ONE_WRITE_BYTES: Final = 8 * 1024 * 1024
"""Answers up to this size go out in one write with their length."""
_FRAME: Final = re.compile(r"[0-9]{1,9}")
_BULK_PATH: Final = re.compile(r"[0-9A-F]{8}(?:/[1-9][0-9]{0,5}/[0-9A-F]{8}){0,32}")


@router.get("/studies/{study_uid}", response_class=Response)
@router.get("/studies/{study_uid}/series/{series_uid}", response_class=Response)
@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}", response_class=Response)
def objects(
    request: Request,
    entry: Viewing,
    study_uid: str,
    series_uid: str | None = None,
    sop_uid: str | None = None,
) -> Response:
    """Retrieve the objects of a study, of a series, or one."""
    with entry.opened() as view:
        running, session, actor = view
        found = _found(view, study_uid, series_uid, sop_uid)
        shape = dicom_shape(_accepted(request), n_instances=len(found))
        copies = [_Copy.made(stored, running.archive, actor, shape) for stored in found]
        etag = etag_of(str(shape.is_multipart), *(copy.identity for copy in copies))
        if is_unchanged(request, etag):
            return unchanged(etag, REVALIDATE)
        to_decode = [copy.outgoing.stored.sop_uid for copy in copies if copy.is_decoded]
        described = dicomweb.dicom_json(session, to_decode) if to_decode else {}
    parts = ((f"{DICOM}; transfer-syntax={copy.syntax}", copy.pieces(described)) for copy in copies)
    said = validators(etag, REVALIDATE)
    is_small = sum(stored.n_bytes for stored in found) <= ONE_WRITE_BYTES and not described
    if shape.is_multipart:
        envelope = Envelope(DICOM, etag.strip('"'))
        return _sent(envelope.pieces(parts), envelope.content_type, said, is_small=is_small)
    content_type, pieces = next(iter(parts))
    return _sent(pieces, content_type, said, is_small=is_small)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One object as it leaves: with which values in its head, in which transfer syntax."""

    outgoing: Outgoing
    overlay: Overlay
    syntax: str

    @classmethod
    def made(cls, stored: StoredInstance, archive: FileStore, actor: Actor, shape: Shape) -> "_Copy":
        """The copy that the client wants. Raises NotAcceptable."""
        outgoing = Outgoing.of(stored, archive)
        can_decode = outgoing.can_be_decoded
        syntax = chosen_transfer_syntax(shape, stored=stored.transfer_syntax_uid, can_decode=can_decode)
        return cls(outgoing, overlay_for(actor, stored), syntax)

    @property
    def is_decoded(self) -> bool:
        """The frames leave in another form than they are stored in."""
        return self.syntax != self.outgoing.stored.transfer_syntax_uid

    @property
    def identity(self) -> str:
        """What decides its bytes."""
        return f"{self.outgoing.stored.archived_sha256.hex()} {self.overlay.digest()} {self.syntax}"

    def pieces(self, described: Mapping[str, bytes]) -> Iterator[bytes]:
        """The Part 10 file; `described` holds the metadata of objects to decode."""
        if self.is_decoded:
            layout = layout_of(described[self.outgoing.stored.sop_uid])
            return self.outgoing.as_plain_pixels(self.overlay, layout)
        return self.outgoing.as_stored(self.overlay)


@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/frames/{frame_list}", response_class=Response)
def frames(
    request: Request,
    entry: Viewing,
    study_uid: str,
    series_uid: str,
    sop_uid: str,
    frame_list: str,
) -> Response:
    """Retrieve frames, one a part, as they are stored or decoded."""
    with entry.opened() as view:
        running, session, _ = view
        numbers = frame_numbers(frame_list)
        (stored,) = _found(view, study_uid, series_uid, sop_uid)
        outgoing = Outgoing.of(stored, running.archive)
        for number in numbers:
            outgoing.index.ranges(number)
        form = frame_form(
            _accepted(request),
            stored=stored.transfer_syntax_uid,
            can_decode=outgoing.can_be_decoded,
            n_frames=len(numbers),
        )
        etag = etag_of(stored.pixel_key, frame_list, form.content_type, str(form.is_multipart))
        if is_unchanged(request, etag):
            return unchanged(etag, UNCHANGING)
        contents: Iterable[bytes] = map(outgoing.frame, numbers)
        if form.transfer_syntax != stored.transfer_syntax_uid:
            layout = layout_of(dicomweb.dicom_json(session, [sop_uid])[sop_uid])
            contents = (outgoing.decoded_frame(number, layout)[0].tobytes() for number in numbers)
        said = validators(etag, UNCHANGING)
        if not form.is_multipart:
            return Response(next(iter(contents)), headers=said | {"Content-Type": form.content_type})
        envelope = Envelope(form.media_type, etag.strip('"'), form.transfer_syntax)
        parts = ((form.content_type, (content,)) for content in contents)
        return _sent(envelope.pieces(parts), envelope.content_type, said, is_small=len(numbers) == 1)


@router.get(
    "/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/bulkdata/{path:path}", response_class=Response
)
def bulk_data(
    request: Request,
    entry: Viewing,
    study_uid: str,
    series_uid: str,
    sop_uid: str,
    path: str,
) -> Response:
    """Retrieve a value that the metadata point to."""
    with entry.opened() as view:
        running, _, actor = view
        if not _BULK_PATH.fullmatch(path):
            raise Invalid("A bulk data address names a tag, or tag/item/tag; use the address that the metadata give.")
        (stored,) = _found(view, study_uid, series_uid, sop_uid)
        is_multipart = is_octets_multipart(_accepted(request))
        etag = etag_of(stored.archived_sha256, path, str(is_multipart))
        steps = tuple(int(step, 10 if place % 2 else 16) for place, step in enumerate(path.split("/")))
        hidden = overlay_for(actor, stored).texts
        value = value_at(Outgoing.of(stored, running.archive).head().data_set, steps)
        if value is None or not hidden.keys().isdisjoint(steps[::2]):
            raise NotFound("The object has no such value.")
        if is_unchanged(request, etag):
            return unchanged(etag, UNCHANGING)
        said = validators(etag, UNCHANGING)
        if not is_multipart:
            return Response(value, headers=said | {"Content-Type": OCTETS})
        envelope = Envelope(OCTETS, etag.strip('"'))
        content_type = f"{OCTETS}; transfer-syntax={EXPLICIT_LITTLE_ENDIAN}"
        return _sent(envelope.pieces([(content_type, (value,))]), envelope.content_type, said, is_small=True)


def frame_numbers(frame_list: str) -> list[int]:
    """The 1-based numbers of a comma-separated list. Raises Invalid."""
    numbers = frame_list.split(",") if len(frame_list) <= MAX_FRAME_LIST_CHARACTERS else []
    if not 0 < len(numbers) <= MAX_FRAMES_A_REQUEST or not all(_FRAME.fullmatch(number) for number in numbers):
        raise Invalid(f"Frames are whole numbers from 1, divided by commas, at most {MAX_FRAMES_A_REQUEST}.")
    found = [int(number) for number in numbers]
    if 0 in found:
        raise Invalid("Frames are counted from 1; there is no frame 0.")
    return found


def _found(view: View, study_uid: str, series_uid: str | None, sop_uid: str | None) -> list[StoredInstance]:
    """The objects that an address names, noted as retrieved. Raises NotFound."""
    found = dicomweb.stored_instances(
        view.session,
        view.actor,
        study_uid=uid_in_path(study_uid),
        series_uid=None if series_uid is None else uid_in_path(series_uid),
        sop_uid=None if sop_uid is None else uid_in_path(sop_uid),
    )
    view.note(study_uid, series_uid)
    return found


def _accepted(request: Request) -> tuple[MediaRange, ...]:
    return accepted(request.headers.get("accept"), request.query_params.get("accept"))


def _sent(pieces: Iterator[bytes], content_type: str, headers: dict[str, str], *, is_small: bool) -> Response:
    """One write where the answer is small; otherwise a stream whose beginning is made before the answer begins."""
    said = headers | {"Content-Type": content_type}
    if is_small:
        return Response(b"".join(pieces), headers=said)
    beginning = [piece for _, piece in zip(range(2), pieces, strict=False)]
    return StreamingResponse(chain(beginning, pieces), headers=said)
