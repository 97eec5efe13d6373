"""The protocol's checks on a timepoint's images, kept as findings."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.domain.protocol_checks import AssignedSeries, check_interval, check_series, check_timepoint
from casebook.domain.protocol_findings import Finding
from casebook.domain.series_facts import SeriesFacts
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import DatedThing, ImagingProtocol
from casebook.store import images, registry
from casebook.store.tables import Series

RULE: Final = "protocol-checks/1"
_IMAGED: Final = {DatedThing.CT: "CT", DatedThing.MRI: "MR"}


def save_checks(
    session: Session,
    definition: StudyDefinition,
    timepoint_id: UUID,
    rows: Sequence[Series],
    facts: Mapping[str, SeriesFacts],
    roles: Mapping[str, Sequence[RoleProposal]],
) -> None:
    """Check the timepoint anew and keep what was found in place of earlier findings."""
    timepoint = definition.timepoint(registry.timepoint_code(session, timepoint_id))
    protocol = next((item for item in definition.imaging if item.code == timepoint.imaging), None)
    found = list(_series_findings(facts, roles, protocol))
    if protocol is not None:
        present = [AssignedSeries(facts[uid], role) for uid, proposals in roles.items() for role in proposals]
        found += check_timepoint(present, protocol)
        found += _interval_findings(session, definition, timepoint_id, timepoint.code)
    ids = {row.series_uid: row.id for row in rows}
    images.replace_checks(session, timepoint_id, [_columns(finding, ids) for finding in found])


def _series_findings(
    facts: Mapping[str, SeriesFacts],
    roles: Mapping[str, Sequence[RoleProposal]],
    protocol: ImagingProtocol | None,
) -> Iterator[Finding]:
    requirements = {item.role: item for item in protocol.series} if protocol else {}
    for series_uid, proposals in roles.items():
        for proposal in proposals:
            assigned = AssignedSeries(facts[series_uid], proposal)
            yield from check_series(assigned, requirements.get(proposal.role))


def _interval_findings(
    session: Session, definition: StudyDefinition, timepoint_id: UUID, timepoint_code: str
) -> Iterator[Finding]:
    imaged_on = images.first_imaged_on(session, timepoint_id)
    for interval in definition.intervals:
        if interval.timepoint != timepoint_code:
            continue
        earlier, later = (_day(thing, imaged_on) for thing in (interval.earlier, interval.later))
        if earlier is not None and later is not None:
            yield from check_interval(interval, earlier_on=earlier, later_on=later)


def _day(thing: DatedThing, imaged_on: Mapping[str, date]) -> date | None:
    modality = _IMAGED.get(thing)
    return imaged_on.get(modality) if modality else None


def _columns(finding: Finding, ids: Mapping[str, UUID]) -> dict[str, Any]:
    return {
        "series_id": ids.get(finding.series_uid) if finding.series_uid else None,
        "code": finding.code,
        "severity": finding.severity,
        "found": finding.found,
        "expected": finding.expected,
        "message_en": finding.message.en,
        "message_ja": finding.message.ja,
        "rule_version": RULE,
    }
