"""Every route of the application with the action it declares, read from the application itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant

from casebook.domain.actors import Action
from casebook.installation import Installation
from casebook.settings import Settings
from casebook.store.database import connect
from casebook.store.files import open_store
from services.api.app import create_app

PUBLIC = {
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/api/v1/session"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/viewer"),
    ("GET", "/viewer/{path:path}"),
}
"""Open to everybody: they hold no data of any study."""
OF_ANY_ROLE = {
    ("GET", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("GET", "/"),
    ("GET", "/account"),
    ("POST", "/account/password"),
    ("POST", "/account/language"),
    ("POST", "/account/sessions/end"),
    ("POST", "/account/sessions/{key}/end"),
    ("POST", "/account/tokens"),
    ("POST", "/account/tokens/{token_id}/revoke"),
    ("GET", "/api/v1/account"),
    ("PUT", "/api/v1/account/password"),
    ("PUT", "/api/v1/account/language"),
    ("DELETE", "/api/v1/account/sessions"),
    ("DELETE", "/api/v1/account/sessions/{key}"),
    ("POST", "/api/v1/account/tokens"),
    ("GET", "/api/v1/account/windows"),
    ("PUT", "/api/v1/account/windows/{role}"),
    ("DELETE", "/api/v1/account/windows/{role}"),
    ("DELETE", "/api/v1/account/tokens/{token_id}"),
    ("POST", "/logout"),
}
"""About the person who asks alone."""
MOUNTED = {"/static", "/viewer/assets"}
"""Files that are the same for everybody."""


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    actions: frozenset[Action]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_page(self) -> bool:
        """Shown to people; blinded roles are not even told of pages that are not theirs."""
        return not self.path.startswith(("/api/", "/dicomweb"))

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path

    @property
    def names_a_thing(self) -> bool:
        """Whether the address leads to something that belongs to a site."""
        return "{" in self.path.replace("{study}", "") or (self.method == "POST" and self.path == "/dicomweb/studies")


def unconnected() -> FastAPI:
    """The application without database and archive, to look at."""
    store = open_store(Path("none"), "s3://none")
    settings = Settings(_env_file=None)
    return create_app(Installation(settings, connect("postgresql://nowhere/none"), store, store))


def mounts(app: FastAPI) -> set[str]:
    return {route.path for route in app.routes if type(route).__name__ == "Mount"}


def routes(app: FastAPI) -> list[Route]:
    found = []
    for top in app.routes:
        inner = top.effective_route_contexts() if hasattr(top, "effective_route_contexts") else [top]
        for route in inner:
            actions = frozenset(_actions(route.dependant)) if hasattr(route, "dependant") else frozenset()
            found += [
                Route(method, route.path, actions)
                for method in getattr(route, "methods", None) or ()
                if method != "HEAD"
            ]
    return found


def _actions(dependant: Dependant) -> Iterator[Action]:
    action = getattr(dependant.call, "action", None)
    if action is not None:
        yield action
    for inner in dependant.dependencies:
        yield from _actions(inner)
