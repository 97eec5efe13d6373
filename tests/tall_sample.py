"""One patient of the sample study at baseline, in coarse pixels and whole livers, registered after the ingest.

The committed small set is too thin to be registered. This one is made anew for a run that asks for it.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fasteners import InterProcessLock
from sqlalchemy import Engine, text

from casebook.installation import Installation
from casebook.store.embedded import EmbeddedServer
from sample_dicom.cohort import PATIENTS
from sample_dicom.protocol import Kind
from sample_dicom.sizes import Grid, Size
from sample_dicom.study import generate
from services.command import demo
from services.command.demonstration.imaged import _deliver, day_of, register_imaged
from services.command.demonstration.people import ACCOUNTS, make_accounts
from services.command.machine import operator
from services.ingest.worker import run_until_idle
from tests.conftest import TEMPLATE, _copied, _installation

TALL = "casebook_tall"
_MR = Grid(28, 104, 128, 3.0, 7.5, 6.0)
_DWI = Grid(28, 78, 96, 4.0, 7.5, 6.0)
SIZE = Size(
    name="tall",
    grids={
        Kind.CT: Grid(34, 128, 128, 3.125, 6.5, 5.0),
        Kind.DUAL_ECHO: _MR,
        Kind.T2: _MR,
        Kind.DWI: _DWI,
        Kind.ADC: _DWI,
        Kind.EOB: Grid(44, 104, 128, 3.0, 4.8, 4.8),
    },
    middle_z_mm=-8.0,
    lesion_levels_mm=(-70.0, 62.0),
    compressed=False,
)


@pytest.fixture(scope="session")
def tall_dir(run_dir: Path, server: EmbeddedServer, owner: Engine) -> Path:
    """Make the patient and put it through the whole ingest once; its database is a template."""
    data_dir = run_dir / "tall-installation"
    with InterProcessLock(run_dir / "tall.lock"):
        with owner.connect() as connection:
            is_there = connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": TALL})
        if not is_there:
            generate(run_dir / "tall", patients=PATIENTS[:1], size=SIZE, timepoints=["baseline"])
            database = _copied(owner, server, TALL, TEMPLATE)
            fill(_installation(database, data_dir), run_dir / "tall")
            database.engine.dispose()
    return data_dir


@pytest.fixture(scope="session")
def tall_truth(tall_dir: Path, run_dir: Path) -> dict[str, Any]:
    """Tell what is where in it."""
    found: dict[str, Any] = json.loads((run_dir / "tall" / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def tall(tall_dir: Path, server: EmbeddedServer, owner: Engine, worker_id: str, request) -> Iterator[Installation]:
    """Give an installation with the patient, to change at will."""
    name = f"tall_{worker_id}_{abs(hash(request.node.nodeid)):x}"
    database = _copied(owner, server, name, TALL)
    yield _installation(database, tall_dir)
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


def fill(installation: Installation, folder: Path) -> None:
    """Register the patients of a sample, deliver their images at baseline, and work until nothing waits."""
    actor = operator(demo.STUDY)
    demo._definition(installation, actor)
    with installation.database.transaction(actor=actor.login, reason="a test") as session:
        make_accounts(session, actor, ACCOUNTS, study=demo.STUDY, now=datetime.now(UTC))
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for patient in truth["patients"]:
        baseline = min(exam["date"] for exam in patient["timepoints"]["baseline"])
        register_imaged(installation, actor, patient["site"], patient["subject"], day_of(baseline))
        _deliver(installation, folder, patient, "baseline")
    run_until_idle(installation)
