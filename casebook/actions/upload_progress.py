"""How far an upload is, up to the series that its intake brought."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from casebook.actions.intake_judgement import ReceiptOutcome
from casebook.actions.studies import definition_of
from casebook.domain.imaging import SeriesRole
from casebook.domain.study.model import Necessity
from casebook.store import patients, receipts, submissions
from casebook.store.tables import Subject, Submission
from casebook.store.uploads import UploadRow


@dataclass(frozen=True, slots=True)
class IntakeStanding:
    """How far the intake of a submission is; `n_files` counts each name once, `expected` says what is here by now."""

    submission: Submission
    n_files: int
    archived: int
    duplicates: int
    quarantined: int
    reasons: Sequence[tuple[str, int]]
    is_described: bool
    expected: Sequence[tuple[SeriesRole, bool]]


def intake_standing(session: Session, found: UploadRow) -> IntakeStanding | None:
    """Return how far the intake of an upload is; None before it is finished."""
    if found.submission is None:
        return None
    counted = submissions.outcomes(session, found.submission.id)
    n_files = receipts.n_named(session, found.submission.id)
    archived = counted.get(ReceiptOutcome.ARCHIVED, 0)
    quarantined = counted.get(ReceiptOutcome.QUARANTINED, 0)
    return IntakeStanding(
        submission=found.submission,
        n_files=n_files,
        archived=archived,
        duplicates=n_files - archived - quarantined,
        quarantined=quarantined,
        reasons=receipts.reasons(session, found.submission.id),
        is_described=receipts.is_described(session, found.submission.timepoint_id),
        expected=expected_series(session, found.subject, found.timepoint_code),
    )


def expected_series(session: Session, subject: Subject, timepoint_code: str) -> Sequence[tuple[SeriesRole, bool]]:
    """Return the series that the study requires at a timepoint, and whether each has arrived."""
    definition = definition_of(session, subject.study_version_id)
    arrived = {item.role for item in patients.arrived_roles(session, [subject.id]) if item.timepoint == timepoint_code}
    wanted = definition.requirements(timepoint_code)
    return [(item.role, str(item.role) in arrived) for item in wanted if item.necessity is Necessity.REQUIRED]
