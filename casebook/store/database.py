"""Connections: engine, sessions, and the transaction that carries its actor."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from casebook.domain.errors import Unavailable

SEARCH_PATH: Final = "public,queue"
SYSTEM: Final = "system"
"""The role of what no signed-in person does: workers, and commands of whoever owns the installation."""
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True, slots=True)
class Database:
    """An engine and its sessions; `url` is the application role's address."""

    url: str
    engine: Engine

    def session(self) -> Session:
        """Open a session that nobody has committed; use `transaction` where data change."""
        return sessionmaker(self.engine, expire_on_commit=False)()

    @contextmanager
    def transaction(self, *, actor: str, reason: str | None = None, role: str = SYSTEM) -> Iterator[Session]:
        """One transaction in the name of `actor`, in a role; commits at the end, rolls back on any error."""
        with self.session() as session, session.begin():
            set_actor(session, actor, reason, role=role)
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session that reads one moment of the database, however long it takes, and can write nothing."""
        with self.session() as session, session.begin():
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            session.execute(text("set transaction read only"))
            yield session

    @contextmanager
    def alone(self, space: int, name: str) -> Iterator[bool]:
        """Hold a lock for as long as this process lives in the block; False when another one holds it."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            names = {"space": space, "name": name}
            is_mine = connection.scalar(text("select pg_try_advisory_lock(:space, hashtext(:name))"), names)
            try:
                yield bool(is_mine)
            finally:
                if is_mine:
                    connection.execute(text("select pg_advisory_unlock(:space, hashtext(:name))"), names)


def connect(url: str, *, pool_size: int = 10) -> Database:
    """Build the engine for `url`; no connection is made yet."""
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": f"-c search_path={SEARCH_PATH} -c timezone=UTC"},
    )
    return Database(url=url, engine=engine)


def set_actor(session: Session, actor: str, reason: str | None = None, *, role: str = SYSTEM) -> None:
    """Name the actor, the actor's role and the reason for change of the running transaction, for the audit triggers."""
    session.execute(
        text(
            "select set_config('app.actor', :actor, true), set_config('app.reason', :reason, true), "
            "set_config('app.role', :role, true)"
        ),
        {"actor": actor, "reason": reason or "", "role": role},
    )


def set_reason(session: Session, reason: str) -> None:
    """Give the reason for change of the running transaction, where it is known only after the actor."""
    session.execute(text("select set_config('app.reason', :reason, true)"), {"reason": reason})


@contextmanager
def for_reason(session: Session, reason: str) -> Iterator[None]:
    """Within, changes carry this reason; afterwards those of the transaction carry again what was said before."""
    before = session.scalar(text("select current_setting('app.reason', true)"))
    set_reason(session, reason)
    yield
    session.flush()
    set_reason(session, before or "")


def require_durable(database: Database) -> None:
    """Raise Unavailable when the server would acknowledge what a power cut can take back."""
    with database.engine.connect() as connection:
        for name, wanted in DURABLE.items():
            found = connection.execute(text("select current_setting(:name)"), {"name": name}).scalar_one()
            if found != wanted:
                raise Unavailable(
                    f"The database runs with {name} = {found}; Casebook needs {wanted}. "
                    "Set it in postgresql.conf and restart."
                )
