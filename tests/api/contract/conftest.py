from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.api.contract.world import World, running
from tests.conftest import SAMPLE, _copied


@pytest.fixture(scope="session")
def world(sample_dir, server, owner, worker_id) -> Iterator[World]:
    database = _copied(owner, server, f"contract_{worker_id}", SAMPLE)
    with running(database, sample_dir) as found:
        yield found
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {database.engine.url.database} with (force)"))
