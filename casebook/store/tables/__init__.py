"""The columns: one class a table, no behaviour. Study data is audited row by row (`audit.py`)."""

from casebook.store.tables.base import RESTRICTED, Base
from casebook.store.tables.central import (
    Adjudication,
    AdjudicationChoice,
    KeyImage,
    OpenedImages,
    Reader,
    ReaderLesion,
    ReadingAssignment,
    ReadingReport,
    SeriesCorrection,
    TimepointCheck,
    WindowPreference,
)
from casebook.store.tables.images import ImageCheck, ImagingStudy, Instance, Series, SeriesMetadata, SeriesRole
from casebook.store.tables.lesions import (
    FrameLink,
    Lesion,
    LesionDiameter,
    LesionEvent,
    LesionLineage,
    LesionMark,
    SeriesLink,
)
from casebook.store.tables.people import Account, ApiToken, LoginSession, RoleGrant
from casebook.store.tables.records import Derivation, Finding, FormEntry, Reading, Signature
from casebook.store.tables.restricted import ReceivedName, SourceIdentityRow, SourceUid
from casebook.store.tables.study import EthicsApproval, Site, SiteQualification, Study, StudyVersion
from casebook.store.tables.subjects import Registration, Subject, SubjectProgress, Timepoint
from casebook.store.tables.submissions import QuarantineItem, ReceivedObject, Submission
from casebook.store.tables.trail import AccessEvent, AuditChain, AuditEvent

__all__ = [
    "RESTRICTED",
    "AccessEvent",
    "Account",
    "Adjudication",
    "AdjudicationChoice",
    "ApiToken",
    "AuditChain",
    "AuditEvent",
    "Base",
    "Derivation",
    "EthicsApproval",
    "Finding",
    "FormEntry",
    "FrameLink",
    "ImageCheck",
    "ImagingStudy",
    "Instance",
    "KeyImage",
    "Lesion",
    "LesionDiameter",
    "LesionEvent",
    "LesionLineage",
    "LesionMark",
    "LoginSession",
    "OpenedImages",
    "QuarantineItem",
    "Reader",
    "ReaderLesion",
    "Reading",
    "ReadingAssignment",
    "ReadingReport",
    "ReceivedName",
    "ReceivedObject",
    "Registration",
    "RoleGrant",
    "Series",
    "SeriesCorrection",
    "SeriesLink",
    "SeriesMetadata",
    "SeriesRole",
    "Signature",
    "Site",
    "SiteQualification",
    "SourceIdentityRow",
    "SourceUid",
    "Study",
    "StudyVersion",
    "Subject",
    "SubjectProgress",
    "Submission",
    "Timepoint",
    "TimepointCheck",
    "WindowPreference",
]
