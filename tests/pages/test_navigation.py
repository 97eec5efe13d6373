"""The top bar says where a person is, on pages reached from a place too."""

import re

import pytest
from fastapi.routing import APIRoute

from services.api.pages.navigation import PLACES, Link
from services.api.pages.routes import router

OF_NO_PLACE = ("/", "/login", "/logout", "/account", "/language")
"""Before and beside the places: signing in, and the person's own account."""


def shown(path: str) -> list[str]:
    return [place.path for place in PLACES if Link(place.path, place.label, under=place.under).leads_to(path)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/cuts", "/endpoint"),
        ("/cuts/7a/comparison", "/endpoint"),
        ("/quarantine", "/submissions"),
        ("/reminders", "/queries"),
        ("/reports/receipt", "/accrual"),
        ("/patients/JP-03-0001", "/patients"),
        ("/account-trail", "/account-trail"),
        ("/accounts/sato", "/accounts"),
    ],
)
def test_a_page_belongs_to_the_place_that_leads_to_it_and_to_no_other(path, place):
    assert shown(path) == [place]


def test_every_page_belongs_to_one_place():
    paths = {re.sub(r"\{.*?\}", "x", one.path) for one in router.routes if isinstance(one, APIRoute)}
    lost = {path: shown(path) for path in paths if len(shown(path)) != 1}
    assert {path for path in lost if not path.startswith(OF_NO_PLACE[1:]) and path != "/"} == set(), lost


def test_a_page_below_a_place_marks_it_as_where_one_is_and_not_as_the_page_itself(browsers):
    said = browsers("manager").get("/quarantine").text
    assert re.findall(r'<a href="([^"]+)" aria-current="(\w+)">', said)[0] == ("/submissions", "true")
