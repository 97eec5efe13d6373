"""Serve an installation of the tests in a process of its own, so that it can be killed: service.py PORT DATA_DIR URL."""

import sys
from pathlib import Path

import uvicorn

from casebook.store.database import connect
from services.api.app import create_app
from tests.conftest import _installation as installation_on


def main(port: str, data_dir: str, database_url: str) -> None:
    """Serve until the process ends. The tests' database has no fsync, which `casebook serve` refuses."""
    installation = installation_on(connect(database_url), Path(data_dir))
    uvicorn.run(create_app(installation), port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
