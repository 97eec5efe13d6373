from sqlalchemy import create_engine, inspect, text

from casebook.store import audit, embedded, schema
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


def test_registrations_kept_as_columns_and_forms_become_records_in_the_trail(fresh_database, server):
    owner = create_engine(server.url(role="postgres", database=fresh_database.engine.url.database))
    schema.downgrade(owner, "0001")
    with fresh_database.transaction(actor="ann") as session:
        session.execute(
            text("""
            with s as (insert into study (code, name) values ('S', 'kept') returning id),
                 v as (insert into study_version (study_id, version, sha256, source) select id, '1', '', '' from s
                       returning id),
                 site as (insert into site (study_id, code, name_en, name_ja, country, site_group, data_centre)
                          select id, 'A', '', '', '', '', '' from s returning id, study_id),
                 p as (insert into subject (study_id, site_id, study_version_id, number, reading_code, road,
                                            registered_on)
                       select site.study_id, site.id, v.id, 'A-0001', 'R-1000', 'prospective', '2024-02-03'
                       from site, v returning id, study_version_id)
            insert into form_entry (subject_id, form_code, study_version_id, data)
            select id, 'eligibility-second', study_version_id, '{"confirmed_on": "2024-06-07"}' from p""")
        )
    schema.upgrade(owner, application_role=embedded.APPLICATION_ROLE)
    with fresh_database.engine.connect() as connection:
        assert connection.execute(
            text("select step, registered_on::text, registered_by from registration order by registered_on")
        ).all() == [("first", "2024-02-03", "migration"), ("second", "2024-06-07", "migration")]
        assert connection.scalar(text("select count(*) from audit_event where actor = 'migration'")) == 2
        assert audit.verify(connection).holds
    owner.dispose()
