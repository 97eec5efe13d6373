"""The service as a process: it ends in order when it is told to."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

PROGRAM = Path(sys.executable).with_name("casebook")
LONGEST_S = 60


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_listens(process: subprocess.Popen, port: int) -> None:
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the service did not start")


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_told_to_end_takes_its_database_with_it(sign):
    with tempfile.TemporaryDirectory(prefix="casebook-serve-") as folder:
        Path(folder).chmod(0o755)
        port, data = a_free_port(), Path(folder, "data")
        environment = os.environ | {"CASEBOOK_DATA_DIR": str(data), "CASEBOOK_PORT": str(port)}
        subprocess.run([PROGRAM, "init"], env=environment, check=True, capture_output=True)
        with subprocess.Popen([PROGRAM, "serve"], env=environment, stderr=subprocess.PIPE, text=True) as process:
            wait_until_it_listens(process, port)
            (found,) = data.rglob("postmaster.pid")
            database = psutil.Process(int(found.read_text().split()[0]))
            process.send_signal(sign)
            _, said = process.communicate(timeout=LONGEST_S)
        gone, _ = psutil.wait_procs([database], timeout=LONGEST_S)
        assert gone == [database]
        assert "Traceback" not in said
        if sign is signal.SIGTERM:
            assert process.returncode == 0
