"""Health of a container, for its HEALTHCHECK: `health.py api`, `receive` or `worker`; exit code 0 when well."""

import socket
import struct
import sys
import urllib.request
from http import HTTPStatus

import psycopg

from casebook.settings import Settings

ANSWER_SECONDS = 8
ASSOCIATE_RQ, ASSOCIATE_RJ, BY_THE_SERVICE = 0x01, 0x03, b"\x01"
"""PDU types, and the source of a rejection that was decided upon (PS3.8 9.3)."""
HEARTBEAT_MINUTES = 2
"""A worker writes its heartbeat every ten seconds; a long job may hold it up for a while."""


def api(settings: Settings) -> bool:
    """Whether the HTTP service of this container answers and reaches its database."""
    address = f"http://127.0.0.1:{settings.port}/api/v1/health"
    with urllib.request.urlopen(address, timeout=ANSWER_SECONDS) as answer:
        return bool(answer.status == HTTPStatus.OK)


def receive(settings: Settings) -> bool:
    """Whether the receiver of this container refuses an unknown machine, which it does by asking its database."""
    request = struct.pack(">H2x16s16s32x", 1, b"HEALTH".ljust(16), b"HEALTH".ljust(16))
    with socket.create_connection(("127.0.0.1", settings.dicom_port), timeout=ANSWER_SECONDS) as connection:
        connection.sendall(struct.pack(">BxL", ASSOCIATE_RQ, len(request)) + request)
        answer = connection.recv(10)
    return answer[:1] == bytes([ASSOCIATE_RJ]) and answer[8:9] == BY_THE_SERVICE


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
    sys.exit(0 if {"api": api, "receive": receive, "worker": worker}[sys.argv[1]](Settings()) else 1)
