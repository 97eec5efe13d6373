"""The series of a timepoint as the image check shows them: what was found about each, and what people said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.series_roles import DescribedSeries, described_series
from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import Verdict
from casebook.domain.series_verdicts import JudgedSeries, proposed
from casebook.store import series_quality
from casebook.store.tables import ImageCheck, SeriesVerdict


@dataclass(frozen=True, slots=True)
class CheckedSeries:
    """A series with its findings and verdicts, the newest first; `verdict` is the one that holds for its images."""

    described: DescribedSeries
    findings: Sequence[ImageCheck]
    said: Sequence[SeriesVerdict]
    verdict: Verdict | None
    proposed: Verdict

    @property
    def roles(self) -> frozenset[SeriesRole]:
        """What it is taken for."""
        return frozenset(SeriesRole(part.row.role) for part in self.described.parts)

    def judged(self) -> JudgedSeries:
        """What a decision on the timepoint needs to know of it."""
        return JudgedSeries(self.roles, self.verdict)


def checked_series(session: Session, timepoint_id: UUID, findings: Sequence[ImageCheck]) -> tuple[CheckedSeries, ...]:
    """Return the series of a timepoint with those of its findings that are about each."""
    described = described_series(session, timepoint_id)
    said = series_quality.verdicts(session, [one.row.id for one in described])
    return tuple(
        _checked(one, [row for row in findings if row.series_id == one.row.id], said.get(one.row.id, ()))
        for one in described
    )


def _checked(
    described: DescribedSeries, findings: Sequence[ImageCheck], said: Sequence[SeriesVerdict]
) -> CheckedSeries:
    newest = said[0] if said else None
    holds = newest is not None and newest.n_instances == described.row.n_instances
    return CheckedSeries(
        described=described,
        findings=findings,
        said=said,
        verdict=Verdict(newest.verdict) if newest is not None and holds else None,
        proposed=proposed(row.severity for row in findings),
    )
