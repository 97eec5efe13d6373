"""Accrual of a study against its plan: by month, site, country and group; and the registrations behind each number."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import newest_definition
from casebook.domain.accrual import Progress, progress
from casebook.domain.actors import Action, Actor
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import RegistrationStep
from casebook.store import registrations, registry, sites
from casebook.store.registrations import RegistrationRow, Wanted
from casebook.store.sites import RegisteredInMonth
from casebook.store.tables import Site

PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class SiteAccrual:
    """What one site registered: in all, and first registrations by month."""

    site: Site
    n_first: int
    n_second: int
    by_month: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class PartAccrual:
    """What the sites of one country or group registered; `n_sites` are all of them, `n_registering` those with any."""

    code: str
    n_sites: int
    n_registering: int
    n_first: int
    n_second: int


@dataclass(frozen=True, slots=True)
class AccrualReport:
    """A study against its plan. `lines` are of the sites the actor sees; the parts only for who sees every site."""

    definition: StudyDefinition
    progress: Progress
    n_sites: int
    lines: Sequence[SiteAccrual]
    sees_all: bool
    by_group: Sequence[PartAccrual] | None
    by_country: Sequence[PartAccrual] | None


def accrual(session: Session, actor: Actor, *, study_code: str, today: date) -> AccrualReport:
    """Return accrual until a day, in a constant number of queries. Everybody who sees a site sees the study's totals.

    Raises Forbidden without a role for it in the study, NotFound for an unknown study.
    """
    actor.require(Action.SEE_SITES, study_code=study_code)
    _, definition = newest_definition(session, study_code)
    everywhere = registry.sites(session, registry.study(session, study_code).id)
    seen = sites.seen_by(session, actor, Action.SEE_SITES, study_code)
    counts = sites.per_month(session, [site.id for site in everywhere])
    lines = {site.id: _line(site, counts) for site in everywhere}
    sees_all = len(seen) == len(everywhere)
    return AccrualReport(
        definition=definition,
        progress=progress(
            definition.accrual,
            _by_month(counts, RegistrationStep.FIRST),
            _by_month(counts, RegistrationStep.SECOND),
            today=today,
        ),
        n_sites=len(everywhere),
        lines=[lines[site.id] for site in seen],
        sees_all=sees_all,
        by_group=_parts(lines.values(), lambda site: site.site_group) if sees_all else None,
        by_country=_parts(lines.values(), lambda site: site.country) if sees_all else None,
    )


@dataclass(frozen=True, slots=True)
class RegistrationsPage:
    """One page of registrations, the newest first."""

    rows: Sequence[RegistrationRow]
    n_total: int
    page: int

    @property
    def n_pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.n_total // PER_PAGE))


def list_registrations(session: Session, actor: Actor, wanted: Wanted, *, page: int = 1) -> RegistrationsPage:
    """Return the registrations of the actor's patients that a count is made of. Raises Forbidden, NotFound."""
    registry.study(session, wanted.study_code)
    actor.require(Action.SEE_REGISTRY, study_code=wanted.study_code)
    rows, n_total = registrations.listed(session, actor, wanted, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    return RegistrationsPage(rows, n_total, page)


def _by_month(
    counts: Sequence[RegisteredInMonth], step: RegistrationStep, site_id: UUID | None = None
) -> Counter[date]:
    found: Counter[date] = Counter()
    for item in counts:
        if item.step == step and site_id in {None, item.site_id}:
            found[item.month_on] += item.n
    return found


def _line(site: Site, counts: Sequence[RegisteredInMonth]) -> SiteAccrual:
    first = _by_month(counts, RegistrationStep.FIRST, site.id)
    return SiteAccrual(site, first.total(), _by_month(counts, RegistrationStep.SECOND, site.id).total(), first)


def _parts(lines: Iterable[SiteAccrual], part_of: Callable[[Site], str]) -> list[PartAccrual]:
    by_part: dict[str, list[SiteAccrual]] = {}
    for line in lines:
        by_part.setdefault(part_of(line.site), []).append(line)
    found = [
        PartAccrual(
            code=code,
            n_sites=len(members),
            n_registering=sum(line.n_first > 0 for line in members),
            n_first=sum(line.n_first for line in members),
            n_second=sum(line.n_second for line in members),
        )
        for code, members in by_part.items()
    ]
    return sorted(found, key=lambda part: (-part.n_first, part.code))
