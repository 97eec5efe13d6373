"""The queue: jobs are enqueued in the transaction of the data they are about."""

from typing import Any, Final

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy.orm import Session

from casebook.store.database import SEARCH_PATH

QUEUE_PATH: Final = f"-c search_path=queue,{SEARCH_PATH}"


def application(url: str) -> App:
    """Return the procrastinate application of the database at `url` (an SQLAlchemy or libpq address)."""
    conninfo = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return App(connector=PsycopgConnector(conninfo=conninfo, kwargs={"options": QUEUE_PATH}, min_size=1))


USUAL: Final = "default"
"""The queue of jobs that somebody waits for."""
UNHURRIED: Final = "unhurried"
"""The queue of jobs that take minutes and that nobody waits for."""
WATCHED: Final = "watched"
"""The queue of jobs that somebody looks on for: they wait for none of the others."""
QUEUES: Final = (USUAL, UNHURRIED, WATCHED)

_deferring = application("")
"""Never opened: it only knows how to write a job through a connection that is handed to it."""


def defer(session: Session, task: str, *, once_per: str | None = None, queue: str = USUAL, **arguments: Any) -> bool:
    """Enqueue `task` in the session's transaction; False when one for `once_per` already waits."""
    session.flush()
    try:
        with session.begin_nested():
            # asking for the connection inside is what makes the session set the savepoint
            connection = session.connection().connection.driver_connection
            _deferring.configure_task(
                task,
                queue=queue,
                queueing_lock=once_per,
                lock=once_per,
                connection=connection,
                task_kwargs=arguments,
            ).defer()
    except AlreadyEnqueued:
        return False
    return True
