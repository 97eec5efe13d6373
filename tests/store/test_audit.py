import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from casebook.store import audit, embedded, schema
from casebook.store.database import Database
from casebook.store.tables import Account, Study

A_SITE = """insert into site (study_id, code, name_en, name_ja, country, site_group, data_centre)
            select id, 'A', '', '', '', '', '' from study"""


def events(database: Database, table: str):
    with database.engine.connect() as connection:
        return connection.execute(
            text("select actor, reason, act, old, new from audit_event where table_name = :t order by id"), {"t": table}
        ).all()


@pytest.fixture
def audited(fresh_database: Database) -> Database:
    with fresh_database.transaction(actor="ann", reason="set up") as session:
        session.add(Study(code="S", name="first"))
        session.add(Account(login="bob", display_name="Bob", password_hash="secret-1"))
    return fresh_database


def test_every_table_is_audited_or_says_why_not():
    named = set(audit.AUDITED) | set(audit.NOT_AUDITED)
    assert named == audit.all_tables()
    assert not set(audit.AUDITED) & set(audit.NOT_AUDITED)


def test_the_database_watches_exactly_the_audited_tables(fresh_database):
    with fresh_database.engine.connect() as connection:
        watched = connection.scalars(
            text("""select case when n.nspname = 'public' then c.relname else n.nspname || '.' || c.relname end
                    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
                    where t.tgname = 'audit_row'""")
        ).all()
    assert set(watched) == set(audit.AUDITED)


def test_an_insert_and_a_raw_update_are_in_the_trail_with_actor_and_reason(audited):
    with audited.transaction(actor="eve", reason="spelling") as session:
        session.execute(text("update study set name = 'second'"))
    assert events(audited, "study") == [
        ("ann", "set up", "insert", None, events(audited, "study")[0].new),
        ("eve", "spelling", "update", {"name": "first"}, {"name": "second"}),
    ]


def test_a_secret_is_shown_as_changed_and_never_as_itself(audited):
    with audited.transaction(actor="bob", reason="new password") as session:
        session.execute(text("update account set password_hash = 'secret-2'"))
    told = repr(events(audited, "account"))
    assert "(hidden, after)" in told
    assert "secret" not in told


def test_an_update_that_changes_nothing_leaves_no_event(audited):
    with audited.transaction(actor="eve") as session:
        session.execute(text("update study set name = name"))
    assert len(events(audited, "study")) == 1


def test_a_write_without_an_actor_is_refused(audited):
    with pytest.raises(ProgrammingError, match="without an actor"), audited.engine.begin() as connection:
        connection.execute(text("update study set name = 'anonymous'"))


def test_a_saved_value_changes_only_with_a_reason_by_any_path(audited):
    with audited.transaction(actor="ann") as session:
        session.execute(text(A_SITE))
        session.execute(text("update site set closed_on = '2026-01-02'"))
    with (
        pytest.raises(ProgrammingError, match="without a reason"),
        audited.transaction(actor="eve", reason=" ") as session,
    ):
        session.execute(text("update site set closed_on = '2026-02-02'"))
    with pytest.raises(ProgrammingError, match="without a reason"), audited.transaction(actor="eve") as session:
        session.execute(text("delete from site"))
    with audited.transaction(actor="eve", reason="typed wrongly") as session:
        session.execute(text("update site set closed_on = '2026-02-02'"))
    assert [(event.actor, event.reason) for event in events(audited, "site")][1:] == [
        ("ann", None),
        ("eve", "typed wrongly"),
    ]


def test_the_access_log_is_written_once_and_never_changed(audited):
    with audited.transaction(actor="ann") as session:
        session.execute(text("insert into access_event (hour, actor, kind, target) values (now(), 'ann', 'view', 'x')"))
    with pytest.raises(ProgrammingError, match="permission denied"), audited.transaction(actor="ann") as session:
        session.execute(text("update access_event set actor = 'eve'"))


def test_the_trail_says_the_role_and_where_the_row_belongs(audited):
    with audited.transaction(actor="ann", role="data-manager") as session:
        session.execute(text(A_SITE))
    with audited.engine.connect() as connection:
        found = connection.execute(
            text("select role, study_id = (select id from study) from audit_event where table_name = 'site'")
        ).one()
        assert tuple(found) == ("data-manager", True)
        assert audit.verify(connection).holds


def test_events_from_before_the_role_was_kept_still_verify(fresh_database, server):
    owner = create_engine(server.url(role="postgres", database=fresh_database.engine.url.database))
    schema.downgrade(owner, "0001")
    with fresh_database.transaction(actor="ann") as session:
        session.execute(text("insert into study (code, name) values ('S', 'kept')"))
    schema.upgrade(owner, application_role=embedded.APPLICATION_ROLE)
    with fresh_database.transaction(actor="eve", role="monitor") as session:
        session.execute(text("update study set name = 'changed'"))
    with fresh_database.engine.connect() as connection:
        assert connection.execute(text("select role from audit_event order by id")).scalars().all() == [None, "monitor"]
        assert audit.verify(connection).holds
    owner.dispose()


def test_the_actor_does_not_outlive_its_transaction_on_a_pooled_connection(audited):
    with audited.transaction(actor="eve"):
        pass
    with pytest.raises(ProgrammingError, match="without an actor"), audited.engine.begin() as connection:
        connection.execute(text("update study set name = 'anonymous'"))


@pytest.mark.parametrize(
    "statement",
    [
        "insert into audit_event (actor, act, table_name, row_id) values ('x', 'insert', 'study', '1')",
        "update audit_event set actor = 'x'",
        "delete from audit_event",
        "truncate audit_event cascade",
        "insert into audit_chain values (99, 1, ''::bytea)",
        "delete from audit_chain",
        "alter table study disable trigger audit_row",
    ],
)
def test_the_application_cannot_touch_the_trail(audited, statement):
    with pytest.raises(ProgrammingError), audited.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.fixture
def tamperer(audited, server):
    engine = create_engine(server.url(role="postgres", database=audited.engine.url.database))
    yield engine
    engine.dispose()


def test_an_untouched_trail_holds(audited):
    with audited.engine.connect() as connection:
        state = audit.verify(connection)
    assert state.holds
    assert state.n_events == 2


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("update audit_event set actor = 'x' where id = 1", 1),
        ("update audit_event set new = '{}' where id = 2", 2),
        ("update audit_event set role = 'monitor' where id = 2", 2),
        ("update audit_event set role = null where id = 1", 1),
        ("delete from audit_chain where position = 1; delete from audit_event where id = 1", 2),
        (
            "update audit_chain set event_id = event_id + 10; update audit_chain set event_id = 13 - event_id",
            1,
        ),
    ],
)
def test_tampering_by_the_owner_is_found(audited, tamperer, statement, position):
    with tamperer.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(text(statement))
    with audited.engine.connect() as connection:
        state = audit.verify(connection)
    assert not state.holds
    assert state.broken_at == position


def test_an_event_slipped_in_beside_the_chain_is_found(audited, tamperer):
    with tamperer.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(
            text("insert into audit_event (actor, act, table_name, row_id) values ('x', 'insert', 'study', '1')")
        )
    with audited.engine.connect() as connection:
        assert audit.verify(connection).n_unchained == 1
