"""dcmtk's echoscu and storescu against `casebook receive`, run as it is run: processes, signals, kill."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless
from sqlalchemy import text

from casebook.installation import Installation, make_key, opened
from casebook.settings import Settings
from casebook.store import audit
from tests.ingest.dimse.conftest import free_port, install
from tests.ingest.dimse.scu import associate, images, send, statuses

ECHO, STORE = shutil.which("echoscu"), shutil.which("storescu")
needs_dcmtk = pytest.mark.skipif(not (ECHO and STORE), reason="dcmtk (echoscu, storescu) is not installed")
COMMAND = "import sys; from services.command import main; sys.argv = ['casebook', *sys.argv[1:]]; main()"


@dataclass
class Service:
    """`casebook receive` in processes of its own."""

    installation: Installation
    port: int
    n_processes: int
    process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-c", COMMAND),
                *("receive", "--port", str(self.port), "--processes", str(self.n_processes)),
            ],
            env=os.environ | {"CASEBOOK_DATA_DIR": str(self.installation.settings.data_dir)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError("the receiver did not start")

    def end(self, number: int) -> int:
        assert self.process is not None
        send_to = os.killpg if number == signal.SIGKILL else os.kill
        send_to(self.process.pid, number)
        return self.process.wait(60)


@pytest.fixture
def service(tmp_path, request) -> Iterator[Service]:
    settings = Settings(data_dir=tmp_path / "data", _env_file=None)
    make_key(settings)
    with opened(settings) as installation:
        install(installation).announce()
        service = Service(installation, free_port(), getattr(request, "param", 1))
        service.start()
        yield service
        if service.process is not None and service.process.poll() is None:
            service.end(signal.SIGKILL)


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=60)


@needs_dcmtk
@pytest.mark.slow
@pytest.mark.parametrize("service", [2], indirect=True)
def test_dcmtk_verifies_is_refused_by_a_wrong_title_and_stores_over_several_processes(service):
    to = ("127.0.0.1", service.port)
    assert run(ECHO, "-aet", "PACS_JP-03", "-aec", "CASEBOOK", *to).returncode == 0
    wrong_called = run(ECHO, "-v", "-aet", "PACS_JP-03", "-aec", "WRONG", *to)
    wrong_calling = run(ECHO, "-v", "-aet", "WRONG", "-aec", "CASEBOOK", *to)
    assert wrong_called.returncode != 0
    assert "Called AE Title Not Recognized" in wrong_called.stdout + wrong_called.stderr
    assert wrong_calling.returncode != 0
    assert "Calling AE Title Not Recognized" in wrong_calling.stdout + wrong_calling.stderr
    for syntax, proposal in ((JPEGLSLossless, "-xt"), (JPEG2000Lossless, "-xv")):
        files = encoded_as(images(), syntax)[:12]
        stored = run(STORE, proposal, "-R", "-aet", "PACS_JP-03", "-aec", "CASEBOOK", *to, *files)
        assert stored.returncode == 0, stored.stderr
    assert n_instances(service) == 24
    assert service.end(signal.SIGTERM) == 0
    with service.installation.database.session() as session:
        assert session.execute(text("select distinct state from submission")).scalars().all() == ["complete"]


def encoded_as(files: list[Path], syntax: str) -> list[Path]:
    return [path for path in files if dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID == syntax]


def n_instances(service: Service) -> int:
    with service.installation.database.session() as session:
        return session.execute(text("select count(*) from instance")).scalar_one()


@pytest.mark.slow
def test_a_receiver_killed_while_it_receives_loses_nothing_it_acknowledged(service):
    files = images(n=60)
    told = set()
    association = associate(service.port, files=files)
    for number, path in enumerate(files):
        dataset = dcmread(path)
        if number == 20:
            service.end(signal.SIGKILL)
        try:
            answer = association.send_c_store(dataset)
        except (RuntimeError, ValueError):
            break
        if answer.get("Status") == 0x0000:
            told.add(str(dataset.SOPInstanceUID))
    assert len(told) == 20
    installation = service.installation
    with installation.database.engine.connect() as connection:
        kept = {
            uid: (key, digest)
            for uid, key, digest in connection.execute(
                text(
                    "select original_uid, file_key, archived_sha256 from instance "
                    "join restricted.source_uid on uid = sop_uid where level = 'instance'"
                )
            )
        }
        assert told <= set(kept), "an acknowledged object is lost"
        for key, digest in kept.values():
            assert hashlib.sha256(installation.archive.read(key)).digest() == digest
        assert audit.verify(connection).holds
    service.start()
    assert statuses(send(service.port, files)) == {0x0000}
    assert n_instances(service) == 60
