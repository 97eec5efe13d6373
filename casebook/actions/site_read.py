"""A site's own read as a page shows and takes it: every lesion on every sequence, without the viewer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.reads import Verdict, save_finding
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action
from casebook.domain.errors import NotFound
from casebook.domain.imaging import Judged, ReadingSequence
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint as PlannedTimepoint
from casebook.store import lesions, reads, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import Finding, Lesion, Reading, Subject

Cell = tuple[UUID, ReadingSequence]


@dataclass(frozen=True, slots=True)
class SiteRead:
    """One timepoint of a patient with the lesions to judge and what the person has said so far.

    `has_images` tells whether the timepoint has come about; before that nothing can be read.
    """

    subject: Subject
    definition: StudyDefinition
    timepoint: PlannedTimepoint
    has_images: bool
    lesions: Sequence[Lesion]
    reading: Reading | None
    findings: Mapping[Cell, Finding]

    @property
    def version(self) -> int:
        """The version of the read; 0 before it is begun."""
        return self.reading.version if self.reading else 0

    @property
    def is_signed(self) -> bool:
        """Nothing changes any more."""
        return self.reading is not None and self.reading.state != "draft"


def open_site_read(session: Session, who: SignedIn, *, number: str, timepoint_code: str) -> SiteRead:
    """Return the person's own read of a timepoint. Raises NotFound, for other sites' patients too."""
    subject = registry.subject_by_number(session, who.actor, Action.RECORD_SITE_READ, number=number)
    definition = definition_of(session, subject.study_version_id)
    planned = next((item for item in definition.timepoints if item.code == timepoint_code and item.imaging), None)
    if planned is None:
        raise NotFound("The study reads no images at such a timepoint.", field="timepoint")
    known = {row.code: row.id for row in registry.timepoints(session, subject.id)}
    come = known.get(timepoint_code)
    reading = reads.own(session, timepoint_id=come, account_id=who.account_id) if come else None
    findings = reads.findings(session, [reading.id]) if reading else ()
    return SiteRead(
        subject=subject,
        definition=definition,
        timepoint=planned,
        has_images=come is not None,
        lesions=lesions.active_of_subject(session, subject.id),
        reading=reading,
        findings={(row.lesion_id, ReadingSequence(row.sequence)): row for row in findings},
    )


def save_verdicts(
    session: Session,
    who: SignedIn,
    opened: SiteRead,
    *,
    verdicts: Mapping[Cell, Verdict | None],
    version: int,
    now: datetime,
) -> int:
    """Save each verdict that differs from the stored one, None takes one back; returns the read's version after.

    Raises what `save_finding` raises.
    """
    for (lesion_id, sequence), verdict in verdicts.items():
        if _says_the_same(opened.findings.get((lesion_id, sequence)), verdict):
            continue
        version = save_finding(
            session,
            who,
            case_id=opened.subject.id,
            timepoint_code=opened.timepoint.code,
            lesion_id=lesion_id,
            judged=Judged(sequence),
            verdict=verdict,
            version=version,
            now=now,
        ).version
    return version


def _says_the_same(stored: Finding | None, verdict: Verdict | None) -> bool:
    if stored is None or verdict is None:
        return stored is None and verdict is None
    return (stored.visibility, stored.diameter_mm, stored.not_evaluable_reason) == (
        verdict.visibility,
        verdict.diameter_mm,
        verdict.not_evaluable_reason,
    )
