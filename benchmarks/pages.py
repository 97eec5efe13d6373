"""What the pages of a large study cost: 400 patients, 3 000 lesions, one core for the service and its database.

    python benchmarks/pages.py [--rounds 40] [--patients 400] [--lesions 3000] [--data-dir FOLDER] [--json]

The application is asked at its ASGI border, one request after another, in a scratch installation that is filled
first (about a minute) and thrown away, or kept in a folder of one's choice for the next run. Rounds go through all
pages in turn, so that a busy neighbour slows all of them; the bare page `/account` stands beside them as the
baseline: what any page costs before it shows anything. Queries are counted on the engine.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from large_study import PASSWORD, Size, fill, now_utc
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, create_engine, event

from casebook.actions.reconcile import reconcile_all
from casebook.installation import Installation, make_key, opened
from casebook.settings import Settings
from casebook.store import embedded
from services.api.app import create_app

GOAL_MS = 50.0
WARM_UP = 3
MARK = "large-study.complete"
BASELINE = "/account"
PATIENT = "/patients/{patient}"
PAGES: dict[str, tuple[str, ...]] = {
    "manager": (
        BASELINE,
        "/work",
        "/patients",
        "/patients?page=5&order=due",
        PATIENT,
        "/lesions",
        "/lesions?cdlm=yes&outcome=pending",
        "/entries",
        "/entries?state=to-verify&page=5",
        "/board",
        "/board?state=all&page=5",
        "/endpoint",
    ),
    "coordinator": ("/work", "/patients"),
    "radiologist": ("/work",),
    "investigator": ("/work",),
    "monitor": ("/work",),
    "statistician": ("/work",),
    "admin": ("/work",),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One page: wait and CPU time of one request in ms, its queries, and the size of the answer."""

    login: str
    page: str
    median_ms: float
    p95_ms: float
    cpu_ms: float
    n_queries: int
    kilobytes: int


class Sessions:
    """A signed-in client for each account."""

    def __init__(self, transport: httpx.ASGITransport) -> None:
        self.transport = transport
        self.clients: dict[str, httpx.AsyncClient] = {}

    async def of(self, login: str) -> httpx.AsyncClient:
        """The client of an account."""
        if login not in self.clients:
            client = httpx.AsyncClient(
                transport=self.transport, base_url="http://casebook", headers={"accept": "text/html"}
            )
            answer = await client.post("/login", data={"login": login, "password": PASSWORD})
            if answer.status_code != httpx.codes.SEE_OTHER:
                raise SystemExit(f"{login} could not sign in: {answer.status_code}")
            self.clients[login] = client
        return self.clients[login]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


async def asked(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """A page that came."""
    answer = await client.get(path)
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")
    return answer


async def measured(sessions: Sessions, engine: Engine, rounds: int, names: dict[str, str]) -> list[Result]:
    """All pages in alternating rounds."""
    cases = [(login, page) for login, pages in PAGES.items() for page in pages]
    waits: dict[tuple[str, str], list[float]] = {case: [] for case in cases}
    cpu: dict[tuple[str, str], list[float]] = {case: [] for case in cases}
    for turn in range(WARM_UP + rounds):
        for case in cases:
            client = await sessions.of(case[0])
            cpu_before, before = time.process_time(), time.perf_counter()
            await asked(client, case[1].format(**names))
            if turn >= WARM_UP:
                waits[case].append((time.perf_counter() - before) * 1e3)
                cpu[case].append((time.process_time() - cpu_before) * 1e3)
    results = []
    for login, page in cases:
        with counted(engine) as sent:
            answer = await asked(await sessions.of(login), page.format(**names))
        mine = sorted(waits[login, page])
        results.append(
            Result(
                login=login,
                page=page,
                median_ms=round(statistics.median(mine), 1),
                p95_ms=round(mine[int(0.95 * (len(mine) - 1))], 1),
                cpu_ms=round(statistics.median(cpu[login, page]), 1),
                n_queries=len(sent),
                kilobytes=len(answer.content) // 1024,
            )
        )
    return results


def one_core() -> None:
    """Keep this process, and the database it starts, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def analyse(settings: Settings) -> None:
    """Have the server look at the tables, as it does by itself within minutes of such a load."""
    server = embedded.start(settings.database_dir)
    owner = create_engine(
        server.url(role=embedded.OWNER_ROLE).replace("postgresql://", "postgresql+psycopg://", 1),
        isolation_level="AUTOCOMMIT",
    )
    with owner.connect() as connection:
        connection.exec_driver_sql("analyze")
    owner.dispose()


@contextmanager
def installation_in(folder: Path, size: Size) -> Iterator[Installation]:
    """A filled installation; what an earlier run filled stays as it is."""
    settings = Settings(data_dir=folder, secure_cookies=False, database_url=None, files_url=None, _env_file=None)
    make_key(settings)
    with opened(settings) as installation:
        if not (folder / MARK).exists():
            fill(installation.database, key=settings.key, size=size, now=now_utc())
            with installation.database.transaction(actor="benchmark", reason="a large study") as session:
                reconcile_all(session, key=settings.key, now=now_utc())
            analyse(settings)
            (folder / MARK).touch()
        yield installation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--patients", type=int, default=400)
    parser.add_argument("--lesions", type=int, default=3000)
    parser.add_argument("--data-dir", type=Path, help="keep the study here")
    parser.add_argument("--json", action="store_true", help="print figures for scripts")
    arguments = parser.parse_args()
    one_core()
    size = Size(arguments.patients, arguments.lesions)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch,
        installation_in(arguments.data_dir or Path(scratch), size) as installation,
    ):
        engine = installation.database.engine
        sessions = Sessions(httpx.ASGITransport(create_app(installation)))
        names = {"patient": longest_course(engine)}
        results = asyncio.run(measured(sessions, engine, arguments.rounds, names))
    if arguments.json:
        print(json.dumps([asdict(result) for result in results]))
        return
    title = f"{size.n_patients} patients, {size.n_lesions} lesions (goal: {GOAL_MS:g} ms)"
    table = Table("who", "page", "median, ms", "p95, ms", "CPU, ms", "queries", "kB", title=title)
    for result in results:
        table.add_row(*(str(value) for value in asdict(result).values()))
    Console().print(table)


def longest_course(engine: Engine) -> str:
    """The number of a patient with as much to show as any."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "select number from subject s order by (select count(*) from form_entry where subject_id = s.id) desc,"
            " (select count(*) from lesion where subject_id = s.id) desc, number limit 1"
        )
        return str(found.scalar_one())


if __name__ == "__main__":
    main()
