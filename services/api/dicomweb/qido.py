"""QIDO-RS: searching for studies, series and instances (PS3.18 10.6)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from casebook.dicom.blinding import blinded_overlay, open_overlay, overlaid_json
from casebook.dicom.dicom_json import members_of
from casebook.domain.actors import Actor
from casebook.store import dicomweb, image_search
from casebook.store.image_search import Condition, Field, OneOf, SeriesFound, StudyFound
from services.api.dicomweb.access import Viewing
from services.api.dicomweb.answers import (
    REVALIDATE,
    base_url,
    etag_of,
    is_unchanged,
    json_answer,
    unchanged,
    validators,
)
from services.api.dicomweb.failures import DicomWebRoute
from services.api.dicomweb.media_types import accepted, json_type
from services.api.dicomweb.qido_conditions import conditions_of
from services.api.dicomweb.qido_query import Query, parsed, uid_in_path
from services.api.dicomweb.qido_rows import (
    SERIES_EXTRAS,
    STUDY_EXTRAS,
    Row,
    extended,
    instance_row,
    series_row,
    study_row,
    written,
)

router: Final = APIRouter(route_class=DicomWebRoute)


@router.get("/studies", response_class=Response)
def studies(request: Request, entry: Viewing) -> Response:
    """Search for studies."""
    with entry.opened() as (running, session, actor):
        query = parsed(request.query_params.multi_items())
        conditions, warnings = conditions_of(query)
        found = image_search.search_studies(session, actor, conditions, limit=query.limit, offset=query.offset)
        rows = [study_row(study, base_url(request, running)) for study in found]
        wanted = _wanted(query, rows, STUDY_EXTRAS)
        if wanted:
            carried = _examples_of_studies(session, actor, found)
            rows = [
                extended(row, carried.get(study.study_uid, {}), wanted=wanted)
                for row, study in zip(rows, found, strict=True)
            ]
        return _answer(request, rows, warnings)


@router.get("/series", response_class=Response)
@router.get("/studies/{study_uid}/series", response_class=Response)
def series(request: Request, entry: Viewing, study_uid: str | None = None) -> Response:
    """Search for series, in one study or in all."""
    with entry.opened() as (running, session, actor):
        query = parsed(request.query_params.multi_items())
        conditions, warnings = conditions_of(query)
        within = _within(study_uid=study_uid)
        found = image_search.search_series(
            session, actor, [*within, *conditions], limit=query.limit, offset=query.offset
        )
        base = base_url(request, running)
        rows = [series_row(one, base, with_study=study_uid is None) for one in found]
        wanted = _wanted(query, rows, SERIES_EXTRAS)
        if wanted:
            carried = _examples(session, actor, found)
            rows = [
                extended(row, carried.get(one.series_uid, {}), wanted=wanted)
                for row, one in zip(rows, found, strict=True)
            ]
        return _answer(request, rows, warnings)


@router.get("/instances", response_class=Response)
@router.get("/studies/{study_uid}/instances", response_class=Response)
@router.get("/studies/{study_uid}/series/{series_uid}/instances", response_class=Response)
def instances(
    request: Request,
    entry: Viewing,
    study_uid: str | None = None,
    series_uid: str | None = None,
) -> Response:
    """Search for instances, in one series, one study or all."""
    with entry.opened() as (running, session, actor):
        query = parsed(request.query_params.multi_items())
        conditions, warnings = conditions_of(query)
        within = _within(study_uid=study_uid, series_uid=series_uid)
        found = image_search.search_instances(
            session, actor, [*within, *conditions], limit=query.limit, offset=query.offset
        )
        base = base_url(request, running)
        rows = [instance_row(one, base, with_study=study_uid is None, with_series=series_uid is None) for one in found]
        wanted = None if query.include_all else _wanted(query, rows, query.include)
        if wanted is None or wanted:
            carried = dicomweb.dicom_json(session, [one.sop_uid for one in found])
            rows = [
                extended(row, _shown(carried[one.sop_uid], actor, one.series), wanted=wanted)
                for row, one in zip(rows, found, strict=True)
            ]
        return _answer(request, rows, warnings)


def _within(**uids: str | None) -> list[Condition]:
    fields = {"study_uid": Field.STUDY_UID, "series_uid": Field.SERIES_UID}
    return [OneOf(fields[name], (uid_in_path(uid),)) for name, uid in uids.items() if uid is not None]


def _wanted(query: Query, rows: list[Row], offered: frozenset[int]) -> frozenset[int]:
    """What of the offered attributes the query asks for and the rows do not show with a value already."""
    asked = offered if query.include_all else query.include & offered
    return frozenset(tag for tag in asked if rows and '"Value"' not in rows[0].get(tag, ""))


def _examples_of_studies(session: Session, actor: Actor, found: list[StudyFound]) -> Mapping[str, Mapping[int, str]]:
    """What an object of each study carries, as the actor may see it."""
    carried = image_search.examples_of_studies(session, actor, [study.study_uid for study in found])
    patients = {study.study_uid: study.patient for study in found}
    return {uid: _members(said, actor, label=None, patient=patients[uid]) for uid, said in carried.items()}


def _examples(session: Session, actor: Actor, found: list[SeriesFound]) -> Mapping[str, Mapping[int, str]]:
    carried = image_search.examples(session, [one.series_uid for one in found])
    by_uid = {one.series_uid: one for one in found}
    return {uid: _shown(said, actor, by_uid[uid]) for uid, said in carried.items()}


def _shown(dicom_json: bytes, actor: Actor, of: SeriesFound) -> Mapping[int, str]:
    return _members(dicom_json, actor, label=of.label, patient=of.study.patient)


def _members(dicom_json: bytes, actor: Actor, *, label: str | None, patient: str) -> Mapping[int, str]:
    overlay = blinded_overlay(label=label, reading_code=patient) if actor.is_blinded else open_overlay(label=label)
    return members_of(overlaid_json(dicom_json, overlay))


def _answer(request: Request, rows: list[Row], warnings: tuple[str, ...]) -> Response:
    """200 with the results, 204 without; 304 where the client has them already."""
    media_type = json_type(accepted(request.headers.get("accept"), request.query_params.get("accept")))
    said = {"Warning": ", ".join(warnings)} if warnings else {}
    if not rows:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=said | {"Cache-Control": REVALIDATE})
    body = written(rows)
    etag = etag_of(body, media_type)
    if is_unchanged(request, etag):
        return unchanged(etag, REVALIDATE)
    return json_answer(request, body, media_type, headers=said | validators(etag, REVALIDATE))
