"""`casebook serve`, `worker`, `migrate`, `init`: running an installation."""

import contextlib
import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
import uvicorn

from casebook.actions.progress import refresh_outdated
from casebook.domain.errors import Invalid
from casebook.installation import Installation, make_key, opened
from casebook.installation import migrate as bring_up_to_date
from casebook.long_running import settle
from casebook.settings import Settings
from casebook.store.database import connect
from casebook.store.files import open_store
from services.api.app import create_app, work_out_routes
from services.command.output import out
from services.ingest import worker as queue_worker


def serve(
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run the queue's worker in this process too.")
    ] = True,
) -> None:
    """Run the HTTP service: API, DICOMweb, pages and viewer. Settings come from CASEBOOK_* (docs/settings.md)."""
    with opened(Settings()) as installation:
        run_service(installation, with_worker=with_worker)


def run_service(installation: Installation, *, with_worker: bool) -> None:
    """Serve until interrupted or told to end; either way what was opened is closed."""
    signal.signal(signal.SIGTERM, _end)
    settings = installation.settings
    if not settings.key:
        raise Invalid("The study key is empty.", field="CASEBOOK_STUDY_KEY")
    with installation.database.session() as session, session.begin():
        refresh_outdated(session)
    app = create_app(installation)
    server = uvicorn.Server(
        uvicorn.Config(app, host=settings.host, port=settings.port, log_level="warning", server_header=False)
    )
    app.state.service.workshop.warm()
    work_out_routes()
    settle()
    with queue_worker.beside(installation) if with_worker else contextlib.nullcontext():
        server.run()


def _end(_number: int, _frame: FrameType | None) -> None:
    """Leave as an interruption does: a process that a signal ends would leave the embedded database running."""
    raise SystemExit(0)


def worker() -> None:
    """Run the queue's worker alone, as many as needed and on any machine that reaches database and archive."""
    with opened(Settings()) as installation:
        queue_worker.run(installation)


def migrate() -> None:
    """Bring the schema of a PostgreSQL server of one's own up to date (CASEBOOK_DATABASE_ADMIN_URL)."""
    settings = Settings()
    if settings.database_url is None:
        with opened(settings):
            out.print("The embedded database is up to date.")
        return
    if settings.database_admin_url is None:
        raise Invalid(
            "Set CASEBOOK_DATABASE_ADMIN_URL to the owner of the schema; the application's role may not change it.",
            field="CASEBOOK_DATABASE_ADMIN_URL",
        )
    role = connect(settings.database_url.get_secret_value()).engine.url.username
    if not role:
        raise Invalid("CASEBOOK_DATABASE_URL names no user.", field="CASEBOOK_DATABASE_URL")
    bring_up_to_date(settings.database_admin_url.get_secret_value(), application_role=role)
    out.print("The database is up to date.")


def init() -> None:
    """Make the data folder and the study key. Keep a copy of the key: without it later images cannot be linked."""
    settings = Settings()
    if settings.study_key is not None:
        out.print("The study key comes from CASEBOOK_STUDY_KEY; no file was made.")
    elif make_key(settings):
        out.print(f"Study key made: {settings.key_file}. Keep a copy in a safe place.", highlight=False)
    else:
        out.print(f"There is a study key: {settings.key_file}.", highlight=False)


def openapi() -> None:
    """Print the OpenAPI document of the API."""
    json.dump(openapi_document(), sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
    sys.stdout.write("\n")


def openapi_document() -> dict[str, Any]:
    """Return the document; nothing is connected to for it."""
    store = open_store(Path("none"), "s3://none")
    database = connect("postgresql://nowhere/none")
    return create_app(Installation(Settings(), database, store, store)).openapi()
