"""From uploads and receipts to what the API gives."""

from datetime import timedelta

from sqlalchemy.orm import Session

from casebook.actions.receipts import SubmissionReceipt
from casebook.actions.upload_progress import IntakeStanding, intake_standing
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.uploads import UploadState
from casebook.settings import Settings
from casebook.store.tables import UploadFile
from casebook.store.uploads import UploadRow
from services.api.case_views import label
from services.api.schemas import uploads as api


def upload(session: Session, found: UploadRow, settings: Settings) -> api.UploadOut:
    """Return an upload with how far it is."""
    row, standing = found.upload, intake_standing(session, found)
    return api.UploadOut(
        id=row.id,
        subject=found.subject.number,
        timepoint=found.timepoint_code,
        state=UploadState(row.state),
        began_at=row.began_at,
        last_received_at=row.last_received_at,
        expires_at=row.last_received_at + timedelta(days=settings.upload_days),
        n_files=row.n_files,
        n_bytes=row.n_bytes,
        n_bytes_received=row.n_bytes_received,
        failure=row.failure,
        submission=_intake(standing) if standing else None,
    )


def _intake(standing: IntakeStanding) -> api.IntakeOut:
    return api.IntakeOut(
        number=standing.submission.number,
        state=standing.submission.state,
        n_announced=standing.submission.n_announced,
        n_files=standing.n_files,
        archived=standing.archived,
        duplicates=standing.duplicates,
        quarantined=standing.quarantined,
        reasons=[api.ReasonCount(code=code, n_files=n) for code, n in standing.reasons],
        is_described=standing.is_described,
        expected=[
            api.Expected(role=role, label=label(ROLE_LABELS[role]), arrived=arrived)
            for role, arrived in standing.expected
        ],
    )


def file(row: UploadFile) -> api.UploadFileOut:
    """Return a file of an upload."""
    return api.UploadFileOut(id=row.id, name=row.name, n_bytes=row.n_bytes, n_bytes_received=row.n_bytes_received)


def receipt(found: SubmissionReceipt) -> api.ReceiptOut:
    """Return a receipt."""
    row, report = found.row, found.report
    return api.ReceiptOut(
        number=row.number,
        study=found.definition.code,
        site=row.site_code,
        subject=row.subject_number,
        timepoint=row.timepoint,
        timepoint_label=label(found.timepoint),
        road=row.road,
        submitted_by=row.submitted_by,
        received_at=row.created_at,
        closed_at=row.closed_at,
        state=row.state,
        n_announced=row.n_announced,
        outcomes=dict(found.outcomes),
        n_bytes=found.n_bytes,
        archives=[
            api.ArchiveOut(name=one.name, n_bytes=one.n_bytes, sha256=one.sha256.hex()) for one in found.archives
        ],
        deidentification=(
            api.DeidentificationOut(
                n_files=report.n_files, outcomes={str(outcome): n for outcome, n in report.totals().items()}
            )
            if report
            else None
        ),
        files=[
            api.ReceiptFileOut(
                name=one.name,
                n_bytes=one.n_bytes,
                sha256=one.sha256.hex(),
                outcome=one.outcome,
                reason_code=one.reason_code,
                message=one.message,
                state=one.state,
                received_at=one.received_at,
            )
            for one in found.files
        ],
    )
