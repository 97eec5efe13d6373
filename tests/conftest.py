"""One embedded server for the whole run; each worker gets a database copied from a migrated template."""

import gc
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from fasteners import InterProcessLock
from pydantic import SecretBytes
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from casebook.actions import signing_in
from casebook.installation import Installation
from casebook.settings import Settings
from casebook.store import embedded, schema
from casebook.store.database import Database, connect, set_actor
from casebook.store.files import open_store
from services.command import demo
from services.command.demonstration.people import QUICK

TEMPLATE = "casebook_template"

gc.disable()
"""While thousands of tests are collected nothing becomes garbage, and looking for it is half of the work."""

hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
"""The same examples in every run, so that a red test is about the change; `explore` looks for new ones."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is slow first, the longest before the browsers: at the end no worker is left alone with it."""
    items.sort(
        key=lambda item: (item.get_closest_marker("slow") is None, item.get_closest_marker("browser") is not None)
    )


def pytest_collection_finish() -> None:
    """From here on garbage is looked for as usual, but not in what was collected, which stays to the end."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash passwords at the lowest cost: the tests' passwords are no secret, and they ask for thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing_in, "_hasher", QUICK)
        yield


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Give a folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def server(run_dir: Path) -> Iterator[embedded.EmbeddedServer]:
    """Start the embedded server once, without fsync: these tests never pull the plug."""
    folder = Path(tempfile.gettempdir()) / f"casebook-test-{os.getuid()}-{run_dir.parent.name}-{run_dir.name}"
    with InterProcessLock(run_dir / "server.lock"):
        running = embedded.start(folder)
        owner = create_engine(running.url(role="postgres", database="postgres"), isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            if not connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": TEMPLATE}):
                connection.execute(text("alter system set fsync = off"))
                connection.execute(text("alter system set max_connections = 300"))
                connection.execute(text("select pg_reload_conf()"))
                connection.execute(text(f"create role {embedded.APPLICATION_ROLE} login"))
                connection.execute(text(f"create database {TEMPLATE}"))
                template = create_engine(running.url(role="postgres", database=TEMPLATE))
                schema.upgrade(template, application_role=embedded.APPLICATION_ROLE)
                template.dispose()
        owner.dispose()
    yield running
    embedded.stop(folder)
    if not (folder / "postmaster.pid").exists():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def owner(server: embedded.EmbeddedServer) -> Iterator[Engine]:
    """Connect as the server's owner, outside any transaction."""
    engine = create_engine(server.url(role="postgres", database="postgres"), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def fresh_database(server: embedded.EmbeddedServer, owner: Engine, worker_id: str, request) -> Iterator[Database]:
    """Give a database of one's own, for tests that commit."""
    name = f"fresh_{worker_id}_{abs(hash(request.node.nodeid)):x}"
    with InterProcessLock(Path(tempfile.gettempdir()) / "casebook-template.lock"), owner.connect() as connection:
        connection.execute(text(f"create database {name} template {TEMPLATE} strategy file_copy"))
    database = connect(server.url(database=name))
    yield database
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture(scope="session")
def worker_database(server: embedded.EmbeddedServer, owner: Engine, worker_id: str) -> Iterator[Database]:
    """Give the database that this worker's rolled-back tests share."""
    name = f"shared_{worker_id}"
    with InterProcessLock(Path(tempfile.gettempdir()) / "casebook-template.lock"), owner.connect() as connection:
        connection.execute(text(f"create database {name} template {TEMPLATE} strategy file_copy"))
    database = connect(server.url(database=name))
    yield database
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture
def session(worker_database: Database) -> Iterator[Session]:
    """Give a session in the name of `tester` whose work is rolled back."""
    with worker_database.session() as session:
        session.begin()
        set_actor(session, "tester", "a test")
        yield session
        session.rollback()


SAMPLE = "casebook_sample"
STUDY_KEY = "0123456789abcdef0123456789abcdef-tests"


def _settings(data_dir: Path) -> Settings:
    return Settings(
        data_dir=data_dir, study_key=SecretBytes(STUDY_KEY.encode()), secure_cookies=False, workers=2, _env_file=None
    )


def _installation(database: Database, data_dir: Path) -> Installation:
    settings = _settings(data_dir)
    return Installation(settings, database, open_store(settings.archive_dir), open_store(settings.quarantine_dir))


def _copied(owner: Engine, server: embedded.EmbeddedServer, name: str, template: str) -> Database:
    with InterProcessLock(Path(tempfile.gettempdir()) / "casebook-template.lock"), owner.connect() as connection:
        connection.execute(text(f"create database {name} template {template} strategy file_copy"))
    return connect(server.url(database=name))


@pytest.fixture
def installation(fresh_database: Database, tmp_path: Path) -> Installation:
    """Give an empty installation of one's own: no study, no accounts."""
    return _installation(fresh_database, tmp_path / "data")


@pytest.fixture(scope="session")
def sample_dir(run_dir: Path, server: embedded.EmbeddedServer, owner: Engine) -> Path:
    """Put the committed sample study through the ingest once; its database is a template for many."""
    data_dir = run_dir / "sample-installation"
    with InterProcessLock(run_dir / "sample.lock"):
        with owner.connect() as connection:
            is_there = connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": SAMPLE})
        if not is_there:
            database = _copied(owner, server, SAMPLE, TEMPLATE)
            demo.fill(_installation(database, data_dir), data_dir, small=True)
            database.engine.dispose()
    return data_dir


@pytest.fixture
def sample(sample_dir: Path, server, owner: Engine, worker_id: str, request) -> Iterator[Installation]:
    """Give an installation with the sample study, to change at will; the archive is shared, since it only grows."""
    name = f"sample_{worker_id}_{abs(hash(request.node.nodeid)):x}"
    database = _copied(owner, server, name, SAMPLE)
    yield _installation(database, sample_dir)
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture(scope="session")
def truth() -> dict:
    """Tell what is where in the committed sample study."""
    return json.loads((demo.ROOT / "sample_dicom" / "small" / "truth.json").read_text(encoding="utf-8"))
