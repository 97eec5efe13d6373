"""One installation, opened: database, archive, quarantine; what every command and service starts from."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import create_engine, text

from casebook.domain.errors import Unavailable
from casebook.settings import MIN_KEY_BYTES, Settings
from casebook.store import embedded, schema
from casebook.store.database import Database, connect, require_durable
from casebook.store.files import FileStore, open_store


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings with what they lead to."""

    settings: Settings
    database: Database
    archive: FileStore
    quarantine: FileStore


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """Open the installation; the embedded database is started, and brought up to date, where it is used.

    Raises Unavailable when the schema of a server of one's own is behind, or when it would not keep what it
    acknowledges.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = _embedded(settings) if settings.database_url is None else _own_server(settings)
    require_durable(database)
    try:
        yield Installation(
            settings=settings,
            database=database,
            archive=_archive(settings),
            quarantine=open_store(settings.quarantine_dir),
        )
    finally:
        database.engine.dispose()
        if settings.database_url is None:
            embedded.stop(settings.database_dir)


def _archive(settings: Settings) -> FileStore:
    key_id, secret = settings.s3_access_key_id, settings.s3_secret_access_key
    return open_store(
        settings.archive_dir,
        settings.files_url,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key_id=key_id.get_secret_value() if key_id else None,
        secret_access_key=secret.get_secret_value() if secret else None,
    )


def _embedded(settings: Settings) -> Database:
    server = embedded.start(settings.database_dir)
    owner = create_engine(server.url(role=embedded.OWNER_ROLE, database="postgres"), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("select pg_advisory_lock(727003)"))
        if not connection.scalar(
            text("select 1 from pg_roles where rolname = :role"), {"role": embedded.APPLICATION_ROLE}
        ):
            connection.execute(text(f"create role {embedded.APPLICATION_ROLE} login"))
        if not connection.scalar(text("select 1 from pg_database where datname = 'casebook'")):
            connection.execute(text("create database casebook"))
    owner.dispose()
    migrate(server.url(role=embedded.OWNER_ROLE), application_role=embedded.APPLICATION_ROLE)
    return connect(server.url())


def _own_server(settings: Settings) -> Database:
    assert settings.database_url is not None
    database = connect(settings.database_url.get_secret_value())
    with database.engine.connect() as connection:
        found = schema.current_revision(connection)
    (newest,) = schema.newest_revisions()
    if found != newest:
        raise Unavailable(
            f"The database is at schema {found or 'none'}, this version needs {newest}; run `casebook migrate`."
        )
    return database


def migrate(owner_url: str, *, application_role: str) -> None:
    """Bring the schema up to date as its owner."""
    owner = create_engine(owner_url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        schema.upgrade(owner, application_role=application_role)
    finally:
        owner.dispose()


def make_key(settings: Settings) -> bool:
    """Make the study key's file, readable by its owner only; False when there is one."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(settings.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(MIN_KEY_BYTES).encode())
        file.flush()
        os.fsync(file.fileno())
    return True
