"""The schema's versions: applying migrations, the queue's tables, the application role's grants."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, text

from casebook.store import audit
from casebook.store.tables import RESTRICTED, Base

MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(owner: Engine, *, application_role: str, revision: str = "head") -> None:
    """Bring the database to `revision`, in one transaction, and renew the application role's grants."""
    with owner.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(727002)"))
        command.upgrade(_config(connection), revision)
        _apply_queue(connection)
        audit.install(connection)
        audit.grant(connection, application_role)


def downgrade(owner: Engine, revision: str) -> None:
    """Take the schema back to `revision`."""
    with owner.begin() as connection:
        audit.uninstall(connection)
        command.downgrade(_config(connection), revision)
        if connection.execute(text("select to_regclass('audit_event')")).scalar() is not None:
            audit.install(connection)


def current_revision(connection: Connection) -> str | None:
    """Return the revision the database is at, or None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revisions() -> tuple[str, ...]:
    """Return the heads of the migrations; there must be exactly one."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return tuple(ScriptDirectory.from_config(config).get_heads())


def differences(connection: Connection) -> list[object]:
    """List where the database and `tables.py` disagree; empty when they are one."""
    context = MigrationContext.configure(
        connection,
        opts={
            "include_schemas": True,
            "compare_type": True,
            "include_name": lambda name, type_, _: type_ != "schema" or name in {None, "public", RESTRICTED},
        },
    )
    return list(compare_metadata(context, Base.metadata))


def _apply_queue(connection: Connection) -> None:
    connection.execute(text("create schema if not exists queue"))
    if connection.execute(text("select to_regclass('queue.procrastinate_jobs')")).scalar() is not None:
        return
    cursor = connection.connection.cursor()
    cursor.execute("set local search_path = queue, public")
    cursor.execute(SchemaManager.get_schema())
    cursor.execute("set local search_path = public, queue")


def draft_migration(owner: Engine, message: str) -> None:
    """Write a migration for what `tables.py` has and the database at the newest revision has not."""
    (newest,) = newest_revisions()
    with owner.begin() as connection:
        command.revision(_config(connection), message=message, autogenerate=True, rev_id=f"{int(newest) + 1:04d}")
