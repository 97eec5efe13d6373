"""Uploads through the browser, and receipts of submissions, as the API takes and gives them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.domain.imaging import SeriesRole
from casebook.domain.uploads import MAX_BATCH, PIECE_BYTES, UploadState
from services.api.problems import Problem
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Sent, shown_as

LARGEST_FILE_BYTES = 2**53 - 1
"""What a number of JSON keeps exactly."""


class UploadIn(Sent):
    """For whose timepoint images will be sent."""

    model_config = shown_as(subject="JP-03-0001", timepoint="baseline")

    subject: Annotated[str, Field(max_length=50, description="number")]
    timepoint: Annotated[str, Field(max_length=50, description="code of the study")]


class AnnouncedFileIn(Sent):
    """A file that will be sent."""

    name: Annotated[str, Field(max_length=1000, description="path relative to what is sent, with “/” between folders")]
    n_bytes: Annotated[int, Field(ge=0, le=LARGEST_FILE_BYTES)]


class AnnouncedFilesIn(Sent):
    """Some of the files of an upload; announcing one again tells how far it is."""

    model_config = shown_as(files=[{"name": "CT/0001.dcm", "n_bytes": 526_336}])

    files: Annotated[list[AnnouncedFileIn], Field(min_length=1, max_length=MAX_BATCH)]


class UploadFileOut(Answer):
    """A file of an upload, and up to where it is here."""

    id: int
    name: str
    n_bytes: int
    n_bytes_received: int


class UploadFilesOut(Answer):
    """Files of an upload; `next_after` asks for those that follow."""

    files: list[UploadFileOut]
    next_after: int | None = None


class PieceOut(Answer):
    """How far a file is after a piece; `was_there` says that the piece had come before."""

    n_bytes_received: int
    was_there: bool


class GapProblem(Problem):
    """A refused piece with where the file ends so far."""

    offset: Annotated[int, Field(description="byte to go on from")]


class ReasonCount(Answer):
    """Files that were set aside for one reason."""

    code: str
    n_files: int


class Expected(Answer):
    """A series that the study requires at the timepoint."""

    role: SeriesRole
    label: Label
    arrived: bool


class IntakeOut(Answer):
    """How far the intake of a submission is."""

    number: int
    state: str
    n_announced: int | None
    n_files: Annotated[int, Field(description="files that are taken so far, each name once")]
    archived: int
    duplicates: Annotated[int, Field(description="archived before, or sent twice under several names")]
    quarantined: int
    reasons: list[ReasonCount]
    is_described: Annotated[bool, Field(description="the archived series have been classified")]
    expected: list[Expected]


class UploadOut(Answer):
    """An upload: how much of it is here, and the submission that it became."""

    id: UUID
    subject: str
    timepoint: str
    state: UploadState
    began_at: datetime
    last_received_at: datetime
    expires_at: Annotated[datetime, Field(description="when it is removed unless somebody goes on with it")]
    n_files: int
    n_bytes: int
    n_bytes_received: int
    piece_bytes: Annotated[int, Field(description="the largest piece that is taken")] = PIECE_BYTES
    failure: Annotated[str | None, Field(description="what stopped the intake; it tries again by itself")]
    submission: IntakeOut | None


class Uploads(Answer):
    """The account's uploads that can be gone on with, the newest first."""

    uploads: list[UploadOut]


class ReceiptFileOut(Answer):
    """A received file and what became of it."""

    name: Annotated[str | None, Field(description="for the site that sent it, and whoever sent it, alone")]
    n_bytes: int
    sha256: str
    outcome: str
    reason_code: str | None
    message: str | None
    state: Annotated[str | None, Field(description="in the quarantine")]
    received_at: datetime


class ArchiveOut(Answer):
    """A zip as it was sent."""

    name: str | None
    n_bytes: int
    sha256: str


class DeidentificationOut(Answer):
    """What was done to the elements of the archived files."""

    n_files: int
    outcomes: dict[str, int]


class ReceiptOut(Answer):
    """A submission as its site may keep it."""

    number: int
    study: str
    site: str
    subject: str
    timepoint: str
    timepoint_label: Label
    road: str
    submitted_by: str
    received_at: datetime
    closed_at: datetime | None
    state: str
    n_announced: int | None
    outcomes: dict[str, int]
    n_bytes: int
    archives: list[ArchiveOut]
    deidentification: DeidentificationOut | None
    files: list[ReceiptFileOut]
