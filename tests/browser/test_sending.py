"""A site sends a zip with faults: the line breaks in the middle, the page is reloaded, and the receipt is whole."""

import csv
import io
import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from casebook.installation import Installation
from services.command.demo import PASSWORD
from services.ingest import worker
from tests.api import uploading as hands
from tests.api.uploading import SUBJECT, TIMEPOINT
from tests.browser.conftest import is_trouble, served

PATH = f"/submissions/new?patient={SUBJECT}&timepoint={TIMEPOINT}"
LONG_MS = 30_000


@pytest.fixture
def address(chromium: Browser, sample: Installation):
    with served(sample) as found, worker.beside(sample):
        yield found


@pytest.fixture
def page(chromium: Browser, address: str):
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    context.set_default_timeout(LONG_MS)
    page, troubles = context.new_page(), []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if is_trouble(message) else None)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/login?lang=en")
    page.fill("[name=login]", "coordinator")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work")
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A zip with faults, and a file that takes several pieces."""
    sent = tmp_path / "sent"
    sent.mkdir()
    (sent / "images.zip").write_bytes(hands.a_zip_with_faults())
    (sent / "noise.dcm").write_bytes(random.Random(5).randbytes(6 * 1024 * 1024))
    (sent / ".DS_Store").write_bytes(b"nobody means to send this")
    return sent


def break_after(page: Page, *, pieces: int) -> list[int]:
    """Let so many pieces pass; those after them find the line broken. Returns where the pieces begin."""
    offsets: list[int] = []

    def passed(route: Route) -> None:
        if route.request.method == "PUT":
            if len(offsets) >= pieces:
                route.abort("internetdisconnected")
                return
            offsets.append(int(route.request.url.partition("offset=")[2]))
        route.continue_()

    page.route("**/api/v1/uploads/**", passed)
    return offsets


def test_a_broken_line_is_waited_for_a_reload_goes_on_and_the_receipt_is_whole(page: Page, folder):
    page.goto(PATH)
    break_after(page, pieces=3)
    files = sorted(folder.iterdir())
    page.set_input_files("#files", files)
    page.get_by_text("The line is broken").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Try now").click()
    page.get_by_text("The line is broken").wait_for()
    assert page.get_by_text("1 files of the operating system").is_visible()
    page.context.set_offline(False)
    page.reload()
    assert page.get_by_text("Unfinished uploads").is_visible()
    page.unroute_all()
    offsets = break_after(page, pieces=1000)
    page.set_input_files("#files", files)
    page.get_by_role("link", name="Receipt").wait_for()
    assert offsets, "something was left to send"
    assert 0 not in offsets, "what was there is not sent again"
    assert page.get_by_role("status").get_by_text("is complete").is_visible()
    page.get_by_role("link", name="Receipt").click()
    page.wait_for_url("**/receipt")
    assert page.get_by_text("images.zip/more.zip").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    outcomes = {line["file"]: line["outcome"] for line in lines}
    assert len(lines) == 9
    assert outcomes["noise.dcm"] == outcomes["images.zip/other.dcm"] == "quarantined"
    assert outcomes["images.zip/CT/new-2.dcm"] == "archived"


def test_sending_goes_on_by_itself_when_the_line_is_back(page: Page, folder):
    page.goto(PATH)
    break_after(page, pieces=1)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files or a zip").press("Enter")
    chooser.value.set_files(folder / "noise.dcm")
    page.get_by_text("The line is broken").wait_for()
    page.unroute_all()
    page.get_by_role("link", name="Receipt").wait_for()


def test_an_upload_is_paused_and_discarded_by_keyboard(page: Page, folder):
    page.goto(PATH)
    page.route("**/files/**", lambda route: None if route.request.method == "PUT" else route.continue_())
    page.set_input_files("#files", folder / "noise.dcm")
    page.get_by_text("Sending. Keep").wait_for()
    page.get_by_role("button", name="Pause").press("Enter")
    page.get_by_text("Paused.").wait_for()
    page.get_by_role("button", name="Discard the upload").press("Enter")
    page.get_by_text("Discarded.").wait_for()
    page.unroute_all()
    page.reload()
    assert not page.get_by_text("Unfinished uploads").is_visible()
