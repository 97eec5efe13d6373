"""All pages in one router, their static files, and failures as pages."""

import importlib
from typing import Final

from fastapi import APIRouter, FastAPI

from services.api.pages import (
    account,
    accounts,
    accrual,
    agreement,
    announcing,
    audit,
    board,
    cuts,
    endpoint,
    endpoint_derivation,
    endpoint_lists,
    entries,
    failures,
    form_router,
    image_check,
    imports,
    lesion,
    lesion_list,
    lesion_table,
    own_account,
    patient,
    patient_list,
    quality,
    quarantine,
    query_list,
    query_page,
    readers,
    registration,
    reminders,
    reports,
    second_registration,
    senders,
    sending,
    series_roles,
    signing_in,
    site,
    site_read,
    sites,
    static,
    submission,
    worklists,
)

router: Final = APIRouter(include_in_schema=False)
for _pages in (
    signing_in,
    worklists,
    patient_list,
    registration,
    second_registration,
    patient,
    image_check,
    board,
    series_roles,
    query_list,
    query_page,
    entries,
    reminders,
    lesion_table,
    form_router,
    imports,
    lesion,
    lesion_list,
    site_read,
    sending,
    announcing,
    submission,
    quarantine,
    quality,
    cuts,
    endpoint,
    endpoint_derivation,
    endpoint_lists,
    agreement,
    readers,
    sites,
    site,
    senders,
    accrual,
    reports,
    audit,
    own_account,
    accounts,
    account,
):
    router.include_router(_pages.router)


def install(app: FastAPI) -> None:
    """Add what the pages' addresses need; failures become pages, so problem details are to be installed before.

    Signing in with the institution's own service, and the libraries for it, are loaded only where one is set up.
    """
    if app.state.service.settings.oidc_issuer is not None:
        sign_on = importlib.import_module("services.api.pages.sign_on")
        app.include_router(sign_on.router, include_in_schema=False)
    static.install(app)
    failures.install(app)
