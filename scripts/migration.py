"""Write the migration for what `tables.py` says and the migrations do not yet; read it before you commit it.

python scripts/migration.py "what it does"
"""

import sys
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, text

from casebook.store import embedded, schema


def main() -> int:
    """Compare a freshly migrated database with the tables and write the difference."""
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.stderr.write('Say what the migration does: make migration MESSAGE="…"\n')
        return 2
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder) / "postgres")
        admin = create_engine(server.url(role="postgres", database="postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"create role {embedded.APPLICATION_ROLE} login"))
            connection.execute(text("create database draft"))
        admin.dispose()
        owner = create_engine(server.url(role="postgres", database="draft"))
        schema.upgrade(owner, application_role=embedded.APPLICATION_ROLE)
        schema.draft_migration(owner, sys.argv[1])
        owner.dispose()
        embedded.stop(Path(folder) / "postgres")
    return 0


if __name__ == "__main__":
    sys.exit(main())
