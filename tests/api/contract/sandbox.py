"""A database of which every request sees the same state: whatever it writes is taken back after the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from casebook.store.database import Database


class Savepoint(Session):
    """A session whose commit is a savepoint, and that stays in the transaction around it whatever it is asked."""

    def connection(self, *_: Any, **__: Any) -> Connection:
        return super().connection()


@event.listens_for(Savepoint, "before_commit")
def _check_deferred(session: Session) -> None:
    """What a real commit would refuse, this one refuses too."""
    session.execute(text("set constraints all immediate"))
    session.execute(text("set constraints all deferred"))


@dataclass(frozen=True, slots=True)
class Sandbox(Database):
    """The application's view of the database, on one connection."""

    connection: Connection

    def session(self) -> Session:
        return Savepoint(self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint")

    @contextmanager
    def pristine(self) -> Iterator[None]:
        """What happens inside never happened."""
        with self.connection.begin() as outer:
            yield
            outer.rollback()


@contextmanager
def sandbox(database: Database) -> Iterator[Sandbox]:
    with database.engine.connect() as connection:
        yield Sandbox(database.url, database.engine, connection)
