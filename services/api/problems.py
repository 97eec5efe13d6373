"""RFC 9457 problem details: one table from errors to HTTP status, one shape for every failure."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from casebook.domain import errors

log = logging.getLogger(__name__)

STATUS: Final[Mapping[type[errors.CasebookError], HTTPStatus]] = {
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Refused: HTTPStatus.CONFLICT,
    errors.Stale: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


RAISED_BY_A_VALIDATOR: Final = "Value error, "
"""What pydantic puts before our own words."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(BaseModel):
    """A failure, as `application/problem+json` (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(description="stable name of the failure")]
    errors: list[FieldProblem] = []


class ProblemResponse(JSONResponse):
    """The media type of problem details."""

    media_type = "application/problem+json"


def problem_response(status: HTTPStatus) -> dict[str, Any]:
    """How a route declares a failure."""
    return {"model": Problem, "description": status.phrase}


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    int(status): problem_response(status)
    for status in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
}
"""Declared on every API route, in place of FastAPI's own description of 422."""


def status_of(error: errors.CasebookError) -> HTTPStatus:
    """Return the status of the nearest class of the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(status: HTTPStatus, detail: str, *, code: str, fields: list[FieldProblem] | None = None) -> ProblemResponse:
    """Build the answer."""
    body = Problem(title=status.phrase, status=int(status), detail=detail, code=code, errors=fields or [])
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    return ProblemResponse(body.model_dump(), status_code=int(status), headers=headers)


def _casebook_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.CasebookError)
    fields = [FieldProblem(field=error.field, message=error.message)] if error.field else []
    fields += [FieldProblem(field=name, message=text.en) for name, text in error.parts]
    return problem(status_of(error), error.message, code=error.code, fields=fields)


def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        FieldProblem(
            field=".".join(str(part) for part in item["loc"] if part != "body") or "body",
            message=item["msg"].removeprefix(RAISED_BY_A_VALIDATOR),
        )
        for item in error.errors()
    ]
    said = "; ".join(f"{item.field}: {item.message}" for item in fields[:5])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, said or "The request is malformed.", code="invalid", fields=fields)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    answer = problem(status, str(error.detail), code=status.phrase.lower().replace(" ", "-"))
    answer.headers.update(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(allowed_methods(request))
    return answer


def allowed_methods(request: Request) -> list[str]:
    """The methods that some route takes at the address; the router names those of the first route alone."""
    here = [route for route in request.app.router.routes if route.matches({**request.scope})[0] is not Match.NONE]
    return [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in here)
    ]


def _conflict(_request: Request, error: Exception) -> Response:
    log.warning("two writers met: %s", type(getattr(error, "orig", error)).__name__)
    return problem(
        HTTPStatus.CONFLICT,
        "Somebody else saved the same thing at the same moment; reload and try again.",
        code="refused",
    )


def _not_storable(_request: Request, error: Exception) -> Response:
    log.warning("a value cannot be stored: %s", type(getattr(error, "orig", error)).__name__)
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request holds something that cannot be stored, such as a null character in a text or a number too large.",
        code="invalid",
    )


def _database_down(_request: Request, error: Exception) -> Response:
    log.error("the database does not answer: %s", type(getattr(error, "orig", error)).__name__)
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer; try again in a moment.", code="unavailable"
    )


def _crash(request: Request, error: Exception) -> Response:
    log.error("unexpected failure in %s %s", request.method, request.scope.get("route"), exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Something failed on the server; it was logged.", code="internal-error"
    )


def install(app: FastAPI) -> None:
    """Make every failure of the application a problem detail."""
    app.add_exception_handler(errors.CasebookError, _casebook_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(IntegrityError, _conflict)
    app.add_exception_handler(DataError, _not_storable)
    app.add_exception_handler(OperationalError, _database_down)
    app.add_exception_handler(Exception, _crash)
