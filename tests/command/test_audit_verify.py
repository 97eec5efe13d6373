from sqlalchemy import create_engine, text

from casebook.settings import Settings
from casebook.store import embedded


def test_a_trail_that_its_owner_altered_ends_with_7_and_the_place(command, data_dir):
    whole = command("audit", "verify", "--json")
    assert (whole.code, whole.json["holds"]) == (0, True)

    folder = Settings(data_dir=data_dir, _env_file=None).database_dir
    server = embedded.start(folder)
    owner = create_engine(server.url(role=embedded.OWNER_ROLE).replace("postgresql://", "postgresql+psycopg://", 1))
    with owner.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(
            text("update audit_event set actor = 'somebody else' where id = (select min(id) from audit_event)")
        )
    owner.dispose()
    embedded.stop(folder)

    altered = command("audit", "verify", "--json")
    assert (altered.code, altered.json["holds"]) == (7, False)
    assert altered.json["broken_at"] == 1
