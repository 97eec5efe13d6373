"""Serves the built viewer: its files for ever (their names carry a digest), its page for every case address."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

BUILT: Final = Path(__file__).resolve().parents[2] / "viewer" / "dist"
NOT_BUILT: Final = "<!doctype html><title>Casebook</title><p>The viewer is not built: run <code>make viewer</code>."


class HashedFiles(StaticFiles):
    """Static files whose names change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve one file, to be kept by the browser."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def page() -> Response:
    """Return the viewer's page; it holds no data."""
    index = BUILT / "index.html"
    if not index.exists():
        return HTMLResponse(NOT_BUILT, status_code=503)
    return FileResponse(index, headers={"Cache-Control": "no-cache"})


def install(app: FastAPI) -> None:
    """Add the viewer's addresses."""
    app.mount("/viewer/assets", HashedFiles(directory=BUILT / "assets", check_dir=False), name="viewer-assets")
    app.add_api_route("/viewer", page, include_in_schema=False)
    app.add_api_route("/viewer/{path:path}", page, include_in_schema=False)
