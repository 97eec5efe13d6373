"""WADO-RS pictures: rendered frames and thumbnails (PS3.18 10.4.1.1.3 and 10.4.1.1.4)."""

import math
import re
from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from casebook.dicom.image_description import Window, display, pixel_format
from casebook.dicom.palette import palette_of
from casebook.dicom.rendering import (
    DEFAULT_QUALITY,
    MAX_SIDE_PIXELS,
    THUMBNAIL_PIXELS,
    Format,
    Picture,
    Viewport,
    rendered,
)
from casebook.domain.errors import Invalid
from casebook.store import dicomweb
from casebook.store.dicomweb import StoredInstance
from services.api.dicomweb.access import Viewing
from services.api.dicomweb.answers import UNCHANGING, etag_of, is_unchanged, unchanged, validators
from services.api.dicomweb.decoding import Outgoing, description
from services.api.dicomweb.failures import DicomWebRoute
from services.api.dicomweb.media_types import accepted, picture_type
from services.api.dicomweb.objects import frame_numbers
from services.api.dicomweb.qido_query import uid_in_path
from services.api.state import Service

router: Final = APIRouter(route_class=DicomWebRoute)
INSTANCE: Final = "/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}"
WINDOW_SHAPES: Final = {"linear": "linear", "linear-exact": "linear_exact", "sigmoid": "sigmoid"}
N_VIEWPORT_SIDES: Final = 2
N_VIEWPORT_VALUES: Final = 6
MAX_MAGNITUDE: Final = 1e9
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})(?:[eE][+-]?[0-9]{1,2})?")


@router.get(INSTANCE + "/rendered", response_class=Response)
@router.get(INSTANCE + "/frames/{frame_list}/rendered", response_class=Response)
def picture(
    request: Request,
    entry: Viewing,
    study_uid: str,
    series_uid: str,
    sop_uid: str,
    frame_list: str = "1",
) -> Response:
    """A picture of a frame; of a multi-frame object without a frame number, of the first."""
    with entry.opened() as view:
        running, session, actor = view
        wanted = picture_of(request)
        (stored,) = dicomweb.stored_instances(
            session,
            actor,
            study_uid=uid_in_path(study_uid),
            series_uid=uid_in_path(series_uid),
            sop_uid=uid_in_path(sop_uid),
        )
        view.note(stored.study_uid, stored.series_uid)
        return _drawn(request, running, session, stored, _one_frame(frame_list), wanted)


@router.get("/studies/{study_uid}/thumbnail", response_class=Response)
@router.get("/studies/{study_uid}/series/{series_uid}/thumbnail", response_class=Response)
def thumbnail(
    request: Request,
    entry: Viewing,
    study_uid: str,
    series_uid: str | None = None,
) -> Response:
    """A small picture of the middle of a series, or of a study's largest series."""
    with entry.opened() as view:
        running, session, actor = view
        wanted = _small(picture_of(request))
        stored = dicomweb.representative(
            session,
            actor,
            study_uid=uid_in_path(study_uid),
            series_uid=None if series_uid is None else uid_in_path(series_uid),
        )
        view.note(stored.study_uid, stored.series_uid)
        return _drawn(request, running, session, stored, None, wanted)


@router.get(INSTANCE + "/thumbnail", response_class=Response)
@router.get(INSTANCE + "/frames/{frame_list}/thumbnail", response_class=Response)
def instance_thumbnail(
    request: Request,
    entry: Viewing,
    study_uid: str,
    series_uid: str,
    sop_uid: str,
    frame_list: str | None = None,
) -> Response:
    """A small picture of a frame, or of an object's middle frame."""
    with entry.opened() as view:
        running, session, actor = view
        wanted = _small(picture_of(request))
        (stored,) = dicomweb.stored_instances(
            session,
            actor,
            study_uid=uid_in_path(study_uid),
            series_uid=uid_in_path(series_uid),
            sop_uid=uid_in_path(sop_uid),
        )
        frame = None if frame_list is None else _one_frame(frame_list)
        view.note(stored.study_uid, stored.series_uid)
        return _drawn(request, running, session, stored, frame, wanted)


