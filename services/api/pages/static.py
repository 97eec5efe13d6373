"""Style sheets, drawings and the pages' one script: kept by browsers under an address that carries their digest."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from services.api.viewer import BUILT

FOLDER: Final = Path(__file__).parent / "static"
PREFIX: Final = "/static"
SCRIPT: Final = BUILT / "assets" / "pages.js"
DIGEST_CHARACTERS: Final = 12


class _KeptFiles(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


@cache
def address(name: str) -> str:
    """Return where a static file is served, with the digest of its content."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    return f"{PREFIX}/{name}?{digest[:DIGEST_CHARACTERS]}"


@cache
def script() -> str | None:
    """Return where the pages' script is served; None where the viewer, which it is built with, is not built."""
    if not SCRIPT.exists():
        return None
    digest = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()
    return f"/viewer/assets/{SCRIPT.name}?{digest[:DIGEST_CHARACTERS]}"


def install(app: FastAPI) -> None:
    """Serve the files."""
    app.mount(PREFIX, _KeptFiles(directory=FOLDER), name="static")
