"""Health of a container, for its HEALTHCHECK: `health.py api` or `health.py worker`; exit code 0 when well."""

import sys
import urllib.request
from http import HTTPStatus

import psycopg

from casebook.settings import Settings

ANSWER_SECONDS = 8
HEARTBEAT_MINUTES = 2
"""A worker writes its heartbeat every ten seconds; a long job may hold it up for a while."""


def api(settings: Settings) -> bool:
    """Whether the HTTP service of this container answers and reaches its database."""
    address = f"http://127.0.0.1:{settings.port}/api/v1/health"
    with urllib.request.urlopen(address, timeout=ANSWER_SECONDS) as answer:
        return bool(answer.status == HTTPStatus.OK)


def worker(settings: Settings) -> bool:
    """Whether a worker has written its heartbeat lately."""
    assert settings.database_url is not None, "health.py worker needs CASEBOOK_DATABASE_URL"
    with psycopg.connect(settings.database_url.get_secret_value(), connect_timeout=ANSWER_SECONDS) as connection:
        row = connection.execute(
            "select exists (select from queue.procrastinate_workers"
            " where last_heartbeat > now() - make_interval(mins => %s))",
            (HEARTBEAT_MINUTES,),
        ).fetchone()
    return row == (True,)


if __name__ == "__main__":
    sys.exit(0 if {"api": api, "worker": worker}[sys.argv[1]](Settings()) else 1)
