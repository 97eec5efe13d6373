"""What a submission's sender can keep: every file with its digest and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.intake_judgement import ReceiptOutcome
from casebook.actions.studies import definition_of
from casebook.dicom.deidentification import SubmissionReport
from casebook.domain.actors import Action, Actor
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import receipts, received
from casebook.store.receipts import ReceiptFile, SentArchive
from casebook.store.received import SubmissionRow


@dataclass(frozen=True, slots=True)
class SubmissionReceipt:
    """A submission with its files; `shows_names` only to the site that sent it, and to whoever sent it."""

    row: SubmissionRow
    definition: StudyDefinition
    files: Sequence[ReceiptFile]
    archives: Sequence[SentArchive]
    report: SubmissionReport | None
    shows_names: bool

    @property
    def timepoint(self) -> Text:
        """The timepoint's wording."""
        return self.definition.timepoint(self.row.timepoint).label

    @property
    def outcomes(self) -> Mapping[str, int]:
        """Count the files by outcome, in the order of the outcomes."""
        counted = Counter(file.outcome for file in self.files)
        return {str(outcome): counted[outcome] for outcome in ReceiptOutcome}

    @property
    def n_bytes(self) -> int:
        """All files together."""
        return sum(file.n_bytes for file in self.files)


def receipt_of(session: Session, actor: Actor, *, number: int) -> SubmissionReceipt:
    """Return the receipt of a submission. Raises NotFound, for others' submissions too."""
    row = received.submission(session, actor, number=number)
    stored = received.report(session, row.id)
    shows_names = may_see_names(actor, row)
    return SubmissionReceipt(
        row=row,
        definition=definition_of(session, row.study_version_id),
        files=_shown(receipts.files(session, row.id), shows_names=shows_names),
        archives=[
            archive if shows_names else replace(archive, name=None) for archive in receipts.archives(session, row.id)
        ],
        report=SubmissionReport.from_json(stored) if stored else None,
        shows_names=shows_names,
    )


def outcomes_of(session: Session, submission_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    """Count files by outcome as receipts do: a second name of the same bytes is a duplicate."""
    counted = {id_: Counter(found) for id_, found in received.outcomes(session, submission_ids).items()}
    for id_, n_repeated in received.further_names(session, submission_ids).items():
        counted[id_][ReceiptOutcome.DUPLICATE] += n_repeated
    return counted


def may_see_names(actor: Actor, row: SubmissionRow) -> bool:
    """Whether the actor works at the site that sent the files, or sent them: names often hold identities."""
    grants = actor.grants_for(Action.SEE_REGISTRY)
    return row.submitted_by == actor.login or any(
        grant.role.is_site_role and grant.site_code == row.site_code for grant in grants
    )


def _shown(files: Sequence[ReceiptFile], *, shows_names: bool) -> Sequence[ReceiptFile]:
    """Return the files as this actor sees them: by name where names are shown, else in the order of receipt."""
    found = [_as_duplicate(file) if file.is_repeat else file for file in files]
    if not shows_names:
        return [replace(file, name=None) for file in found]
    return sorted(found, key=lambda file: file.name or "")


def _as_duplicate(file: ReceiptFile) -> ReceiptFile:
    """Return what a later name of the same bytes is: a duplicate of the first."""
    return replace(file, outcome=ReceiptOutcome.DUPLICATE, reason_code=None, message=None, state=None)
