"""What an export of images says of itself: one line per file that was written, and per image or series that was not."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

MANIFEST: Final = "manifest"
SOURCES: Final = "sources.csv"


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """An archived object that went into a file; `frames` are 1-based, None for all of it."""

    sop_uid: str
    sha256: str
    frames: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A file of the export, or what could not be one: then `path` is None and `reason` says why.

    Spacing is between columns, rows and slices (mm); `sha256` is of the file, `voxels_sha256` of a volume before it was
    compressed.
    """

    path: str | None
    subject: str
    timepoint: str
    role: str
    modality: str
    study_uid: str
    series_uid: str
    series_number: int | None
    sop_uid: str | None = None
    b_value_s_per_mm2: int | None = None
    echo_time_ms: float | None = None
    phase: int | None = None
    repeat: int | None = None
    n_columns: int | None = None
    n_rows: int | None = None
    n_slices: int | None = None
    column_spacing_mm: float | None = None
    row_spacing_mm: float | None = None
    slice_spacing_mm: float | None = None
    n_bytes: int | None = None
    sha256: str | None = None
    voxels_sha256: str | None = None
    reason: str | None = None
    sources: tuple[SourceFrame, ...] = ()


COLUMNS: Final = tuple(field.name for field in fields(Line) if field.name != "sources")

SOURCE_COLUMNS: Final = ("path", "series_uid", "sop_uid", "frames", "sha256")


def manifest_files(about: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, bytes]:
    """Return the manifest as CSV and JSON, and the sources of every file as CSV."""
    records = [_record(line) for line in lines]
    document = {**about, "files": records}
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return {
        f"{MANIFEST}.json": text.encode() + b"\n",
        f"{MANIFEST}.csv": _csv(COLUMNS, [[record[name] for name in COLUMNS] for record in records]),
        SOURCES: _csv(SOURCE_COLUMNS, [row for line in lines for row in _of(line)]),
    }


def _record(line: Line) -> dict[str, Any]:
    record = asdict(line)
    record["sources"] = [{name: value for name, value in one.items() if value is not None} for one in record["sources"]]
    return record


def _of(line: Line) -> list[list[Any]]:
    return [
        [line.path, line.series_uid, one.sop_uid, " ".join(map(str, one.frames or ())), one.sha256]
        for one in line.sources
    ]


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()
