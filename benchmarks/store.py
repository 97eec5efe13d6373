"""Storing 740 instances durably beside Orthanc: STOW-RS in batches of 50, and C-STORE over four associations.

    python benchmarks/store.py [--sample DIR] [--rounds 2] [--only c-store] [--json]

Both servers run on this machine in one run, turn by turn, each with folders of its own on the disk of --work.
Orthanc is Debian's (packages orthanc, orthanc-dicomweb, orthanc-postgresql), with its storage synced and uncompressed,
once with its index in PostgreSQL, where a commit is durable as ours is, and once in SQLite, as it comes: there the
write-ahead log is not synced at a commit, so that a power cut loses what was answered (of 100 objects strace shows 100
syncs of files and 4 of the log). Ours parses under limits, de-identifies, audits and commits each object before it
answers. The sender is dcmtk's storescu, in as many processes as associations. Only ratios of one run count.

The sample is the first patient of `python -m sample_dicom --out DIR`, made anew where --sample is not given.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian
from rich.console import Console
from rich.table import Table
from serving import free_port, wait_for_port
from sqlalchemy.orm import Session

import sample_dicom
from casebook.actions import senders
from casebook.actions.accounts import add_account, make_token
from casebook.actions.grants import grant_role
from casebook.actions.registering import register_first
from casebook.actions.site_papers import ApprovalFacts, QualificationFacts, record_approval, record_qualification
from casebook.actions.studies import load_definition, newest_definition
from casebook.domain.activation import Qualification
from casebook.domain.actors import Role
from casebook.domain.dicom_senders import SenderFacts
from casebook.domain.study.model import RegistrationStep
from casebook.installation import make_key, opened
from casebook.settings import Settings
from casebook.store import embedded
from services.command.machine import operator

N_INSTANCES, N_ASSOCIATIONS, BATCH = 740, 4, 50
STUDY, SITE, CALLING, CALLED = "DREAM", "JP-03", "BENCH", "CASEBOOK"
ROOT = Path(__file__).parents[1]
ORTHANC = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
POSTGRESQL = "/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so"
DICOMWEB = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
MIB = 1024 * 1024
REST_S = 5
"""Each server gets so long after its start, so that nobody's start is measured."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server takes objects, and its processes: the one for HTTP first, the one for DICOM last.

    `database` is where the embedded database notes its process.
    """

    name: str
    dicom_port: int
    stow_url: str
    headers: dict[str, str]
    processes: tuple[subprocess.Popen[bytes], ...]
    database: Path | None = None

    def cpu_s(self) -> float:
        """Return the processor time of all its processes so far, the database's among them."""
        roots = [psutil.Process(process.pid) for process in self.processes]
        if self.database is not None:
            roots.append(psutil.Process(int((self.database / "postmaster.pid").read_text().split()[0])))
        family = {one.pid: one for root in roots for one in (root, *root.children(recursive=True))}
        return sum(_cpu_s(one) for one in family.values())


