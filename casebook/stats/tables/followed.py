"""A table of lesions left in place: until which day each was observed, and what happened then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.imports.table import SentTable, spelled
from casebook.stats.survival import Observation, Status
from casebook.stats.tables.columns import (
    Role,
    bad_cell,
    find,
    patient_of,
    plain,
    require,
    require_once,
    text,
    whole_number,
)
from casebook.stats.tables.lesions import NO_PATIENT

STATUSES: Final[Mapping[str, Status]] = {
    **dict.fromkeys(("0", "0.0", "censored", "free", "打切り"), Status.CENSORED),
    **dict.fromkeys(("1", "1.0", "recurrence", "recurred", "再発"), Status.RECURRENCE),
    **dict.fromkeys(("2", "2.0", "death", "died", "死亡"), Status.DEATH),
}


@dataclass(frozen=True, slots=True)
class FollowedColumns:
    """Columns that somebody names; those left out are found by their usual names."""

    patient: str | None = None
    lesion: str | None = None
    day: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class FollowedTable:
    """Observations in the order of the file, and what was taken for granted in reading it."""

    observations: tuple[Observation, ...]
    notes: tuple[str, ...] = ()


def followed_table(table: SentTable, asked: FollowedColumns = FollowedColumns()) -> FollowedTable:
    """One observation per line. Raises Invalid with line and column for what is no day and no status."""
    patient_at, lesion_at = find(table, Role.PATIENT, asked.patient), find(table, Role.LESION, asked.lesion)
    _refuse_censoring_flag(table, asked)
    day_at = require(table, Role.DAY, asked.day, "the day until which each lesion was observed")
    status_at = require(table, Role.STATUS, asked.status, "what happened then (0, 1 or 2)")
    found: list[Observation] = []
    first_line: dict[tuple[str, str], int] = {}
    for line in table.lines:
        status = STATUSES.get(spelled(text(line, status_at)))
        if status is None:
            raise bad_cell(table, line, status_at, "1 for a recurrence at the site, 2 for death, 0 for neither")
        patient = patient_of(table, line, patient_at)
        if lesion_at is not None and text(line, lesion_at):
            require_once(first_line, line, (patient, text(line, lesion_at)), "the same lesion of the same patient")
        found.append(Observation(whole_number(table, line, day_at), status, patient))
    return FollowedTable(tuple(found), () if patient_at is not None else (NO_PATIENT,))


def _refuse_censoring_flag(table: SentTable, asked: FollowedColumns) -> None:
    """Raise Invalid for ADaM's CNSR in place of a status: it counts the other way round."""
    has_flag = any(plain(name) == "cnsr" for name in table.columns)
    if has_flag and find(table, Role.STATUS, asked.status) is None:
        raise Invalid(
            "The column “CNSR” counts the other way round (0 is the event); add a column “status” with 1 for a "
            "recurrence at the site, 2 for death, 0 for neither.",
            field="file",
        )
