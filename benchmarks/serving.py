"""The demonstration, served in a process of its own, for benchmarks that ask it by HTTP."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 1800.0
"""The first start takes the sample study in."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where the service answers, and its process."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def demonstration(data_dir: Path, *, small: bool) -> Iterator[Served]:
    """Serve the demonstration on a free port while the block runs."""
    port = free_port()
    casebook = str(Path(sys.executable).with_name("casebook"))
    size = ["--small"] if small else []
    command = [casebook, "demo", *size, "--data-dir", str(data_dir), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_port([process], port)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for_port(processes: Sequence["subprocess.Popen[bytes]"], port: int) -> None:
    """Return when somebody listens; give up when one of the processes ended."""
    ends_at = time.monotonic() + START_SECONDS
    while all(process.poll() is None for process in processes) and time.monotonic() < ends_at:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("The service did not start.")
