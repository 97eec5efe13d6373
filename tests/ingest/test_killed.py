"""SIGKILL at random moments of a delivery: nothing acknowledged is lost, nothing is left half (D1)."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from casebook.actions.studies import load_definition
from casebook.installation import make_key, opened
from casebook.settings import Settings
from casebook.store import audit
from services.command.demo import ROOT
from services.command.machine import operator
from tests.registering import a_registration

SMALL = ROOT / "sample_dicom" / "small"
N_KILLS = 5
SEED = 1527


def install(data_dir: Path, truth) -> None:
    settings = Settings(data_dir=data_dir)
    make_key(settings)
    actor = operator("DREAM")
    with opened(settings) as installation, installation.database.transaction(actor="test") as session:
        definition = (ROOT / "studies" / "dream.toml").read_text(encoding="utf-8")
        load_definition(session, actor, text=definition, now=datetime.now(UTC))
        a_registration(
            session,
            actor,
            site_code=truth["patients"][0]["site"],
            registered_on=date(2017, 5, 10),
            key=settings.key,
        )


DELIVER = """
import sys
from services.command import main
sys.argv = ["casebook", "ingest", sys.argv[1], "--subject", sys.argv[2], "--timepoint", "baseline", "--json"]
main()
"""

TELL = """
import sys
from services.command import ingest as command
from services.ingest import delivery
taken = command.deliver
def told(*args, on_receipts, **kwargs):
    def say(receipts):
        on_receipts(receipts)
        for receipt in receipts:
            print(receipt.outcome, receipt.sop_uid, flush=True)
    return taken(*args, on_receipts=say, **kwargs)
command.deliver = told
delivery.BATCH_FILES = 8
"""


def start(data_dir: Path, source: Path, subject: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", TELL + DELIVER, str(source), subject],
        env=os.environ | {"CASEBOOK_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def acknowledged(process: subprocess.Popen, *, n_wanted: int, then_s: float) -> set[str]:
    """Kill once so much is acknowledged, and a moment later; return all that the sender was told."""
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if len(lines) >= n_wanted:
            break
    time.sleep(then_s)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    lines += process.stdout.read().splitlines()
    process.stdout.close()
    words = [line.split() for line in lines]
    return {word[1] for word in words if len(word) == 2 and word[0] in {"archived", "duplicate"}}


def check(data_dir: Path, told: set[str]) -> int:
    with opened(Settings(data_dir=data_dir)) as installation, installation.database.engine.connect() as connection:
        stored = {
            uid: (key, sha256)
            for uid, key, sha256 in connection.execute(text("select sop_uid, file_key, archived_sha256 from instance"))
        }
        assert told <= set(stored), "an acknowledged image is lost"
        for key, sha256 in stored.values():
            assert hashlib.sha256(installation.archive.read(key)).digest() == sha256, "a row without its whole file"
        n_received = connection.scalar(
            text("select count(*) from received_object where outcome = 'archived' and instance_id is not null")
        )
        assert n_received == len(stored), "an instance without its receipt"
        counted = connection.scalar(text("select coalesce(sum(n_instances), 0) from series"))
        assert counted == len(stored), "a batch was half counted"
        assert audit.verify(connection).holds
        return len(stored)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_delivery_killed_again_and_again_loses_nothing_and_ends_whole(tmp_path, truth):
    data_dir, patient = tmp_path / "data", truth["patients"][0]
    source = SMALL / patient["site"] / patient["subject"] / "baseline"
    n_files = sum(path.is_file() and path.suffix != ".csv" for path in source.rglob("*"))
    install(data_dir, truth)
    chance = random.Random(SEED)
    told: set[str] = set()
    for cycle in range(N_KILLS):
        process = start(data_dir, source, patient["subject"])
        told |= acknowledged(process, n_wanted=chance.randrange(1, 8 * (cycle + 1)), then_s=chance.uniform(0, 0.4))
        check(data_dir, told)
    assert told
    last = start(data_dir, source, patient["subject"])
    output, _ = last.communicate(timeout=120)
    summary = json.loads(output.splitlines()[-1])
    assert sum(summary["outcomes"].get(name, 0) for name in ("archived", "duplicate")) == n_files
    assert check(data_dir, told) == n_files
