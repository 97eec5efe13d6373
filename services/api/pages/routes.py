"""All pages in one router, their static files, and failures as pages."""

from typing import Final

from fastapi import APIRouter, FastAPI

from services.api.pages import (
    endpoint,
    failures,
    form,
    lesion_table,
    patient,
    patient_list,
    quarantine,
    registration,
    signing_in,
    static,
    submission,
)

router: Final = APIRouter(include_in_schema=False)
for _pages in (
    signing_in,
    patient_list,
    registration,
    patient,
    lesion_table,
    form,
    submission,
    quarantine,
    endpoint,
):
    router.include_router(_pages.router)


def install(app: FastAPI) -> None:
    """Add the pages; failures become pages for browsers, so problem details are to be installed before."""
    app.include_router(router)
    static.install(app)
    failures.install(app)
