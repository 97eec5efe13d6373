import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from casebook.actions.accounts import make_token
from casebook.installation import Installation
from casebook.store.tables import Series
from services.api.app import create_app
from services.command.demo import STUDY
from services.command.machine import operator
from tests.api.routes import Route, routes, unconnected
from tests.blinding.secrets import Searched
from tests.blinding.world import (
    CASE,
    COLLEAGUE,
    NOBODYS,
    OTHER,
    READER,
    Image,
    an_image_of_each_series,
    assignment,
    names_of,
    plant,
    secrets,
)
from tests.conftest import SAMPLE, _copied, _installation

ROUTES = [route for route in routes(unconnected()) if route.method == "GET"]
SAME_FOR_ALL = {"/api/v1/openapi.json", "/api/v1/health", "/login", "/viewer", "/viewer/{path:path}"}
"""They hold nothing of any study, and are answered without signing in."""
DEPENDS_ON_THE_CLOCK = {"date", "set-cookie"}
ACCEPT = {"rendered": "image/png", "thumbnail": "image/png", "bulkdata": "application/octet-stream"}
ANY_SYNTAX = {
    "frames": 'multipart/related; type="application/octet-stream"; transfer-syntax=*',
    "objects": 'multipart/related; type="application/dicom"; transfer-syntax=*',
}


@dataclass(frozen=True)
class Said:
    """An answer without what only the clock says."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def everything(self) -> bytes:
        return b"\n".join([*(f"{name}: {value}".encode() for name, value in self.headers), self.body])


@dataclass(frozen=True)
class Blinded:
    """The reader's program, and what there is to ask for."""

    installation: Installation
    client: TestClient
    searched: Searched
    own: dict[str, str]
    hidden: tuple[dict[str, str], ...]
    images: tuple[Image, ...]

    def ask(self, address: str, accept: str = "*/*") -> Said:
        answer: httpx.Response = self.client.get(address, headers={"Accept": accept})
        headers = sorted((name, value) for name, value in answer.headers.items() if name not in DEPENDS_ON_THE_CLOCK)
        return Said(answer.status_code, tuple(headers), answer.content)

    def addresses(self, names: dict[str, str]) -> list[str]:
        """Every address of a GET route but DICOMweb's, with these names."""
        return [filled(route, names) for route in ROUTES if is_asked(route)]


def is_asked(route: Route) -> bool:
    return route.path not in SAME_FOR_ALL and not route.path.startswith("/dicomweb")


def filled(route: Route, names: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(:path)?\}", lambda match: names[match[1]], route.path)


def dicomweb_addresses(image: Image) -> Iterator[tuple[str, str]]:
    """Yield every DICOMweb address that names the image, with what to accept."""
    names = NOBODYS | {
        "study_uid": image.study_uid,
        "series_uid": image.series_uid,
        "sop_uid": image.sop_uid,
    }
    for route in ROUTES:
        if route.path.startswith("/dicomweb") and "{series_uid}" in route.path:
            last = route.path.rsplit("/", 1)[-1]
            kind = next((word for word in ACCEPT if word in route.path), None)
            objects = ANY_SYNTAX["frames"] if last == "{frame_list}" else ANY_SYNTAX["objects"]
            is_json = last in {"metadata", "instances"}
            yield filled(route, names), "application/dicom+json" if is_json else ACCEPT[kind] if kind else objects


@pytest.fixture(scope="module")
def blinded(sample_dir, server, owner, worker_id, truth) -> Iterator[Blinded]:
    """Give a reader with one case among everything that others did, and what they answered before that happened."""
    name = f"blinding_{worker_id}"
    database = _copied(owner, server, name, SAMPLE)
    installation = _installation(database, sample_dir)
    with database.transaction(actor="test") as session:
        token = make_token(session, operator(STUDY), login=READER, label="test", days=1, now=datetime.now(UTC))
    with TestClient(create_app(installation), raise_server_exceptions=False, follow_redirects=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield _with_others(installation, client, truth)
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


def _with_others(installation: Installation, client: TestClient, truth) -> Blinded:
    found = client.get("/dicomweb/series").json()
    open_series = frozenset(one["0020000E"]["Value"][0] for one in found)
    with installation.database.session() as session:
        own = names_of(session, CASE, READER) | {"subject_id": NOBODYS["subject_id"]}
        images = tuple(one for number in (CASE, OTHER) for one in an_image_of_each_series(session, number, open_series))
    plant(installation)
    with installation.database.session() as session:
        known = {"lesion_id": NOBODYS["lesion_id"]}
        hidden = (
            names_of(session, OTHER, None),
            names_of(session, CASE, None) | known,
            names_of(session, CASE, COLLEAGUE) | known,
        )
        searched = Searched(secrets(session, truth))
        assert session.scalars(select(Series.id)).first() is not None
        assert assignment(session, CASE, READER).withdrawn_at is None
    return Blinded(installation, client, searched, own, hidden, images)
