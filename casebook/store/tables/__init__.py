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
from casebook.store.tables.cuts import DataCut, DataCutExport, DataCutFile, DataCutOrder
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
from casebook.store.tables.queries import Discrepancy, Query, QueryMessage, SavedView, SeriesVerdict
from casebook.store.tables.records import Derivation, Finding, FormEntry, Reading, Signature
from casebook.store.tables.reminders import SentDigest, SiteContact
from casebook.store.tables.restricted import ReceivedName, SourceIdentityRow, SourceUid, UploadFile
from casebook.store.tables.study import EthicsApproval, Site, SiteQualification, Study, StudyVersion
from casebook.store.tables.subjects import Registration, Subject, SubjectProgress, Timepoint
from casebook.store.tables.submissions import (
    AnnouncedDelivery,
    DicomSender,
    QuarantineItem,
    ReceivedObject,
    Submission,
    Upload,
)
from casebook.store.tables.trail import AccessEvent, AuditChain, AuditEvent

__all__ = [
    "RESTRICTED",
    "AccessEvent",
    "Account",
    "Adjudication",
    "AdjudicationChoice",
    "AnnouncedDelivery",
    "ApiToken",
    "AuditChain",
    "AuditEvent",
    "Base",
    "DataCut",
    "DataCutExport",
    "DataCutFile",
    "DataCutOrder",
    "Derivation",
    "DicomSender",
    "Discrepancy",
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
    "Query",
    "QueryMessage",
    "Reader",
    "ReaderLesion",
    "Reading",
    "ReadingAssignment",
    "ReadingReport",
    "ReceivedName",
    "ReceivedObject",
    "Registration",
    "RoleGrant",
    "SavedView",
    "SentDigest",
    "Series",
    "SeriesCorrection",
    "SeriesLink",
    "SeriesMetadata",
    "SeriesRole",
    "SeriesVerdict",
    "Signature",
    "Site",
    "SiteContact",
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
    "Upload",
    "UploadFile",
    "WindowPreference",
]
