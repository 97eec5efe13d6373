"""A registry with two sites, each with a patient and a machine that may send; a receiver; senders."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from pynetdicom.transport import AssociationSocket

from casebook.actions import senders
from casebook.actions.studies import load_definition
from casebook.dicom.workshop import Workshop
from casebook.domain.dicom_senders import SenderFacts
from casebook.installation import Installation
from services.command.demo import ROOT
from services.command.machine import operator
from services.ingest.dimse.limits import DEFAULT_LIMITS, ReceiverLimits
from services.ingest.dimse.processes import listen
from services.ingest.dimse.receiver import Receiver
from tests.registering import a_registration

ACTOR = operator("DREAM")
CALLED = "CASEBOOK"


@dataclass(frozen=True)
class Place:
    """An installation with the machines of two sites."""

    installation: Installation
    senders: dict[str, str]
    subjects: dict[str, str]

    def announce(self, site: str = "JP-03", timepoint: str = "baseline", hours: float = 1) -> str:
        now = datetime.now(UTC)
        with self.installation.database.transaction(actor="coordinator") as session:
            row = senders.announce(
                session,
                ACTOR,
                sender_id=self.senders[site],
                subject_number=self.subjects[site],
                timepoint_code=timepoint,
                closes_at=now + timedelta(hours=hours),
                now=now,
            )
        return str(row.id)

    def rows(self, sql: str) -> list:
        from sqlalchemy import text

        with self.installation.database.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]


def install(installation: Installation, *, commitment_port: int | None = None) -> Place:
    """Load the study, register a patient and a machine at each of two sites."""
    ids, subjects = {}, {}
    with installation.database.transaction(actor="test") as session:
        definition = (ROOT / "studies" / "dream.toml").read_text(encoding="utf-8")
        load_definition(session, ACTOR, text=definition, now=datetime.now(UTC))
        for site in ("JP-03", "BE-02"):
            subject = a_registration(
                session, ACTOR, site_code=site, registered_on=date(2017, 5, 10), key=installation.settings.key
            )
            facts = SenderFacts(
                calling_ae_title=f"PACS_{site}",
                called_ae_title=CALLED,
                description="PACS of a test",
                host="127.0.0.1" if commitment_port else None,
                port=commitment_port,
            )
            row = senders.add_sender(session, ACTOR, study_code="DREAM", site_code=site, facts=facts)
            ids[site], subjects[site] = row.id, subject.number
    return Place(installation, ids, subjects)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(autouse=True)
def _senders_close_their_sockets(monkeypatch):
    """pynetdicom's own sockets stay open where the peer closed first; that is the sender's side of these tests."""

    def closed(self):
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()

    monkeypatch.setattr(AssociationSocket, "_shutdown_socket", closed)


@pytest.fixture
def commitment_port() -> int:
    return free_port()


@pytest.fixture
def place(installation, commitment_port) -> Place:
    return install(installation, commitment_port=commitment_port)


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with Workshop(n_children=2) as workshop:
        yield workshop


@dataclass(frozen=True)
class Running:
    """A receiver and its port."""

    receiver: Receiver
    port: int


@pytest.fixture
def receive(place, workshop) -> Iterator[Callable[..., Running]]:
    """Return a function that starts a receiver, with its own limits where they are given."""
    with ExitStack() as stack:

        def start(limits: ReceiverLimits = DEFAULT_LIMITS) -> Running:
            listening = listen("127.0.0.1", 0)
            port = listening.getsockname()[1]
            receiver = stack.enter_context(Receiver(place.installation, listening, workshop=workshop, limits=limits))
            return Running(receiver, port)

        yield start
