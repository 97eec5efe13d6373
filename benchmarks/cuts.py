"""What a data cut of a large study costs: 400 patients, 3 000 lesions, 24 000 findings of two readers.

    python benchmarks/cuts.py [--patients 400] [--lesions 3000] [--readers 2] [--data-dir FOLDER] [--json]

A scratch installation is filled first (about a minute) and thrown away, or kept in a folder of one's choice for the
next run. Then a cut is made by the road of the command, and given out whole, phase by phase; it is to be done within a
minute, and the same again must be the same bytes.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from large_study import STUDY, Size, fill, now_utc
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from casebook.actions.cut_exports import EVERY, write_export
from casebook.actions.cuts import open_cut, order_cut
from casebook.domain.cuts.model import Step
from casebook.formats.zips import zip_folder
from casebook.installation import Installation, make_key, opened
from casebook.settings import Settings
from services.command.machine import operator
from services.ingest.cuts import make_ordered

GOAL_S = 60.0
MARK = "large-study.complete"


@dataclass(slots=True)
class Clock:
    """Seconds by phase, in order."""

    phases: dict[str, float] = field(default_factory=dict)
    _name: str = ""
    _since: float = 0.0

    def turn(self, name: str) -> None:
        """End the phase at hand and begin another; an empty name ends only."""
        now = time.perf_counter()
        if self._name and self._name != name:
            self.phases[self._name] = self.phases.get(self._name, 0.0) + now - self._since
        if self._name != name:
            self._name, self._since = name, now


@contextmanager
def installation(data_dir: Path, size: Size) -> Iterator[Installation]:
    settings = Settings(data_dir=data_dir, secure_cookies=False, database_url=None, files_url=None, _env_file=None)
    make_key(settings)
    with opened(settings) as found:
        if not (data_dir / MARK).exists():
            fill(found.database, key=settings.key, size=size, now=now_utc())
            (data_dir / MARK).write_text("")
        yield found


def measure(found: Installation, folder: Path, clock: Clock) -> int:
    """Make a cut and give it out; returns the bytes of the archive."""
    actor, now = operator(STUDY), datetime.now(UTC)
    with found.database.transaction(actor=actor.login, role=actor.role) as session:
        name = f"benchmark-{now:%H%M%S}"
        order = order_cut(session, actor, study_code=STUDY, name=name, purpose="a benchmark", as_of=now.date(), now=now)

    def tell(step: Step, n_done: int, n_total: int) -> None:
        clock.turn("" if n_done == n_total else f"making: {step}")

    row = make_ordered(found, actor, order.id, tell=tell)
    assert row is not None
    kept = open_cut(row, found.archive)
    clock.turn("reading what was kept")
    write_export(kept, EVERY, folder / "one", tell=lambda what, *_: clock.turn(f"writing: {what}" if what else ""))
    clock.turn("writing: zip")
    zip_folder(folder / "one", folder / "one.zip")
    clock.turn("")
    write_export(kept, EVERY, folder / "two")
    zip_folder(folder / "two", folder / "two.zip")
    assert (folder / "one.zip").read_bytes() == (folder / "two.zip").read_bytes()
    return (folder / "one.zip").stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=400)
    parser.add_argument("--lesions", type=int, default=3000)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    size, clock = Size(asked.patients, asked.lesions, asked.readers), Clock()
    with (
        tempfile.TemporaryDirectory() as scratch,
        installation(asked.data_dir or Path(scratch) / "data", size) as found,
    ):
        with found.database.session() as session:
            n_findings = session.scalar(text("select count(*) from finding"))
        n_bytes = measure(found, Path(scratch), clock)
    _tell(clock, n_findings or 0, n_bytes, as_json=asked.json)


def _tell(clock: Clock, n_findings: int, n_bytes: int, *, as_json: bool) -> None:
    total = sum(clock.phases.values())
    if as_json:
        print(json.dumps({"seconds": clock.phases, "total": total, "findings": n_findings, "bytes": n_bytes}))
        return
    table = Table("phase", "s", title=f"{n_findings} findings, {n_bytes / 1e6:.0f} MB; goal {GOAL_S:.0f} s")
    for name, seconds in clock.phases.items():
        table.add_row(name, f"{seconds:.2f}")
    table.add_row("all", f"{total:.2f}", style="bold green" if total < GOAL_S else "bold red")
    Console().print(table)


if __name__ == "__main__":
    main()
