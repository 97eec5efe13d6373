from sqlalchemy import create_engine, inspect, text

from casebook.store import embedded, schema
from casebook.store.tables import Study


def test_there_is_one_head():
    assert len(schema.newest_revisions()) == 1


def test_models_and_schema_are_equal(fresh_database, server):
    owner = create_engine(server.url(role="postgres", database=fresh_database.engine.url.database))
    with owner.connect() as connection:
        assert schema.differences(connection) == []
        assert schema.current_revision(connection) == schema.newest_revisions()[0]
    owner.dispose()


def test_migrations_go_up_down_and_up_again(fresh_database, server):
    owner = create_engine(server.url(role="postgres", database=fresh_database.engine.url.database))
    schema.downgrade(owner, "base")
    assert inspect(owner).get_table_names(schema="public") == ["alembic_version"]
    schema.upgrade(owner, application_role=embedded.APPLICATION_ROLE)
    with owner.connect() as connection:
        assert schema.differences(connection) == []
    owner.dispose()


def test_an_upgrade_is_safe_to_repeat_and_keeps_the_data(fresh_database, server):
    owner = create_engine(server.url(role="postgres", database=fresh_database.engine.url.database))
    with fresh_database.transaction(actor="ann") as session:
        session.add(Study(code="S", name="kept"))
    schema.upgrade(owner, application_role=embedded.APPLICATION_ROLE)
    with fresh_database.engine.connect() as connection:
        assert connection.scalar(text("select name from study")) == "kept"
    owner.dispose()