@dataclass(slots=True)
class Peak:
    """The most memory that processes and their children had together, sampled (proportional set size, MiB)."""

    mib: float = 0.0
    _stopped: threading.Event = field(default_factory=threading.Event)

    def watch(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        """Sample until `stop`."""
        while not self._stopped.wait(0.2):
            self.mib = max(self.mib, sum(_pss(process.pid) for process in processes) / MIB)

    def stop(self) -> None:
        """End sampling."""
        self._stopped.set()


def _cpu_s(process: psutil.Process) -> float:
    """Its own time and that of its children that are gone."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return times.user + times.system + times.children_user + times.children_system


def _pss(pid: int) -> int:
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            if process.name() != "postgres":
                total += process.memory_full_info().pss
    except psutil.Error:
        pass
    return total


@contextmanager
def casebook(work: Path, n_processes: int) -> Iterator[Server]:
    """Serve and receive on a fresh installation with one patient, a machine and an announced delivery."""
    settings = Settings(data_dir=Path(tempfile.mkdtemp(prefix="casebook-", dir=work)))
    make_key(settings)
    with opened(settings) as installation:
        with installation.database.transaction(actor="benchmark") as session:
            token = _registry(session, settings.key)
        http_port, dicom_port = free_port(), free_port()
        program = str(Path(sys.executable).with_name("casebook"))
        environment = os.environ | {
            "CASEBOOK_DATA_DIR": str(settings.data_dir),
            "CASEBOOK_PORT": str(http_port),
            "CASEBOOK_DICOM_PORT": str(dicom_port),
        }
        processes = tuple(
            subprocess.Popen([program, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for words in (["serve", "--no-worker"], ["receive", "--processes", str(n_processes)])
        )
        url = f"http://127.0.0.1:{http_port}/dicomweb/subjects/{SITE}-0001/timepoints/baseline/studies"
        with _running(processes, http_port, dicom_port):
            headers = {"Authorization": f"Bearer {token}"}
            yield Server("Casebook", dicom_port, url, headers, processes, settings.database_dir)
    shutil.rmtree(settings.data_dir, ignore_errors=True)


def _registry(session: Session, key: bytes) -> str:
    actor, now = operator(STUDY), datetime.now(UTC)
    load_definition(session, actor, text=(ROOT / "studies" / "dream.toml").read_text(encoding="utf-8"), now=now)
    _, definition = newest_definition(session, STUDY)
    day = now.date()
    approval = ApprovalFacts(definition.protocol_version, "Committee", "1", day, day, None)
    record_approval(session, actor, study_code=STUDY, site_code=SITE, facts=approval)
    for kind in Qualification:
        facts = QualificationFacts(kind, day, None, "")
        record_qualification(session, actor, study_code=STUDY, site_code=SITE, facts=facts)
    criteria = definition.registration(RegistrationStep.FIRST).criteria
    answers: dict[str, Any] = {item.code: item.expected for item in criteria}
    answers |= {"consented_on": day.isoformat(), "road": "prospective", "resectability": "unresectable"}
    subject = register_first(
        session,
        actor,
        study_code=STUDY,
        site_code=SITE,
        road="prospective",
        registered_on=day,
        answers=answers,
        key=key,
        now=now,
        reason="benchmark",
    )
    sender = senders.add_sender(
        session, actor, study_code=STUDY, site_code=SITE, facts=SenderFacts(CALLING, CALLED, "storescu")
    )
    senders.announce(
        session,
        actor,
        sender_id=sender.id,
        subject_number=subject.number,
        timepoint_code="baseline",
        closes_at=now + timedelta(days=1),
        now=now,
    )
    add_account(session, actor, login="bench", display_name="Benchmark", password="a long enough password")
    grant_role(session, actor, login="bench", role=Role.DATA_MANAGER, study_code=STUDY, site_code=None, now=now)
    session.flush()
    return make_token(session, actor, login="bench", label="benchmark", days=1, now=now)


@contextmanager
def orthanc(work: Path, *, with_postgresql: bool) -> Iterator[Server]:
    """Run Debian's Orthanc on loopback with folders of its own, its storage synced and uncompressed.

    With PostgreSQL its index is as durable as ours, and on the same server program with the same settings.
    """
    folder = Path(tempfile.mkdtemp(prefix="orthanc-", dir=work))
    database = folder / "database"
    http_port, dicom_port = free_port(), free_port()
    configuration: dict[str, Any] = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "StorageCompression": False,
        "SyncStorageArea": True,
        "HttpPort": http_port,
        "DicomPort": dicom_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAlwaysAllowStore": True,
        "DicomCheckCalledAet": False,
        "Plugins": [DICOMWEB],
        "DicomWeb": {"Enable": True},
    }
    if with_postgresql:
        at = embedded.start(database)
        address = {"Host": at.socket_dir, "Port": at.port, "Database": "postgres", "Username": embedded.OWNER_ROLE}
        configuration["Plugins"] = [DICOMWEB, POSTGRESQL]
        configuration["PostgreSQL"] = {"EnableIndex": True, "EnableStorage": False, "Password": ""} | address
    file = folder / "orthanc.json"
    file.write_text(json.dumps(configuration))
    process = subprocess.Popen([ORTHANC, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _running((process,), http_port, dicom_port):
        url = f"http://127.0.0.1:{http_port}/dicom-web/studies"
        name = "Orthanc, PostgreSQL" if with_postgresql else "Orthanc, SQLite"
        yield Server(name, dicom_port, url, {}, (process,), database if with_postgresql else None)
    if with_postgresql:
        embedded.stop(database)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(processes: Sequence[subprocess.Popen[bytes]], *ports: int) -> Iterator[None]:
    try:
        for port in ports:
            wait_for_port(processes, port)
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


def c_store(server: Server, files: Sequence[Path]) -> None:
    """Send with storescu, one process for each association."""
    senders_ = [
        subprocess.Popen(
            [
                *("storescu", "-xe", "-R", "-aet", CALLING, "-aec", CALLED, "127.0.0.1", str(server.dicom_port)),
                *(str(path) for path in files[number::N_ASSOCIATIONS]),
            ],
            stderr=subprocess.PIPE,
        )
        for number in range(N_ASSOCIATIONS)
    ]
    for one in senders_:
        _, said = one.communicate(timeout=600)
        if one.returncode:
            raise SystemExit(f"{server.name}: storescu failed: {said.decode()[:500]}")


def stow(server: Server, files: Sequence[Path]) -> None:
    """Send in requests of 50, one after another."""
    headers = server.headers | {"Content-Type": 'multipart/related; type="application/dicom"; boundary=b'}
    with httpx.Client(timeout=300) as client:
        for start in range(0, len(files), BATCH):
            parts = [
                b"--b\r\nContent-Type: application/dicom\r\n\r\n" + path.read_bytes() + b"\r\n"
                for path in files[start : start + BATCH]
            ]
            answer = client.post(server.stow_url, headers=headers, content=b"".join([*parts, b"--b--\r\n"]))
            if answer.status_code != httpx.codes.OK:
                raise SystemExit(f"{server.name}: {answer.status_code} {answer.text[:500]}")


ROADS = {"c-store": c_store, "stow": stow}


@dataclass(slots=True)
class Result:
    """One road into one server: instances a second and processor time of each in each round, the peak of memory."""

    road: str
    server: str
    per_second: list[float]
    cpu_ms: list[float]
    peak_mib: float


def measure(server: Server, road: str, files: Sequence[Path]) -> tuple[float, float, float]:
    """Return instances a second, processor time of each in ms, and the peak of the processes that serve in MiB."""
    peak = Peak()
    process = server.processes[-1 if road == "c-store" else 0]
    watch = threading.Thread(target=peak.watch, args=([process],))
    watch.start()
    began_s, cpu_s = time.perf_counter(), server.cpu_s()
    ROADS[road](server, files)
    elapsed_s, cpu_s = time.perf_counter() - began_s, server.cpu_s() - cpu_s
    peak.stop()
    watch.join()
    return len(files) / elapsed_s, cpu_s / len(files) * 1000, peak.mib


def instances(sample: Path) -> list[Path]:
    """Return the instances of the first patient that every sender can propose at once."""
    found = []
    for path in sorted((sample / SITE).rglob("IM*")):
        head = dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"])
        if head.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian:
            found.append(path)
        if len(found) == N_INSTANCES:
            return found
    raise SystemExit(f"The sample has {len(found)} instances, {N_INSTANCES} are needed.")


def run(work: Path, files: Sequence[Path], roads: Sequence[str], n_rounds: int, n_processes: int) -> list[Result]:
    """Measure turn by turn, each time on a server that holds nothing."""
    found: dict[tuple[str, str], Result] = {}
    for _ in range(n_rounds):
        for road in roads:
            for start in (
                partial(casebook, work, n_processes),
                partial(orthanc, work, with_postgresql=True),
                partial(orthanc, work, with_postgresql=False),
            ):
                with start() as server:
                    time.sleep(REST_S)
                    rate, cpu_ms, peak_mib = measure(server, road, files)
                result = found.setdefault((road, server.name), Result(road, server.name, [], [], 0))
                result.per_second.append(round(rate, 1))
                result.cpu_ms.append(round(cpu_ms, 1))
                result.peak_mib = max(result.peak_mib, round(peak_mib))
    return list(found.values())


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=Path, help="folder made by `python -m sample_dicom`; made anew without it")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()), help="where both keep their data")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--processes", type=int, default=1, help="of `casebook receive`")
    parser.add_argument("--only", choices=sorted(ROADS))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    roads = [asked.only] if asked.only else list(ROADS)
    with tempfile.TemporaryDirectory(prefix="store-sample-") as made:
        sample = asked.sample or Path(made)
        if asked.sample is None:
            sample_dicom.generate(sample, patients=sample_dicom.PATIENTS[:1])
        found = run(asked.work, instances(sample), roads, asked.rounds, asked.processes)
    if asked.json:
        sys.stdout.write(json.dumps([asdict(one) for one in found]) + "\n")
        return
    table = Table("road", "server", "instances/s (median)", "rounds", "CPU, ms each", "peak memory, MiB")
    for one in found:
        rounds = ", ".join(f"{rate:.0f}" for rate in one.per_second)
        median, cpu_ms = statistics.median(one.per_second), statistics.median(one.cpu_ms)
        table.add_row(one.road, one.server, f"{median:.0f}", rounds, f"{cpu_ms:.1f}", f"{one.peak_mib:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
