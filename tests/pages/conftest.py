"""One populated registry, served, for the tests of a worker; and a browser for each of its people."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fasteners import InterProcessLock
from pydantic import SecretBytes
from sqlalchemy import text

from casebook.installation import Installation
from casebook.settings import Settings
from casebook.store.database import Database, connect
from casebook.store.files import open_store
from services.api.app import create_app
from tests.conftest import TEMPLATE
from tests.pages import hospital

Browser = Callable[[str], httpx.Client]


@pytest.fixture(scope="session")
def registry(server, owner, worker_id) -> Iterator[Database]:
    """The database of the tests of pages, filled once."""
    name = f"pages_{worker_id}"
    with InterProcessLock(Path(tempfile.gettempdir()) / "casebook-template.lock"), owner.connect() as connection:
        connection.execute(text(f"create database {name} template {TEMPLATE} strategy file_copy"))
    database = connect(server.url(database=name))
    with database.transaction(actor="machine", reason="a test") as session:
        hospital.open_registry(session)
        hospital.a_full_course(session)
        hospital.a_patient(session, hospital.OTHER_SITE)
    yield database
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture(scope="session")
def address(registry, tmp_path_factory) -> Iterator[str]:
    """Where the application answers."""
    folder: Path = tmp_path_factory.mktemp("installation")
    installation = Installation(
        settings=Settings(data_dir=folder, study_key=SecretBytes(hospital.KEY), secure_cookies=False),
        database=registry,
        archive=open_store(folder / "archive"),
        quarantine=open_store(folder / "quarantine"),
    )
    app = create_app(installation)
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        thread.join(0.05)
        assert thread.is_alive()
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


def _browser(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"accept": "text/html", "accept-language": "en"}, timeout=60)


@pytest.fixture
def stranger(address) -> Iterator[httpx.Client]:
    """A browser in which nobody has signed in."""
    with _browser(address) as client:
        yield client


@pytest.fixture(scope="session")
def browsers(address) -> Iterator[Browser]:
    """Browsers by login, each signed in once."""
    signed_in: dict[str, httpx.Client] = {}

    def browser(login: str) -> httpx.Client:
        if login not in signed_in:
            client = _browser(address)
            answer = client.post("/login", data={"login": login, "password": hospital.PASSWORD})
            assert answer.status_code == 303
            del client.cookies["casebook_language"]
            signed_in[login] = client
        return signed_in[login]

    yield browser
    for client in signed_in.values():
        client.close()


@pytest.fixture(scope="module")
def chromium():
    """A real Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--headless", "--no-sandbox"])
        yield browser
        browser.close()
