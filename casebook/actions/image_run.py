"""One export of images: where from, where to, which series, and who is told how far it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from casebook.domain.imaging import SeriesRole
from casebook.store.files import FileStore

Listed = Mapping[str, Any]
"""A series as `image_list` tells it."""
Done = Callable[[int], None]
"""Called with how many more images are done."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which images; None asks for all. A series is of a role when any part of it is."""

    subjects: frozenset[str] | None = None
    timepoints: frozenset[str] | None = None
    roles: frozenset[SeriesRole] | None = None

    def has(self, series: Listed) -> bool:
        """Whether the series is asked for."""
        roles = {role["role"] for role in series["roles"]} or {SeriesRole.OTHER.value}
        return (
            (self.subjects is None or series["subject"] in self.subjects)
            and (self.timepoints is None or series["timepoint"] in self.timepoints)
            and (self.roles is None or not roles.isdisjoint(self.roles))
        )


@dataclass(frozen=True, slots=True)
class Run:
    """What every part of an export needs."""

    session: Session
    archive: FileStore
    folder: Path
    wanted: Wanted
    done: Done


def place_of(series: Listed) -> dict[str, Any]:
    """Return whose and which series it is, as a line of the manifest names it."""
    keys = ("subject", "timepoint", "modality", "study_uid", "series_uid", "series_number")
    return {key: series[key] for key in keys}


def roles_of(series: Listed, sop_uid: str | None = None) -> str:
    """Return the roles of a series, or of one image of it, as words apart."""
    roles = [role["role"] for role in series["roles"] if sop_uid in {None, *(role["sop_uids"] or [sop_uid])}]
    return " ".join(dict.fromkeys(roles)) or SeriesRole.OTHER.value
