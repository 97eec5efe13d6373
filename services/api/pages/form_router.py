"""The pages about forms, in the order in which their addresses are tried."""

from typing import Final

from fastapi import APIRouter

from services.api.pages import form, form_acts, form_overview, history

router: Final = APIRouter()
for _pages in (form_overview, history, form_acts, form):
    router.include_router(_pages.router)
