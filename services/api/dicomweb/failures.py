"""DICOMweb's own failures, and the route class that gives them the status that PS3.18 names."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from casebook.dicom.image_description import NotAnImage
from casebook.dicom.transcode import NotDecodable
from casebook.domain.errors import Invalid, TooLarge
from services.api.problems import problem


class NotAcceptable(Invalid):
    """No representation that the client accepts can be made."""

    code = "not-acceptable"


class UnsupportedMedia(Invalid):
    """The body is of a type that the service does not take."""

    code = "unsupported-media-type"


STATUS: Final[Mapping[type[Invalid], HTTPStatus]] = {
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    NotAnImage: HTTPStatus.NOT_ACCEPTABLE,
    NotDecodable: HTTPStatus.NOT_ACCEPTABLE,
    UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Invalid: HTTPStatus.BAD_REQUEST,
}
"""DICOMweb answers bad parameters with 400 where the rest of the API says 422 (PS3.18 8.5)."""


class DicomWebRoute(APIRoute):
    """A route whose malformed requests are answered by `STATUS`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the failures translated."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Invalid as refused:
                status = next(STATUS[kind] for kind in type(refused).__mro__ if kind in STATUS)
                return problem(status, refused.message, code=refused.code)

        return handled
