"""How often the proposed roles of series are right, measured on a list that people labelled."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from casebook.domain.imaging import SeriesRole

Roles = frozenset[SeriesRole]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series under its name in the list: the roles people gave it, and those the rules propose."""

    name: str
    expected: Roles
    proposed: Roles

    @property
    def is_right(self) -> bool:
        """Exactly the roles that people gave it."""
        return self.expected == self.proposed


@dataclass(frozen=True, slots=True)
class RoleCount:
    """One role over a list: series that have it, that are taken to have it, and both."""

    role: SeriesRole
    n_labelled: int
    n_proposed: int
    n_right: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What a list shows; `confusion` counts (labelled, proposed) of the series that are wrong."""

    n_series: int
    n_right: int
    roles: tuple[RoleCount, ...]
    confusion: tuple[tuple[Roles, Roles, int], ...]
    wrong: tuple[Labelled, ...]

    @property
    def share_right(self) -> float:
        """Of all series, those with exactly their roles; 0 for an empty list."""
        return self.n_right / self.n_series if self.n_series else 0.0


def accuracy(series: Iterable[Labelled]) -> Accuracy:
    """Count over a list; roles in the order of the vocabulary, the most frequent confusions first."""
    listed = list(series)
    wrong = tuple(one for one in listed if not one.is_right)
    confused = Counter((one.expected, one.proposed) for one in wrong)
    return Accuracy(
        n_series=len(listed),
        n_right=len(listed) - len(wrong),
        roles=tuple(count for role in SeriesRole if (count := _count(role, listed)) is not None),
        confusion=tuple((expected, proposed, n) for (expected, proposed), n in confused.most_common()),
        wrong=wrong,
    )


def _count(role: SeriesRole, listed: list[Labelled]) -> RoleCount | None:
    has = [role in one.expected for one in listed]
    taken = [role in one.proposed for one in listed]
    if not any(has) and not any(taken):
        return None
    return RoleCount(role, sum(has), sum(taken), sum(a and b for a, b in zip(has, taken, strict=True)))
