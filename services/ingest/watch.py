"""A watched folder: what lies in FOLDER/<subject>/<timepoint> is delivered once nothing of it changes any more.

It then moves to FOLDER/done with its receipt beside it. What cannot be taken stays, with a note that says why.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from casebook.actions.receipt_csv import csv_of
from casebook.actions.receipts import receipt_of
from casebook.dicom.workshop import Workshop
from casebook.domain.actors import Actor
from casebook.domain.errors import CasebookError, Unavailable
from casebook.installation import Installation
from services.ingest.delivery import Delivered, Order, deliver
from services.ingest.scan import count, is_system_file

ROAD: Final = "watched-folder"
DONE: Final = "done"
NOTE: Final = "NOT-TAKEN.txt"

Signature = tuple[int, int, int]
"""Number of files, bytes in all, and the newest time of change (ns): as long as they stay, nothing is being copied."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery of the folder, and where it lies now."""

    place: Path
    delivered: Delivered
    moved_to: Path


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A folder that stays, with the note that says why."""

    place: Path
    note: Path
    message: str


@dataclass(slots=True)
class WatchedFolder:
    """What was seen of the folders at the last look, and which of them were refused as they are."""

    root: Path
    quiet_s: float
    _seen: dict[Path, tuple[Signature, float]] = field(default_factory=dict)
    _refused: dict[Path, Signature] = field(default_factory=dict)

    def ready(self, now_s: float) -> list[Path]:
        """Look once; return the folders of timepoints in which nothing has changed for long enough."""
        found = {place: signature_of(place) for place in self._places()}
        self._seen = {place: (signature, self._since(place, signature, now_s)) for place, signature in found.items()}
        return [
            place
            for place, (signature, since_s) in self._seen.items()
            if signature[0] > 0 and now_s - since_s >= self.quiet_s and self._refused.get(place) != signature
        ]

    def refuse(self, place: Path) -> None:
        """Leave the folder alone until something in it changes."""
        self._refused[place] = signature_of(place)

    def _since(self, place: Path, signature: Signature, now_s: float) -> float:
        before = self._seen.get(place)
        return before[1] if before is not None and before[0] == signature else now_s

    def _places(self) -> Iterator[Path]:
        for subject in sorted(_folders(self.root)):
            if subject.name != DONE:
                yield from sorted(_folders(subject))


def signature_of(place: Path) -> Signature:
    """Return what changes while files are being copied into a folder, but for what operating systems leave there."""
    stats = [
        Path(parent, leaf).lstat()
        for parent, _, leaves in os.walk(place)
        for leaf in leaves
        if not is_system_file(Path(parent, leaf).relative_to(place).as_posix())
    ]
    return len(stats), sum(one.st_size for one in stats), max((one.st_mtime_ns for one in stats), default=0)


def take_ready(
    installation: Installation, actor: Actor, watched: WatchedFolder, *, workshop: Workshop, now_s: float
) -> Iterator[Taken | NotTaken]:
    """Deliver every folder that is quiet; one that cannot be taken gets a note, and does not hold up the others."""
    for place in watched.ready(now_s):
        note = place.parent / f"{place.name}.{NOTE}"
        order = Order(place, place.parent.name, place.name, ROAD, n_announced=count(place))
        try:
            delivered = deliver(installation, actor, order, workshop=workshop)
        except Unavailable:
            raise
        except CasebookError as refused:
            note.write_text(_said(place, refused), encoding="utf-8")
            watched.refuse(place)
            yield NotTaken(place, note, refused.message)
            continue
        note.unlink(missing_ok=True)
        yield Taken(place, delivered, _put_away(installation, actor, watched.root, place, delivered))


def _said(place: Path, refused: CasebookError) -> str:
    return (
        f"Nothing of this folder was taken: {place.parent.name}/{place.name}\n\n{refused.message}\n\n"
        "Name the outer folder as the subject's number (such as JP-03-0001) and the inner one as the timepoint's code "
        "(such as baseline). It is tried again when something in it changes.\n"
    )


def _put_away(installation: Installation, actor: Actor, root: Path, place: Path, delivered: Delivered) -> Path:
    done = root / DONE / place.parent.name
    done.mkdir(parents=True, exist_ok=True)
    name = f"{place.name}-S-{delivered.submission_number}"
    with installation.database.session() as session:
        receipt = receipt_of(session, actor, number=delivered.submission_number)
    (done / f"{name}.csv").write_text(csv_of(receipt), encoding="utf-8", newline="")
    return place.rename(done / name)


def _folders(parent: Path) -> list[Path]:
    return [entry for entry in parent.iterdir() if entry.is_dir() and not entry.is_symlink()]
