"""Giving out a cut: files that follow from what is kept alone, compared with those of the first time."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.cuts import ACT
from casebook.collecting import seldom_collecting
from casebook.domain.actors import Actor
from casebook.domain.cuts.manifest import MANIFEST, digest
from casebook.domain.cuts.model import (
    EVERYTHING,
    ODM,
    CutChanged,
    Digests,
    ExportResult,
    FileKind,
    Judged,
    judge_export,
)
from casebook.domain.datasets.model import Dataset
from casebook.domain.errors import Invalid, Refused
from casebook.domain.texts import Text
from casebook.formats.cut_papers import README, SUMS, readme, sums
from casebook.formats.formats import Format, write
from casebook.formats.kept_cut import KeptCut
from casebook.formats.written import WrittenFile
from casebook.formats.zips import zip_folder
from casebook.program import program_version
from casebook.store import cuts
from casebook.store.tables import DataCut

Tell = Callable[[str, int, int], None]
"""Hears what is being written, how many parts are done, and how many there are."""
MOST_NAMED: Final = 10
"""Of the files that a refusal lists."""


SHAPES: Final = (*Format, ODM)
"""What a cut is given out as, each noted and compared by itself."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a cut: shapes, and whether everything that was kept goes with them."""

    shapes: tuple[str, ...]
    with_kept: bool = False


EVERY: Final = Wanted(SHAPES, with_kept=True)


def wanted(names: Sequence[str]) -> Wanted:
    """Return what is asked for by name; everything where nothing is. Raises Invalid."""
    if not names or EVERYTHING in names:
        return EVERY
    unknown = [one for one in names if one not in SHAPES]
    if unknown:
        raise Invalid(f"Found “{unknown[0][:40]}”; formats are {', '.join(SHAPES)}, or {EVERYTHING}.", field="format")
    return Wanted(tuple(dict.fromkeys(str(one) for one in names)))


@dataclass(frozen=True, slots=True)
class ExportedCut:
    """How what was given out compares with the first time, by shape."""

    judged: Mapping[str, Judged]

    @property
    def result(self) -> ExportResult:
        """The most notable result of all."""
        found = {one.result for one in self.judged.values()}
        return next(one for one in (ExportResult.DIFFERENT, ExportResult.FIRST, ExportResult.EQUAL) if one in found)


@seldom_collecting()
def write_export(kept: KeptCut, asked: Wanted, folder: Path, *, tell: Tell | None = None) -> dict[str, Digests]:
    """Write a cut into a folder, with manifest, digests and README; returns the digests of each shape.

    With everything that was kept, another machine can give out the same again.
    """
    datasets = kept.datasets()
    n_parts = len(asked.shapes) + int(asked.with_kept)
    found: dict[str, Digests] = {}
    every: dict[str, str] = {}
    for number, shape in enumerate(asked.shapes):
        if tell is not None:
            tell(shape, number, n_parts)
        written = _written(folder, _files(kept, shape, datasets))
        found[shape] = written
        every |= written
    if asked.with_kept:
        if tell is not None:
            tell("kept", n_parts - 1, n_parts)
        every |= _written(folder, _kept_files(kept, frozenset(FileKind)))
    papers = [WrittenFile(MANIFEST, kept.manifest_content), WrittenFile(README, readme(kept.manifest))]
    every |= _written(folder, papers)
    _written(folder, [WrittenFile(SUMS, sums(every))])
    if tell is not None:
        tell("", n_parts, n_parts)
    return found


def _files(kept: KeptCut, shape: str, datasets: Sequence[Dataset]) -> Iterator[WrittenFile]:
    if shape == ODM:
        return _kept_files(kept, {FileKind.SNAPSHOT})
    return write(datasets, Format(shape), kept.manifest.about)


def _kept_files(kept: KeptCut, kinds: Collection[FileKind]) -> Iterator[WrittenFile]:
    return (WrittenFile(file.path, kept.read(file.path)) for file in kept.manifest.files if file.kind in kinds)


def _written(folder: Path, files: Iterator[WrittenFile] | Sequence[WrittenFile]) -> dict[str, str]:
    digests = {}
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        digests[file.path] = digest(file.content)
    return digests


def note_export(
    session: Session,
    actor: Actor,
    row: DataCut,
    digests: Mapping[str, Digests],
    *,
    study_code: str,
    accept_changes: bool,
    now: datetime,
) -> ExportedCut:
    """Keep that a cut was given out, and how that compares with the first time.

    Raises CutChanged, naming the files, where they differ and that is not accepted.
    """
    actor.require(ACT, study_code=study_code)
    first = cuts.first_digests(session, row.id)
    judged = {shape: judge_export(first.get(shape), said) for shape, said in digests.items()}
    differing = [path for one in judged.values() for path in one.differing]
    if differing and not accept_changes:
        raise _changed(row.name, differing)
    for shape, said in digests.items():
        cuts.add_export(
            session,
            cut_id=row.id,
            format=shape,
            exported_by=actor.login,
            exported_at=now,
            program_version=program_version(),
            result=judged[shape].result,
            files=dict(said),
            differing=list(judged[shape].differing),
        )
    return ExportedCut(judged)


def _changed(name: str, differing: Sequence[str]) -> CutChanged:
    named = ", ".join(differing[:MOST_NAMED]) + (" …" if len(differing) > MOST_NAMED else "")
    return CutChanged(
        Text(
            f"This program writes {len(differing)} files of the cut “{name}” otherwise than the first time: {named}. "
            "Take the first export, or say that the difference is accepted; it is then noted.",
            f"このプログラムが出力するデータカット「{name}」の{len(differing)}ファイルが初回と異なります：{named}。"
            "初回の出力を使うか、差異を承知の上で出力してください（記録されます）。",
        ),
        field="accept_changes",
    )


def place(folder: Path, target: Path) -> None:
    """Move what was written to where it was asked for: a new folder, or a zip. Raises Refused, Invalid."""
    require_free(target)
    if is_zip(target):
        zip_folder(folder, target)
    else:
        target.mkdir(parents=True, exist_ok=True)
        for entry in sorted(folder.iterdir()):
            shutil.move(entry, target / entry.name)


def is_zip(target: Path) -> bool:
    """Whether a target is an archive by its name."""
    return target.suffix.casefold() == ".zip"


def require_free(target: Path) -> None:
    """Refuse to mix an export with what lies there already, before anything is written."""
    if not target.parent.is_dir():
        raise Invalid(f"There is no folder {target.parent} to write to; make it first.", field="out")
    if target.is_dir() and not is_zip(target):
        if any(target.iterdir()):
            raise Refused(f"{target} holds files already; give a new folder, or a zip.", field="out")
    elif target.exists():
        raise Refused(f"{target} is there already; give another name.", field="out")


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for an export on its way."""
    return tempfile.TemporaryDirectory(prefix="casebook-cut-")
