"""The columns: one class a table, no behaviour. Study data is audited row by row (`audit.py`)."""

from casebook.store.tables.base import RESTRICTED, Base
from casebook.store.tables.images import ImageCheck, ImagingStudy, Instance, Series, SeriesMetadata, SeriesRole
from casebook.store.tables.lesions import FrameLink, Lesion, LesionDiameter, LesionEvent, LesionLineage, LesionMark
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
    "Lesion",
    "LesionDiameter",
    "LesionEvent",
    "LesionLineage",
    "LesionMark",
    "LoginSession",
    "QuarantineItem",
    "Reading",
    "ReceivedName",
    "ReceivedObject",
    "Registration",
    "RoleGrant",
    "Series",
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
]
