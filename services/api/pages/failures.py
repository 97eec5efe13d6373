"""Failures as pages where a browser asks for one; the words are those of the problem detail."""

import inspect
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from casebook.domain.errors import PasswordMustChange
from services.api.dependencies import SAFE_METHODS
from services.api.pages.rendering import page

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]
NOT_FOR_PEOPLE: Final = ("/api/", "/dicomweb", "/static/", "/health")


def install(app: FastAPI) -> None:
    """Put a page in place of every problem detail that a browser would show."""
    for kind, handler in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _for_people(cast("Handler", handler))


def wants_page(request: Request) -> bool:
    """Whether a browser asks for something to show to a person."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(NOT_FOR_PEOPLE)


def _for_people(handler: Handler) -> Handler:
    async def answer(request: Request, error: Exception) -> Response:
        found = handler(request, error)
        problem = await found if inspect.isawaitable(found) else found
        if not wants_page(request) or problem.media_type != "application/problem+json":
            return problem
        return as_page(request, problem)

    return answer


def as_page(request: Request, problem: Response) -> Response:
    """Return the page of a problem; who is not signed in goes to sign in and comes back."""
    status = HTTPStatus(problem.status_code)
    if status is HTTPStatus.UNAUTHORIZED:
        return RedirectResponse(f"/login?next={quote(_back(request))}", HTTPStatus.SEE_OTHER)
    said: dict[str, Any] = json.loads(bytes(problem.body))
    if said["code"] == PasswordMustChange.code:
        return RedirectResponse("/account", HTTPStatus.SEE_OTHER)
    return page(request, "problem.html", status=status, problem=said)


def _back(request: Request) -> str:
    """Return the page to come back to: this one, or the one a form was sent from."""
    query = f"?{request.url.query}" if request.url.query else ""
    return request.url.path + query if request.method in SAFE_METHODS or request.url.path != "/logout" else "/"
