from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from casebook.installation import Installation
from services.api.app import create_app
from services.command.demo import PASSWORD


class Browser(TestClient):
    """A browser in the hands of an account of the demonstration."""

    def sign_in(self, login: str) -> "Browser":
        answer = self.post("/api/v1/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 204, answer.text
        self.headers["X-CSRF-Token"] = self.get("/api/v1/session").json()["csrf_token"]
        return self


@pytest.fixture
def browser(sample: Installation) -> Iterator:
    """Return a function that gives a signed-in browser on one running application."""
    app = create_app(sample)
    opened: list[Browser] = []

    def new(login: str | None = None) -> Browser:
        client = Browser(app, raise_server_exceptions=False)
        client.__enter__()
        opened.append(client)
        return client.sign_in(login) if login else client

    yield new
    for client in opened:
        client.__exit__(None, None, None)
