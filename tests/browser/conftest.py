"""A real Chromium before the real service, on the sample study that went through the ingest."""

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from services.api.app import create_app
from services.api.viewer import BUILT
from tests.browser.workspace import Workspace

NAMES = ("chromium", "chromium-browser", "google-chrome")
SOFTWARE_GRAPHICS = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
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


@pytest.fixture
def address(sample) -> Iterator[str]:
    """Give the address of the service on the sample study."""
    assert (BUILT / "index.html").exists(), "the viewer is not built: npm ci && npm run build in viewer/"
    running = uvicorn.Server(uvicorn.Config(create_app(sample), port=0, log_level="warning"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        thread.join(0.02)
        assert thread.is_alive()
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def workspace(chromium: Browser, address: str, truth: dict) -> Iterator[Workspace]:
    """Give a signed-in reader's browser; afterwards the page must have broken nothing, the security policy included."""
    context = chromium.new_context(viewport={"width": 1600, "height": 900}, base_url=address)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    yield Workspace(page, truth)
    context.close()
    assert troubles == []
