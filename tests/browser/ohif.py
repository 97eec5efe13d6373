"""OHIF's published build before Casebook's DICOMweb on one origin, as a hospital's proxy would put them."""

from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

ROOM: Final = Path(__file__).resolve().parents[1] / "ohif"
BUILT: Final = ROOM / "node_modules" / "@ohif" / "app" / "dist"
OURS: Final = ("/dicomweb/", "/api/v1/")
"""What the proxy passes on; everything else is OHIF's."""


async def _file(request: Request) -> Response:
    """One file of the build; its page for every address of the application within it, as static hosts are told to."""
    name = request.url.path.lstrip("/")
    if name == "app-config.js":
        return FileResponse(ROOM / name)
    found = (BUILT / name).resolve()
    is_file = found.is_relative_to(BUILT) and found.is_file()
    return FileResponse(found if is_file else BUILT / "index.html")


class OhifBefore:
    """An application that answers as OHIF's static host, and hands what is DICOMweb to the one behind it."""

    def __init__(self, casebook: ASGIApp) -> None:
        self.casebook = casebook
        self.static = Starlette(routes=[Route("/{path:path}", _file)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_ours = scope["type"] != "http" or scope["path"].startswith(OURS)
        await (self.casebook if is_ours else self.static)(scope, receive, send)
