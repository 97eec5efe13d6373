"""From one received file to what the archive takes, or to the reason why not. Runs in a child process."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydicom.dataset import Dataset

from casebook.dicom.archive_form import ArchivedObject, write_archive_form
from casebook.dicom.deidentification import (
    DeidentificationPlan,
    Memory,
    SourceIdentity,
    deidentify,
    source_identity,
)
from casebook.dicom.facts import instance_facts, source_text
from casebook.dicom.fragments import PixelsNotAddressable
from casebook.dicom.parsing import ParseLimits, parse
from casebook.dicom.refusals import RefusalCode, RefusedFile
from casebook.dicom.release import NOTHING_LIFTED, Release
from casebook.domain.errors import Invalid
from casebook.domain.series_facts import InstanceFacts, SourceText

NOT_CLEANABLE: Final = "cannot-be-deidentified"
READ_BYTES: Final = 1024 * 1024


class Fate(StrEnum):
    """Why a file is set aside."""

    REFUSED = "refused"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file for the quarantine: refused for what it is, or held for a person to decide."""

    source: Path
    sha256: bytes
    n_bytes: int
    fate: Fate
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A de-identified object in a staging file, with everything the registry stores about it.

    `facts` carry the archive's UIDs, and `facts_json` is what they are stored as; `source_uids` maps each archived UID
    to its level and the sender's UID; `report` is an ElementReport as text.
    """

    source: Path
    sha256: bytes
    n_bytes: int
    staged: Path
    archived: ArchivedObject
    facts: InstanceFacts
    facts_json: str
    study_date: str
    study_time: str
    accession_number: str
    identity: SourceIdentity
    text: SourceText
    source_uids: Mapping[str, tuple[str, str]]
    report: str


@dataclass(frozen=True, slots=True)
class Task:
    """One file to prepare, with what a person who looked at it let pass."""

    source: Path
    staging_dir: Path
    plan: DeidentificationPlan
    limits: ParseLimits
    release: Release = NOTHING_LIFTED


def prepare(task: Task, memory: Memory | None = None) -> Prepared | SetAside:
    """Parse, look for reasons to hold, read the facts, de-identify and write the archive's form.

    `memory` is that of the files before, whose headers are much the same; the result does not depend on it.
    """
    sha256, n_bytes = digest_of(task.source)
    try:
        ds = parse(task.source, task.release.limits(task.limits))
        held = task.release.objection(ds)
        if held is not None:
            return SetAside(task.source, sha256, n_bytes, Fate.HELD, str(held.code), held.message)
        task.release.apply(ds)
        return _prepared(task, ds, sha256, n_bytes, memory)
    except RefusedFile as refusal:
        return SetAside(task.source, sha256, n_bytes, Fate.REFUSED, str(refusal.code), refusal.message)
    except PixelsNotAddressable:
        return SetAside(
            task.source,
            sha256,
            n_bytes,
            Fate.REFUSED,
            RefusalCode.PIXELS_INCONSISTENT,
            "The pixel data are not in the frames that the header announces; export the series again.",
        )
    except Invalid as error:
        return SetAside(task.source, sha256, n_bytes, Fate.REFUSED, NOT_CLEANABLE, error.message)


def _prepared(task: Task, ds: Dataset, sha256: bytes, n_bytes: int, memory: Memory | None) -> Prepared:
    raw = dict(ds.items())
    facts, text, identity = instance_facts(ds), source_text(ds), source_identity(ds)
    only = facts.frames[0].b_value if facts.n_frames == 1 else None
    cleaned = deidentify(
        ds,
        task.plan,
        raw=raw,
        memory=memory,
        b_value_s_mm2=only.s_per_mm2 if only else None,
        frame_b_values_s_mm2=_frame_b_values(facts),
    )
    staged = task.staging_dir / f"{secrets.token_hex(16)}.part"
    archived = write_archive_form(cleaned.dataset, staged)
    source_uids = dict(_source_uids(facts, cleaned.keyed.uid))
    archived_facts = _with_archive_uids(facts, cleaned.keyed.uid)
    return Prepared(
        source=task.source,
        sha256=sha256,
        n_bytes=n_bytes,
        staged=staged,
        archived=archived,
        facts=archived_facts,
        facts_json=json.dumps(archived_facts.to_json()),
        study_date=str(cleaned.dataset.get("StudyDate", "") or ""),
        study_time=str(cleaned.dataset.get("StudyTime", "") or ""),
        accession_number=str(cleaned.dataset.get("AccessionNumber", "") or ""),
        identity=identity,
        text=text,
        source_uids=source_uids,
        report=cleaned.report.to_text(),
    )


def _frame_b_values(facts: InstanceFacts) -> list[float | None]:
    """Return each frame's b-value where there are several frames."""
    if facts.n_frames == 1:
        return []
    return [frame.b_value.s_per_mm2 if frame.b_value else None for frame in facts.frames]


def _source_uids(facts: InstanceFacts, archived: Callable[[str], str]) -> Iterator[tuple[str, tuple[str, str]]]:
    levels = (
        ("study", facts.study_uid),
        ("series", facts.series_uid),
        ("instance", facts.sop_uid),
        ("frame-of-reference", facts.frame_of_reference_uid),
    )
    for level, uid in levels:
        if uid:
            yield archived(uid), (level, uid)


def _with_archive_uids(facts: InstanceFacts, archived: Callable[[str], str]) -> InstanceFacts:
    frame = facts.frame_of_reference_uid
    return replace(
        facts,
        study_uid=archived(facts.study_uid),
        series_uid=archived(facts.series_uid),
        sop_uid=archived(facts.sop_uid),
        frame_of_reference_uid=archived(frame) if frame else None,
    )


def digest_of(path: Path) -> tuple[bytes, int]:
    """Return the SHA-256 of a file and its length in bytes."""
    digest, n_bytes = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            digest.update(piece)
            n_bytes += len(piece)
    return digest.digest(), n_bytes
