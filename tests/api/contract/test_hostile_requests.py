"""What no description speaks of: queries and forms of pages, and headers. Nothing that is sent makes the service fail."""

import re
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from casebook.domain.actors import MAY, Role
from tests.api.contract.world import World, asking
from tests.api.routes import Route, routes, unconnected

FOUND = [route for route in routes(unconnected()) if route.actions]
PAGES = [route for route in FOUND if route.is_page and route.method == "GET"]
READ_BY_QUERY = [route for route in FOUND if route.path.startswith("/dicomweb") and route.method == "GET"]
NAMES = ("page", "sort", "order", "search", "q", "site", "state", "timepoint", "ordinal", "field", "since", "until")
NAMES += ("limit", "offset", "PatientID", "StudyDate", "includefield", "window", "viewport", "accept", "language")
NASTY = (
    "",
    "\0",
    "a\0b",
    b"\xff\xfe",
    "-1",
    "0",
    "1e400",
    "9" * 400,
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "99991231-",
    "x" * 20_000,
    "\u202e\U0001f642\u0301",
    "٣",
    "';--",
    "<script>",
    "../../etc/passwd",
    "%",
    "[" * 500,
    "\r\nX-Injected: 1",
)
HEADERS = ("If-Match", "If-None-Match", "Accept", "Accept-Language", "Accept-Encoding", "X-Change-Reason", "Range")
HEADERS += ("Content-Type", "Origin", "X-CSRF-Token", "Cookie", "Host", "X-Forwarded-For", "Authorization")
bounded = settings(max_examples=4, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))


class Forms(HTMLParser):
    """The forms of a page: where they are sent, and the fields with what they hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form" and (said.get("method") or "").lower() == "post":
            self.found.append((said.get("action") or "", {}))
        elif tag in {"input", "select", "textarea", "button"} and said.get("name") and self.found:
            self.found[-1][1].setdefault(said["name"] or "", said.get("value") or "")


@pytest.fixture(scope="module")
def client(world: World) -> TestClient:
    return TestClient(world.serve, raise_server_exceptions=False, follow_redirects=False)


def asker(route: Route) -> Role:
    return next(role for role in (*asking(route.actions), *Role) if route.actions <= MAY[role])


def address(route: Route, names: dict) -> str:
    number = names.get("submission", names["number"]) if route.path.startswith("/submissions") else names["number"]
    values = {**names, "number": number}
    return re.sub(r"\{(\w+)(:path)?\}", lambda match: quote(str(values.get(match[1], "1")), safe=""), route.path)


@pytest.mark.parametrize("route", [*PAGES, *READ_BY_QUERY], ids=str)
def test_no_query_makes_a_reading_route_fail(world, client, route):
    @bounded
    @given(
        place=st.sampled_from(world.places),
        query=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NASTY)), max_size=3),
    )
    def ask(place, query):
        with world.database.pristine():
            answer = client.get(f"{address(route, place)}?{urlencode(query)}", headers=world.bearer(asker(route)))
        assert answer.status_code < 500, answer.text[:500]

    ask()


@pytest.mark.parametrize("route", PAGES, ids=str)
def test_no_field_of_a_form_makes_a_page_fail(world, client, route):
    bearer = world.bearer(asker(route))
    for place in world.places[:4]:
        with world.database.pristine():
            page = client.get(address(route, place), headers=bearer)
        forms = [(action, fields) for action, fields in Forms(page.text).found if fields and action != "/logout"]
        if not forms:
            continue

        @bounded
        @given(data=st.data(), form=st.sampled_from(forms), path=st.just(page.url.path))
        def send(data, form, path):
            action, fields = form
            nasty = st.dictionaries(st.sampled_from(sorted(fields)), st.sampled_from(NASTY), min_size=1, max_size=2)
            with world.database.pristine():
                answer = client.post(
                    action or path,
                    content=urlencode({**fields, **data.draw(nasty)}),
                    headers={**bearer, "Content-Type": "application/x-www-form-urlencoded"},
                )
            assert answer.status_code < 500, answer.text[:500]

        send()
        return
    pytest.skip("the page has no form")


@pytest.mark.parametrize("route", [route for route in FOUND if route.path.startswith("/api/")], ids=str)
def test_no_header_makes_a_route_fail(world, client, route):
    @bounded
    @given(
        place=st.sampled_from(world.places),
        headers=st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(NASTY), min_size=1, max_size=2),
    )
    def ask(place, headers):
        sent = {
            name: re.sub(rb"[\r\n]", b"", value if isinstance(value, bytes) else value.encode())
            for name, value in headers.items()
        }
        with world.database.pristine():
            answer = client.request(
                route.method, address(route, place), headers={**world.bearer(asker(route)), **sent}, content=b"{}"
            )
        assert answer.status_code < 500, answer.text[:500]

    ask()
