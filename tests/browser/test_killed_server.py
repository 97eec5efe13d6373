"""SIGKILL in the middle of a read: the reader reads on, and the server has everything once it is back."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from casebook.installation import Installation
from tests.browser.central import Desk
from tests.browser.conftest import reader_at

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONGEST_START_S = 180
ROOT = Path(__file__).resolve().parents[2]


class Service:
    """The service on a port of its own, that can be killed and started again on the same data."""

    def __init__(self, installation: Installation) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        url = installation.database.engine.url.render_as_string(hide_password=False)
        self._order = (str(self.port), str(installation.settings.data_dir), url)
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.browser.service", *self._order], cwd=ROOT)
        until = time.monotonic() + LONGEST_START_S
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None
            time.sleep(0.1)
        pytest.fail("the service did not start")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)


@pytest.fixture
def service(chromium, sample: Installation) -> Iterator[Service]:
    """Give a service before the sample study."""
    running = Service(sample)
    yield running
    running.kill()


@pytest.fixture
def desk(chromium, service: Service, sample: Installation, truth) -> Iterator[Desk]:
    """Give a central reader before the first step of a case."""
    with reader_at(chromium, service.address, truth, Desk) as desk:
        desk.open(sample)
        yield desk


def entered(desk: Desk) -> dict[str, tuple[str, int | None]]:
    """Tell what the server has of the first step, by lesion."""
    known = {one["id"]: one["label"] for one in desk.case("baseline")["lesions"]}
    found = [one for one in desk.read("baseline")["findings"] if one["sequence"] == "ct"]
    return {known[one["lesion_id"]]: (one["visibility"], one["confidence"]) for one in found}


ALL = {"L1": ("not-visible", 1), "L2": ("not-visible", 2), "L3": ("not-visible", 1), "L4": ("not-visible", 1)}


def test_the_reader_reads_on_and_even_locks_the_step_while_the_server_is_dead(desk: Desk, service: Service) -> None:
    desk.key("1", "a", ".", "2", "a", ".")
    service.kill()
    desk.key(".", "3", "a", ".", "4", "a", ".", "f", "Shift+L")
    expect(desk.page.locator(".save")).to_contain_text("Not saved yet")
    assert desk.step == "ct"
    service.start()
    desk.wait_for_step("dwi")
    desk.wait_until_saved()
    assert entered(desk) == ALL
    assert len(desk.read("baseline")["key_images"]) == 1


def test_what_was_entered_while_the_server_was_dead_survives_a_reload_too(desk: Desk, service: Service) -> None:
    desk.key("1", "a", ".")
    desk.wait_until_saved()
    service.kill()
    desk.key("2", "a", ".", ".", "3", "a", ".", "4", "a", ".")
    expect(desk.page.locator(".save")).to_contain_text("Not saved yet")
    desk.page.on("dialog", lambda dialog: dialog.accept())
    service.start()
    desk.page.reload()
    desk.wait_until_open()
    desk.wait_until_saved()
    assert entered(desk) == ALL
    assert desk.read("baseline")["steps"][0]["state"] == "open"
