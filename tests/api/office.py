"""An installation with the study and a few people, without patients or images."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from casebook.actions.accounts import add_account
from casebook.actions.grants import grant_role
from casebook.actions.studies import load_definition
from casebook.domain.actors import Actor, Grant, Role
from casebook.installation import Installation
from casebook.store.database import Database
from services.api.app import create_app

DREAM = Path(__file__).parents[2] / "studies" / "dream.toml"
STUDY, SITE, OTHER_SITE = "DREAM", "JP-03", "BE-02"
PASSWORD = "a long enough password"
OPERATOR = Actor("console:tester", "tester", (Grant(Role.ADMINISTRATOR, STUDY),))
PEOPLE = {
    "admin": (Role.ADMINISTRATOR, None),
    "manager": (Role.DATA_MANAGER, None),
    "coordinator": (Role.SITE_COORDINATOR, SITE),
    "reader": (Role.CENTRAL_READER, None),
}


def furnish(database: Database) -> None:
    """Load the study and make the people."""
    now = datetime.now(UTC)
    with database.transaction(actor="tester", reason="a test") as session:
        load_definition(session, OPERATOR, text=DREAM.read_text(encoding="utf-8"), now=now)
        for login, (role, site) in PEOPLE.items():
            a_person(session, login)
            grant_role(session, OPERATOR, login=login, role=role, study_code=STUDY, site_code=site, now=now)


def a_person(session, login: str, **named) -> None:
    """Make an account without a role."""
    add_account(session, OPERATOR, login=login, display_name=login.title(), password=PASSWORD, **named)


class Desk(TestClient):
    """A browser that speaks the API, signed in where a login is given."""

    def sign_in(self, login: str, password: str = PASSWORD) -> "Desk":
        answer = self.post("/api/v1/session", json={"login": login, "password": password})
        assert answer.status_code == 204, answer.text
        self.headers["X-CSRF-Token"] = self.get("/api/v1/session").json()["csrf_token"]
        return self


@contextmanager
def desks(installation: Installation) -> Iterator:
    """Give a function that opens browsers on one running application."""
    app = create_app(installation)
    opened: list[Desk] = []

    def new(login: str | None = None, password: str = PASSWORD) -> Desk:
        client = Desk(app, raise_server_exceptions=False, follow_redirects=False)
        client.__enter__()
        opened.append(client)
        return client.sign_in(login, password) if login else client

    yield new
    for client in opened:
        client.__exit__(None, None, None)
