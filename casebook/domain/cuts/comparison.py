"""Two cuts of a study side by side: which lesions and subjects came, went and changed, and what became of the numbers.

Pure: two datasets of one name in, differences out, by the keys of the newer one's shape.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from casebook.domain.datasets.model import Dataset, Value

LESIONS: Final = "ADLES"
"""The dataset of one row a lesion."""
SUBJECTS: Final = "ADSL"
"""The dataset of one row a subject."""
COMPARED: Final = (LESIONS, SUBJECTS)
COLUMNS: Final = ("dataset", "subject", "lesion", "change", "variable", "before", "after")


class Change(StrEnum):
    """What became of a row between two cuts."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A variable that says something else than before."""

    variable: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class RowChange:
    """A subject or lesion that is not as it was; `lesion` is None for a subject."""

    dataset: str
    subject: str
    lesion: str | None
    change: Change
    values: tuple[ChangedValue, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetChanges:
    """The differences in one dataset, by subject and lesion; variables that only one of the two has are named apart."""

    name: str
    n_before: int
    n_after: int
    rows: tuple[RowChange, ...]
    new_variables: tuple[str, ...]
    gone_variables: tuple[str, ...]

    def n(self, change: Change) -> int:
        """Count the rows of one kind of change."""
        return sum(row.change is change for row in self.rows)


@dataclass(frozen=True, slots=True)
class StrategyNumbers:
    """What a cut's endpoint says for one strategy; None where it says nothing."""

    n_patients: int | None
    n_lesions: int | None
    n_evaluable: int | None
    n_nonviable: int | None
    share: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """A strategy in both cuts."""

    strategy: str
    label_en: str
    label_ja: str
    before: StrategyNumbers
    after: StrategyNumbers


def compare_datasets(before: Dataset, after: Dataset) -> DatasetChanges:
    """Tell how the rows differ, key by key; a variable that only one of the two has is no change of a row."""
    keys = [name for name in after.shape.keys if name in before.shape.names]
    old, new = _by_key(before, keys), _by_key(after, keys)
    shared = [name for name in after.shape.names if name in before.shape.names]
    rows = [
        found
        for key in sorted(old.keys() | new.keys(), key=_sortable)
        if (found := _row_change(after.name, key, old.get(key), new.get(key), shared)) is not None
    ]
    return DatasetChanges(
        name=after.name,
        n_before=len(before.rows),
        n_after=len(after.rows),
        rows=tuple(rows),
        new_variables=tuple(name for name in after.shape.names if name not in before.shape.names),
        gone_variables=tuple(name for name in before.shape.names if name not in after.shape.names),
    )


_Key = tuple[Value, ...]
_Row = Mapping[str, Value]


def _by_key(dataset: Dataset, keys: Sequence[str]) -> dict[_Key, _Row]:
    return {tuple(row[name] for name in keys): row for row in dataset.records()}


def _sortable(key: _Key) -> tuple[str, ...]:
    return tuple("" if part is None else str(part) for part in key)


def _row_change(name: str, key: _Key, old: _Row | None, new: _Row | None, shared: Sequence[str]) -> RowChange | None:
    row = new if new is not None else old
    assert row is not None
    subject, lesion = str(row.get("USUBJID") or key[-1]), row.get("LESID")
    named = None if lesion is None else str(lesion)
    if old is None or new is None:
        return RowChange(name, subject, named, Change.ADDED if old is None else Change.REMOVED)
    values = tuple(ChangedValue(one, old[one], new[one]) for one in shared if old[one] != new[one])
    return RowChange(name, subject, named, Change.CHANGED, values) if values else None


def compare_endpoints(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[EndpointChange, ...]:
    """Put the numbers of two endpoint tables side by side, strategy by strategy, in the newer one's order."""
    old = {line["strategy"]: line for line in before["strategies"]}
    new = {line["strategy"]: line for line in after["strategies"]}
    return tuple(
        EndpointChange(
            strategy=code,
            label_en=(new.get(code) or old[code])["label"]["en"],
            label_ja=(new.get(code) or old[code])["label"]["ja"],
            before=_numbers(old.get(code)),
            after=_numbers(new.get(code)),
        )
        for code in dict.fromkeys([*new, *old])
    )


def _numbers(line: Mapping[str, Any] | None) -> StrategyNumbers:
    said: Mapping[str, Any] = line or {}
    interval = said.get("interval")
    return StrategyNumbers(
        n_patients=said.get("n_patients"),
        n_lesions=said.get("n_lesions"),
        n_evaluable=said.get("n_evaluable"),
        n_nonviable=said.get("n_nonviable"),
        share=said.get("share"),
        interval=(interval[0], interval[1]) if interval else None,
    )


def lines(changes: Sequence[DatasetChanges]) -> list[tuple[Value, ...]]:
    """Return the differences as rows of `COLUMNS`: one a changed variable, one a row that came or went."""
    told: list[tuple[Value, ...]] = []
    for row in (row for found in changes for row in found.rows):
        begins = (row.dataset, row.subject, row.lesion, row.change.value)
        told += [(*begins, one.variable, one.before, one.after) for one in row.values]
        if row.change is not Change.CHANGED:
            told.append((*begins, None, None, None))
    return told
