"""How long images wait for the data centre's decision, against the days that the study allows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turnaround:
    """One wait: from images received to the first decision on them, or to now where there is none."""

    site_code: str
    days: float
    limit_days: int
    is_waiting: bool

    @property
    def is_late(self) -> bool:
        """Longer than the study allows."""
        return self.days > self.limit_days


@dataclass(frozen=True, slots=True)
class SiteTurnaround:
    """The waits of a site's images; the median is of those decided, None where there are none."""

    site_code: str
    n_decided: int
    median_days: float | None
    n_decided_late: int
    n_waiting: int
    n_waiting_late: int


def wait(
    site_code: str, received_at: datetime, decided_at: datetime | None, *, limit_days: int, now: datetime
) -> Turnaround:
    """Measure one wait in days of 24 hours."""
    days = ((decided_at or now) - received_at) / DAY
    return Turnaround(site_code, max(0.0, days), limit_days, is_waiting=decided_at is None)


def by_site(waits: Iterable[Turnaround]) -> tuple[SiteTurnaround, ...]:
    """Sum up by site, in the order of the sites' codes."""
    of_site: dict[str, list[Turnaround]] = {}
    for one in waits:
        of_site.setdefault(one.site_code, []).append(one)
    return tuple(_summed(code, of_site[code]) for code in sorted(of_site))


def _summed(code: str, waits: Sequence[Turnaround]) -> SiteTurnaround:
    decided = [one for one in waits if not one.is_waiting]
    waiting = [one for one in waits if one.is_waiting]
    return SiteTurnaround(
        site_code=code,
        n_decided=len(decided),
        median_days=round(median(one.days for one in decided), 1) if decided else None,
        n_decided_late=sum(one.is_late for one in decided),
        n_waiting=len(waiting),
        n_waiting_late=sum(one.is_late for one in waiting),
    )
