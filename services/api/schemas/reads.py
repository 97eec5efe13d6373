"""Signed reads, as those see them who oversee the reading."""

from datetime import datetime
from uuid import UUID

from services.api.schemas.cases import Answer


class SignedRead(Answer):
    """A signed read; `observer` is the place of its reader, `report` leads to its DICOM structured report."""

    id: UUID
    kind: str
    observer: str
    round: int
    edition: int
    state: str
    is_accepted: bool
    is_stale: bool
    signed_at: datetime
    report: str | None


class SignedReads(Answer):
    """The signed reads of a timepoint, oldest first."""

    reads: list[SignedRead]
