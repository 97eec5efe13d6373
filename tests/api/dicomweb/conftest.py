"""A running service with two sites' images, for the DICOMweb tests of this folder."""

import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from fasteners import InterProcessLock
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from casebook.actions.signing_in import digest
from casebook.actions.studies import load_definition
from casebook.dicom.metadata import series_blobs
from casebook.domain.actors import Actor, Grant, Role
from casebook.installation import Installation
from casebook.settings import Settings
from casebook.store import assignments, embedded, images
from casebook.store.database import Database, connect, set_actor
from casebook.store.files import open_store
from casebook.store.tables import (
    Account,
    ApiToken,
    ImagingStudy,
    RoleGrant,
    Series,
    Site,
    Study,
    StudyVersion,
    Subject,
    Timepoint,
)
from services.api.app import create_app
from services.api.state import Service
from tests.api.dicomweb.images import a_sent_study, multipart_body
from tests.conftest import TEMPLATE

SUBJECTS = {"JP-03-0001": ("JP-03", "R-7001"), "FR-01-0001": ("FR-01", "R-7002")}
STORING = {"IT-01-0001": ("IT-01", "R-7003")}
"""The subject for whom tests store, out of sight of those that search."""
LABELS = {1: "CT portal venous", 2: "CT delayed", 3: "DWI b 0 800"}
PEOPLE = {
    "manager": ((Role.DATA_MANAGER, None),),
    "observer": ((Role.SITE_COORDINATOR, "JP-03"), (Role.SITE_COORDINATOR, "FR-01")),
    "coordinator": ((Role.SITE_COORDINATOR, "JP-03"),),
    "elsewhere": ((Role.SITE_COORDINATOR, "FR-01"),),
    "sender": ((Role.SITE_COORDINATOR, "IT-01"),),
    "reader": ((Role.CENTRAL_READER, None),),
    "statistician": ((Role.STATISTICIAN, None),),
}


@dataclass(frozen=True, slots=True)
class Running:
    """The service under test and where it answers."""

    service: Service
    url: str

    def client(self, login: str = "manager") -> httpx.Client:
        """Return an HTTP client in the name of an account."""
        return httpx.Client(base_url=self.url + "/dicomweb", headers={"Authorization": f"Bearer token-of-{login}"})


@pytest.fixture(scope="session")
def dicomweb_database(server: embedded.EmbeddedServer, owner: Engine, worker_id: str) -> Iterator[Database]:
    name = f"dicomweb_{worker_id}"
    with InterProcessLock(Path(tempfile.gettempdir()) / "casebook-template.lock"), owner.connect() as connection:
        connection.execute(text(f"create database {name} template {TEMPLATE} strategy file_copy"))
    database = connect(server.url(database=name))
    yield database
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


def _populate(session: Session, now: datetime) -> None:
    founder = Actor("founder", "Founder", (Grant(Role.ADMINISTRATOR, "DREAM"),))
    source = (Path(__file__).parents[3] / "studies" / "dream.toml").read_text()
    code = load_definition(session, founder, text=source, now=now).code
    study = session.scalars(select(Study).where(Study.code == code)).one()
    version = session.scalars(select(StudyVersion)).one()
    sites = {site.code: site for site in session.scalars(select(Site))}
    for number, (site_code, reading_code) in (SUBJECTS | STORING).items():
        session.add(
            Subject(
                study_id=study.id,
                site_id=sites[site_code].id,
                study_version_id=version.id,
                number=number,
                reading_code=reading_code,
                road="prospective",
                registered_on=date(2026, 4, 1),
            )
        )
    for login, grants in PEOPLE.items():
        account = Account(login=login, display_name=login)
        session.add(account)
        session.flush()
        for role, site_code in grants:
            site_id = sites[site_code].id if site_code else None
            session.add(
                RoleGrant(account_id=account.id, study_id=study.id, site_id=site_id, role=role, granted_by="founder")
            )
        session.add(
            ApiToken(
                token_sha256=digest(f"token-of-{login}"),
                account_id=account.id,
                label="test",
                ends_at=now + timedelta(days=1),
            )
        )


def _describe(session: Session) -> None:
    """Label the series and pack their metadata, as the worker does."""
    rows = session.execute(
        select(Series, Subject.reading_code)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
    )
    for series, reading_code in rows:
        series.label_en = LABELS[series.series_number]
        members = [one.dicom_json for one in images.instances_of_series(session, [series.id])]
        blobs = series_blobs(members, label=series.label_en, reading_code=reading_code)
        images.save_metadata(
            session,
            series.id,
            n_instances=len(members),
            open_gz=blobs.open_gz,
            blinded_gz=blobs.blinded_gz,
        )


def _give_to_reader(session: Session, now: datetime) -> None:
    """Give the reader every case, with all its images open."""
    reader = session.scalars(select(Account).where(Account.login == "reader")).one()
    for subject in session.scalars(select(Subject).where(Subject.number.in_(SUBJECTS))).all():
        given = assignments.give(
            session,
            subject,
            account_id=reader.id,
            place="first",
            read_round=1,
            code=subject.reading_code,
            order_key="0",
            opens_on=date(2026, 4, 1),
            now=now,
        )
        timepoints = session.scalars(select(Timepoint.id).where(Timepoint.subject_id == subject.id)).all()
        assignments.open_only(session, given.id, dict.fromkeys(timepoints))


@pytest.fixture(scope="session")
def running(dicomweb_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service on a real port, with a study of each subject stored by STOW-RS and described."""
    folder = tmp_path_factory.mktemp("dicomweb")
    settings = Settings(data_dir=folder, study_key=b"k" * 32, max_upload_mb=64)
    archive, quarantine = open_store(settings.archive_dir), open_store(settings.quarantine_dir)
    with dicomweb_database.session() as session, session.begin():
        set_actor(session, "founder")
        _populate(session, datetime.now(UTC))
    app = create_app(Installation(settings, dicomweb_database, archive, quarantine))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    found = Running(app.state.service, f"http://127.0.0.1:{port}")
    for number in SUBJECTS:
        with found.client() as client:
            objects = a_sent_study(patient=number)
            body, content_type = multipart_body([one.encoded for one in objects])
            stored = client.post(
                "/studies",
                params={"subject": number, "timepoint": "baseline"},
                content=body,
                headers={"Content-Type": content_type},
                timeout=120,
            )
            assert stored.status_code == 200, stored.text
    with dicomweb_database.transaction(actor="founder") as session:
        _describe(session)
        _give_to_reader(session, datetime.now(UTC))
    yield found
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    """The HTTP client of somebody who sees two sites."""
    with running.client("observer") as client:
        yield client


@pytest.fixture
def sender(running: Running) -> Iterator[httpx.Client]:
    """The HTTP client of the site that stores in these tests."""
    with running.client("sender") as client:
        yield client


@pytest.fixture
def reader(running: Running) -> Iterator[httpx.Client]:
    """A blinded reader's HTTP client."""
    with running.client("reader") as client:
        yield client
