"""Alembic's entry: the connection comes from the caller, the schema from casebook.store.tables."""

from alembic import context
from sqlalchemy import Connection

from casebook.store.tables import RESTRICTED, Base

SCHEMAS = {None, "public", RESTRICTED}


def _include_name(name: str | None, type_: str, _parents: object) -> bool:
    return type_ != "schema" or name in SCHEMAS


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_name=_include_name,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
