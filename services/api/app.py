"""The HTTP application: routes, failures, security headers, and what starts and stops with it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import BaseRoute

from casebook import __version__
from casebook.dicom.workshop import Workshop, limits_of
from casebook.installation import Installation
from services.api import pages, problems, viewer
from services.api.dicomweb import dicomweb_router
from services.api.routes import (
    accounts,
    accrual,
    adjudications,
    agreement,
    audit,
    baseline_list,
    cases,
    central_reads,
    corrections,
    cuts,
    derivations,
    dicom_deliveries,
    endpoint,
    forms,
    health,
    image_checks,
    imports,
    lesion_table,
    lesions,
    own_account,
    quality,
    quarantine,
    queries,
    readers,
    reads,
    reconciliation,
    reminders,
    reports,
    senders,
    series,
    session,
    sites,
    statistics,
    subjects,
    submissions,
    uploads,
    windows,
    worklists,
)
from services.api.security import GuardedApplication
from services.api.state import Service
from services.api.storable import storable_address

DESCRIPTION = """Imaging-study case registry with a DICOM viewer service.

Sign in with `POST /api/v1/session` (browsers) or send a bearer token. Failures are problem details (RFC 9457).
DICOMweb (QIDO-RS, WADO-RS, STOW-RS) is served under `/dicomweb`."""


def create_app(installation: Installation) -> FastAPI:
    """Build the application on an open database and archive; it closes its child processes when it stops."""
    settings = installation.settings
    workshop = Workshop(
        n_children=settings.workers,
        limits=limits_of(memory_mb=settings.parse_memory_mb, seconds=settings.parse_seconds),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        workshop.close()

    app = GuardedApplication(
        title="Casebook",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        dependencies=[Depends(storable_address)],
        routes=[*_routes()],
    )
    app.state.service = Service(
        settings, installation.database, installation.archive, installation.quarantine, workshop
    )
    problems.install(app)
    pages.install(app)
    viewer.install(app)
    return app


def work_out_routes() -> None:
    """Have FastAPI work out what each address takes, which it else does while the first request waits (0.7 s)."""
    nowhere = {"type": "http", "method": "GET", "path": "/-", "root_path": "", "headers": []}
    for route in _routes():
        route.matches(nowhere)


@cache
def _routes() -> Sequence[BaseRoute]:
    """Work out every address once in a process, whatever number of applications answers at them."""
    everything = APIRouter(dependencies=[Depends(storable_address)])
    for router in (
        health.router,
        session.router,
        own_account.router,
        windows.router,
        accounts.router,
        cases.router,
        reads.router,
        corrections.router,
        adjudications.router,
        central_reads.router,
        subjects.router,
        worklists.router,
        lesion_table.router,
        lesions.router,
        baseline_list.router,
        series.router,
        image_checks.router,
        quarantine.router,
        reconciliation.router,
        quality.router,
        queries.router,
        reminders.router,
        readers.router,
        forms.router,
        forms.bulk,
        imports.router,
        audit.router,
        endpoint.router,
        derivations.router,
        cuts.router,
        agreement.router,
        statistics.router,
        accrual.router,
        reports.router,
        sites.router,
        senders.router,
        dicom_deliveries.router,
        uploads.router,
        submissions.router,
    ):
        everything.include_router(router, responses=problems.RESPONSES)
    everything.include_router(dicomweb_router())
    everything.include_router(pages.router)
    return tuple(everything.routes)
