"""De-identification at the door: what leaves this package carries the trial's names and no patient's."""

from casebook.dicom.deidentification.engine import Deidentified, deidentify
from casebook.dicom.deidentification.holds import Hold, HoldCode, reason_to_hold, reasons_to_hold
from casebook.dicom.deidentification.identity import (
    SourceIdentity,
    Tokens,
    identity_tokens,
    source_identity,
)
from casebook.dicom.deidentification.keyed import date_shift_days, keyed_accession, keyed_uid
from casebook.dicom.deidentification.memory import Memory
from casebook.dicom.deidentification.plan import DeidentificationPlan
from casebook.dicom.deidentification.report import ElementReport, Outcome, Why
from casebook.dicom.deidentification.residual import residual_tokens
from casebook.dicom.deidentification.submission_report import KeptValue, ReportRow, SubmissionReport, with_files

__all__ = [
    "DeidentificationPlan",
    "Deidentified",
    "ElementReport",
    "Hold",
    "HoldCode",
    "KeptValue",
    "Memory",
    "Outcome",
    "ReportRow",
    "SourceIdentity",
    "SubmissionReport",
    "Tokens",
    "Why",
    "date_shift_days",
    "deidentify",
    "identity_tokens",
    "keyed_accession",
    "keyed_uid",
    "reason_to_hold",
    "reasons_to_hold",
    "residual_tokens",
    "source_identity",
    "with_files",
]
