"""Every time that a cut was given out, as a person reads it: one line a time, whatever number of formats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from casebook.domain.cuts.model import ExportResult
from casebook.store.cuts import ExportRow


@dataclass(frozen=True, slots=True)
class Run:
    """One time: who took which formats, and which of them were not as the first time."""

    exported_at: datetime
    exported_by: str
    program_version: str
    formats: tuple[str, ...]
    results: tuple[ExportResult, ...]
    differing: tuple[str, ...]


def runs_of(rows: Sequence[ExportRow]) -> list[Run]:
    """Put together what was given out at one moment; the rows are the newest first."""
    return [
        _run(at, by, list(group))
        for (at, by), group in groupby(rows, key=lambda row: (row.exported_at, row.exported_by))
    ]


def _run(at: datetime, by: str, rows: Sequence[ExportRow]) -> Run:
    found = {row.result for row in rows}
    return Run(
        exported_at=at,
        exported_by=by,
        program_version=rows[0].program_version,
        formats=tuple(row.format for row in rows),
        results=tuple(result for result in ExportResult if result in found),
        differing=tuple(path for row in rows for path in row.differing),
    )
