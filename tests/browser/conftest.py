"""A real Chromium before the real service, on the sample study that went through the ingest."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright
from sqlalchemy import Engine, text
from starlette.types import ASGIApp

from casebook.installation import Installation
from casebook.store.embedded import EmbeddedServer
from services.api.app import create_app
from services.api.viewer import BUILT
from tests.browser.workspace import Workspace
from tests.conftest import SAMPLE
from tests.conftest import _copied as copied
from tests.conftest import _installation as installation_on

NAMES = ("chromium", "chromium-browser", "google-chrome")
SOFTWARE_GRAPHICS = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
Hands = TypeVar("Hands", bound=Workspace)

QUIET = ("--no-sandbox", "--no-first-run", "--disable-background-networking")


@pytest.fixture(scope="module")
def chromium(sample_dir) -> Iterator[Browser]:
    """Start the installed Chromium, drawing in software, once for a module.

    While Playwright runs, the thread has a running event loop and nothing else may start one: the sample is made
    before, and the loop ends with the module.
    """
    program = os.environ.get("CASEBOOK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium here: install one, or name it in CASEBOOK_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*SOFTWARE_GRAPHICS, *QUIET])
        yield browser
        browser.close()


@contextmanager
def served(installation: Installation) -> Iterator[str]:
    """Serve the installation on a free port and give its address."""
    assert (BUILT / "index.html").exists(), "the viewer is not built: make viewer"
    with serving(create_app(installation)) as address:
        yield address


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port and give its address."""
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        thread.join(0.02)
        assert thread.is_alive()
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


BROKEN_LINE = "XMLHttpRequest"
"""What the image loader throws when the line breaks: the request, which says no more than this as text."""


@contextmanager
def reader_at(chromium: Browser, address: str, truth: dict, hands: type[Hands] = Workspace) -> Iterator[Hands]:
    """Give a reader's browser; afterwards the page must have broken nothing, the security policy included."""
    context = chromium.new_context(viewport={"width": 1600, "height": 900}, base_url=address)
    context.set_default_timeout(60_000)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)) if str(error) != BROKEN_LINE else None)
    page.on("console", lambda message: troubles.append(message.text) if is_trouble(message) else None)
    yield hands(page, truth)
    context.close()
    assert troubles == []


def is_trouble(message: ConsoleMessage) -> bool:
    """Tell errors of the page from refusals and broken lines, which tests make on purpose.

    The browser says "Failed to load resource"; the image loader then names the request itself.
    """
    return message.type == "error" and not message.text.startswith(("Failed to load resource", BROKEN_LINE))


@pytest.fixture
def workspace(chromium: Browser, sample: Installation, truth: dict) -> Iterator[Workspace]:
    """Give a reader before an installation of its own, to change at will."""
    with served(sample) as address, reader_at(chromium, address, truth) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def shared_address(sample_dir: Path, server: EmbeddedServer, owner: Engine, worker_id: str) -> Iterator[str]:
    """Serve one installation for tests that only look."""
    name = f"browser_{worker_id}"
    database = copied(owner, server, name, SAMPLE)
    with served(installation_on(database, sample_dir)) as address:
        yield address
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture
def onlooker(chromium: Browser, shared_address: str, truth: dict) -> Iterator[Workspace]:
    """Give a reader that changes nothing on the server."""
    with reader_at(chromium, shared_address, truth) as workspace:
        yield workspace
