"""How far a subject is along the study's course: what the next step is worked out from, without typing forms again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from casebook.domain.course import Entries, anchors, awaiting_pathology, latest_mdt_decision
from casebook.domain.imaging import SeriesRole
from casebook.domain.study.model import Anchor
from casebook.domain.subject_status import StatusChange, StatusKind, WithdrawnFrom, status_changes
from casebook.domain.visits import VISIT_FORM

FormAt = tuple[str, str | None]
"""A form and the timepoint it is filled for, None where it belongs to none."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is there of a subject; made with `of`, stored as JSON.

    `filled` names the forms that have a complete entry, `unfinished` the drafts with their ordinals; `arrived` the
    roles of images by timepoint; `not_done` the timepoints whose visit did not take place. `resectability` is the word
    of the latest MDT decision; `awaiting_pathology` the labels of resected lesions without a report.
    """

    road: str
    dates: Mapping[Anchor, date] = field(default_factory=dict)
    n_lesions: int = 0
    baseline_locked: bool = False
    filled: frozenset[FormAt] = frozenset()
    unfinished: tuple[tuple[str, str | None, int], ...] = ()
    not_done: frozenset[str] = frozenset()
    arrived: Mapping[str, frozenset[SeriesRole]] = field(default_factory=dict)
    is_read: bool = False
    resectability: str | None = None
    awaiting_pathology: tuple[str, ...] = ()
    status: tuple[StatusChange, ...] = ()

    @classmethod
    def of(
        cls,
        entries: Entries,
        *,
        road: str,
        registered_on: date,
        second_registered_on: date | None = None,
        n_lesions: int = 0,
        baseline_locked: bool = False,
        filled: Iterable[FormAt] = (),
        unfinished: Iterable[tuple[str, str | None, int]] = (),
        not_done: Iterable[str] = (),
        arrived: Mapping[str, frozenset[SeriesRole]] | None = None,
        is_read: bool = False,
    ) -> Self:
        """The progress that complete `entries` show; drafts are named in `unfinished` and not read."""
        decision = latest_mdt_decision(entries)
        return cls(
            road=road,
            dates=anchors(entries, first_registered_on=registered_on, second_registered_on=second_registered_on),
            n_lesions=n_lesions,
            baseline_locked=baseline_locked,
            filled=frozenset(filled),
            unfinished=tuple(unfinished),
            not_done=frozenset(not_done),
            arrived=arrived or {},
            is_read=is_read,
            resectability=decision.word("resectability") if decision else None,
            awaiting_pathology=awaiting_pathology(entries),
            status=status_changes(entries),
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it, in an order that depends on nothing but the content."""
        return {
            "road": self.road,
            "dates": {anchor.value: day.isoformat() for anchor, day in sorted(self.dates.items())},
            "n_lesions": self.n_lesions,
            "baseline_locked": self.baseline_locked,
            "filled": sorted(([form, timepoint] for form, timepoint in self.filled), key=_nulls_first),
            "unfinished": [list(item) for item in self.unfinished],
            "not_done": sorted(self.not_done),
            "arrived": {code: sorted(role.value for role in roles) for code, roles in sorted(self.arrived.items())},
            "is_read": self.is_read,
            "resectability": self.resectability,
            "awaiting_pathology": list(self.awaiting_pathology),
            "status": [
                [change.kind.value, change.happened_on.isoformat(), change.withdrawn_from] for change in self.status
            ],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The progress that `to_json` wrote."""
        return cls(
            road=stored["road"],
            dates={Anchor(anchor): date.fromisoformat(day) for anchor, day in stored["dates"].items()},
            n_lesions=stored["n_lesions"],
            baseline_locked=stored["baseline_locked"],
            filled=frozenset((form, timepoint) for form, timepoint in stored["filled"]),
            unfinished=tuple((form, timepoint, ordinal) for form, timepoint, ordinal in stored["unfinished"]),
            not_done=frozenset(stored["not_done"]),
            arrived={code: frozenset(SeriesRole(role) for role in roles) for code, roles in stored["arrived"].items()},
            is_read=stored["is_read"],
            resectability=stored["resectability"],
            awaiting_pathology=tuple(stored["awaiting_pathology"]),
            status=tuple(
                StatusChange(StatusKind(kind), date.fromisoformat(day), WithdrawnFrom(part) if part else None)
                for kind, day, part in stored["status"]
            ),
        )

    def is_answered(self, timepoint: str) -> bool:
        """Whether a visit is entered, or recorded as not done with no images that say otherwise."""
        if (VISIT_FORM, timepoint) in self.filled:
            return True
        return timepoint in self.not_done and not self.arrived.get(timepoint)


def _nulls_first(item: list[str | None]) -> tuple[str, ...]:
    return tuple(word or "" for word in item)
