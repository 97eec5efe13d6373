"""Several processes seed the patients, each one site after the other, so that numbers follow the plan."""

import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from casebook.domain.study import load_study
from casebook.store.database import Database, connect
from services.command.demonstration.cohort import N_PATIENTS, SEED, StudyPlan, plan_study
from services.command.demonstration.people import team_of
from services.command.demonstration.seeding import seed_patient

N_PROCESSES: Final = 2


@dataclass(frozen=True, slots=True)
class Order:
    """Which study is planned from which day; `taken` are the sites whose number 0001 is given, with its day."""

    definition_file: Path
    today: date
    taken: tuple[tuple[str, date], ...] = ()
    n_patients: int = N_PATIENTS
    seed: int = SEED


@cache
def planned(order: Order) -> StudyPlan:
    """Return the plan, worked out once a process."""
    definition = load_study(order.definition_file.read_text(encoding="utf-8"))
    return plan_study(
        definition, today=order.today, n_patients=order.n_patients, seed=order.seed, taken=dict(order.taken)
    )


def seed_site(database: Database, order: Order, site: str, *, key: bytes) -> int:
    """Seed the patients of one site in the order of their numbers; returns how many there are."""
    patients = [patient for patient in planned(order).patients if patient.site == site]
    with database.session() as session:
        team = team_of(session, site, now=datetime.now(UTC))
    for patient in patients:
        seed_patient(database, patient, team, key=key)
    return len(patients)


def n_patients_at(order: Order) -> Mapping[str, int]:
    """Return how many patients each site has, the busiest first."""
    sites = [patient.site for patient in planned(order).patients]
    return {site: sites.count(site) for site in sorted(set(sites), key=lambda site: (-sites.count(site), site))}


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes at work."""

    running: tuple[Future[int], ...]

    @property
    def n_done(self) -> int:
        """How many patients are there already, counted by whole sites."""
        return sum(future.result() for future in self.running if future.done())

    def finished(self) -> Iterator[int]:
        """Yield how many patients more are there, until all are. Raises what a process raised."""
        return (future.result() for future in as_completed(self.running))


@contextmanager
def at_work(url: str, order: Order, *, key: bytes) -> Iterator[Crew]:
    """Seed every site beside what the block does; the block ends when all patients are there."""
    with ProcessPoolExecutor(N_PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        crew = Crew(tuple(pool.submit(_seed, url, order, site, key) for site in n_patients_at(order)))
        try:
            yield crew
            for _ in crew.finished():
                pass
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class SeedingFailed(RuntimeError):
    """A process could not go on; the message says where and why, since not every error comes through a pipe."""


def _seed(url: str, order: Order, site: str, key: bytes) -> int:
    try:
        return seed_site(_connected(url), order, site, key=key)
    except Exception as error:  # noqa: BLE001 - the edge of a process
        raise SeedingFailed(f"{site}: {type(error).__name__}: {error}") from None


@cache
def _connected(url: str) -> Database:
    return connect(url, pool_size=1)