def _drawn(
    request: Request, running: Service, session: Session, stored: StoredInstance, frame: int | None, wanted: Picture
) -> Response:
    outgoing = Outgoing.of(stored, running.archive)
    number = frame or max(1, (outgoing.index.n_frames + 1) // 2)
    outgoing.index.ranges(number)
    etag = etag_of(stored.pixel_key, str(number), repr(wanted))
    if is_unchanged(request, etag):
        return unchanged(etag, UNCHANGING)
    said = description(dicomweb.dicom_json(session, [stored.sop_uid])[stored.sop_uid])
    samples, layout = outgoing.decoded_frame(number, pixel_format(said))
    if layout.photometric == "PALETTE COLOR":
        palette = palette_of(outgoing.head().data_set, is_signed=layout.is_signed)
        samples, layout = palette.applied(samples), replace(layout, photometric="RGB", bits_stored=8)
    body = rendered(samples, layout, display(said, number), wanted)
    return Response(body, headers=validators(etag, UNCHANGING) | {"Content-Type": wanted.format})


def _one_frame(frame_list: str) -> int:
    numbers = frame_numbers(frame_list)
    if len(numbers) > 1:
        raise Invalid("A picture shows one frame; ask for one at a time.")
    return numbers[0]


def _small(wanted: Picture) -> Picture:
    return replace(wanted, viewport=wanted.viewport or Viewport(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))


def picture_of(request: Request) -> Picture:
    """What the query asks of a picture (8.3.5.1). Raises Invalid, NotAcceptable."""
    said = request.query_params
    return Picture(
        format=Format(picture_type(accepted(request.headers.get("accept"), said.get("accept")))),
        quality=_quality(said.get("quality")),
        window=_window(said.get("window")),
        viewport=_viewport(said.get("viewport")),
    )


def _quality(text: str | None) -> int:
    if text is None:
        return DEFAULT_QUALITY
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= 100:  # noqa: PLR2004 - the standard's range
        raise Invalid("quality is a whole number from 1 to 100.", field="quality")
    return int(text)


def _window(text: str | None) -> Window | None:
    if text is None:
        return None
    center, _, rest = text.partition(",")
    width, _, shape = rest.partition(",")
    if shape and shape.lower() not in WINDOW_SHAPES:
        raise Invalid(f"The window's shape is one of {', '.join(WINDOW_SHAPES)}.", field="window")
    window = Window(_number(center, "window"), _number(width, "window"), WINDOW_SHAPES[shape.lower() or "linear"])
    if window.width <= 0 or (window.shape == "linear" and window.width < 1):
        raise Invalid("The window's width is above 0, for the linear shape at least 1.", field="window")
    return window


def _viewport(text: str | None) -> Viewport | None:
    if text is None:
        return None
    values = text.split(",")
    if len(values) not in {N_VIEWPORT_SIDES, N_VIEWPORT_VALUES}:
        raise Invalid("viewport is width,height or width,height,x,y,region width,region height.", field="viewport")
    sides = [_number(value, "viewport") for value in values[:N_VIEWPORT_SIDES]]
    if not all(1 <= side <= MAX_SIDE_PIXELS and side == int(side) for side in sides):
        raise Invalid(f"The viewport's sides are whole numbers from 1 to {MAX_SIDE_PIXELS}.", field="viewport")
    region = tuple(_number(value or "0", "viewport") for value in values[N_VIEWPORT_SIDES:])
    return Viewport(int(sides[0]), int(sides[1]), _region(region))


def _region(values: tuple[float, ...]) -> tuple[float, float, float, float] | None:
    if not values:
        return None
    x, y, width, height = values
    return x, y, width or MAX_MAGNITUDE, height or MAX_MAGNITUDE


def _number(text: str, field: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
    if not abs(value) <= MAX_MAGNITUDE:
        raise Invalid(f"{field} takes plain numbers up to {MAX_MAGNITUDE:.0f}, divided by commas.", field=field)
    return value
