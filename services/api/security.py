"""Headers on every answer, and the refusal of cross-origin writes."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.dependencies import SAFE_METHODS
from services.api.description import described
from services.api.problems import problem

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Put on every answer that does not say otherwise itself."""
_RAW: Final = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())


class GuardedApplication(FastAPI):
    """The application behind the guard; even the answer to a crash passes it."""

    def build_middleware_stack(self) -> ASGIApp:
        """Put the guard around everything else."""
        return Guard(super().build_middleware_stack())

    def openapi(self) -> dict[str, Any]:
        """Describe the API once; see `description`."""
        if self.openapi_schema is None:
            self.openapi_schema = described(super().openapi())
        return self.openapi_schema


class Guard:
    """Puts the headers on every answer and stops unsafe requests of other origins before any route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _RAW if pair[0] not in said)]
            await send(message)

        is_refused = scope["method"] not in SAFE_METHODS and is_cross_origin(Headers(scope=scope))
        await (_REFUSAL if is_refused else self.app)(scope, receive, send_with_headers)


_REFUSAL: Final = problem(
    HTTPStatus.FORBIDDEN, "Requests that change something must come from this site.", code="cross-origin"
)


def is_cross_origin(headers: Headers) -> bool:
    """Whether a browser says that another site's page sent the request."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
