"""WADO-RS metadata: DICOM JSON made at ingest, sent as it lies (PS3.18 10.4.1.1.5)."""

import gzip
from functools import lru_cache
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from casebook.dicom.blinding import overlaid_json
from casebook.dicom.dicom_json import series_metadata, with_base_url
from casebook.domain.actors import Actor
from casebook.store import dicomweb
from casebook.store.dicomweb import StoredMetadata
from services.api.dicomweb.access import Viewing
from services.api.dicomweb.answers import (
    REVALIDATE,
    base_url,
    etag_of,
    is_unchanged,
    json_answer,
    takes_gzip,
    unchanged,
    validators,
)
from services.api.dicomweb.decoding import overlay_for
from services.api.dicomweb.failures import DicomWebRoute
from services.api.dicomweb.media_types import accepted, json_type
from services.api.dicomweb.qido_query import uid_in_path

router: Final = APIRouter(route_class=DicomWebRoute)
QUICK_COMPRESSION: Final = 1
N_ADDRESSED: Final = 128
"""How many series' metadata with absolute addresses are kept; about 50 kB each."""


@router.get("/studies/{study_uid}/metadata", response_class=Response)
@router.get("/studies/{study_uid}/series/{series_uid}/metadata", response_class=Response)
def of_series(
    request: Request,
    entry: Viewing,
    study_uid: str,
    series_uid: str | None = None,
) -> Response:
    """Metadata of a series, or of all series of a study."""
    with entry.opened() as view:
        running, session, actor = view
        media_type = _media_type(request)
        study_uid, series_uid = uid_in_path(study_uid), uid_in_path(series_uid) if series_uid else None
        found = dicomweb.packed_metadata(session, actor, study_uid=study_uid, series_uid=series_uid)
        view.note(study_uid, series_uid)
        blobs = [one.packed or _packed_now(session, actor, study_uid, one) for one in found]
        packed = blobs[0] if len(blobs) == 1 else _joined(blobs)
        return _packed_answer(request, addressed(packed, base_url(request, running)), media_type)


@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/metadata", response_class=Response)
def of_instance(
    request: Request,
    entry: Viewing,
    study_uid: str,
    series_uid: str,
    sop_uid: str,
) -> Response:
    """Metadata of one instance, as an array of one."""
    with entry.opened() as view:
        running, session, actor = view
        media_type = _media_type(request)
        (stored,) = dicomweb.stored_instances(
            session,
            actor,
            study_uid=uid_in_path(study_uid),
            series_uid=uid_in_path(series_uid),
            sop_uid=uid_in_path(sop_uid),
        )
        view.note(stored.study_uid, stored.series_uid)
        said = dicomweb.dicom_json(session, [stored.sop_uid])[stored.sop_uid]
        body = with_base_url(
            series_metadata([overlaid_json(said, overlay_for(actor, stored))]), base_url(request, running)
        )
        etag = etag_of(body, media_type)
        if is_unchanged(request, etag):
            return unchanged(etag, REVALIDATE)
        return json_answer(request, body, media_type, headers=validators(etag, REVALIDATE))


def _media_type(request: Request) -> str:
    return json_type(accepted(request.headers.get("accept"), request.query_params.get("accept")))


def _packed_now(session: Session, actor: Actor, study_uid: str, series: StoredMetadata) -> bytes:
    """The metadata of a series whose description is still to come, made from its instances."""
    instances = dicomweb.stored_instances(session, actor, study_uid=study_uid, series_uid=series.series_uid)
    said = dicomweb.dicom_json(session, [one.sop_uid for one in instances])
    shown = (overlaid_json(said[one.sop_uid], overlay_for(actor, one)) for one in instances)
    return gzip.compress(series_metadata(shown), QUICK_COMPRESSION, mtime=0)


def _joined(blobs: list[bytes]) -> bytes:
    """Several arrays as one."""
    contents = (gzip.decompress(blob)[1:-1] for blob in blobs)
    return gzip.compress(series_metadata(content for content in contents if content), QUICK_COMPRESSION, mtime=0)


@lru_cache(maxsize=N_ADDRESSED)
def addressed(packed: bytes, base: str) -> bytes:
    """Packed metadata whose bulk data have absolute addresses; the same bytes where there are none."""
    plain = gzip.decompress(packed)
    absolute = with_base_url(plain, base)
    return packed if absolute == plain else gzip.compress(absolute, QUICK_COMPRESSION, mtime=0)


def _packed_answer(request: Request, packed: bytes, media_type: str) -> Response:
    is_packed = takes_gzip(request)
    etag = etag_of(packed, media_type, str(is_packed))
    if is_unchanged(request, etag):
        return unchanged(etag, REVALIDATE)
    said = validators(etag, REVALIDATE)
    if is_packed:
        said["Content-Encoding"] = "gzip"
    return Response(packed if is_packed else gzip.decompress(packed), media_type=media_type, headers=said)
