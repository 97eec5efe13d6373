"""Central readers, and the cases they were given, as the API takes and gives them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.domain.central.load import AssignmentState
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Day, Sent, shown_as


class ReaderIn(Sent):
    """Where a reader works and their training; nobody is given a case before it."""

    model_config = shown_as(home_site="BE-02", trained_on="2026-01-15", training="DREAM reading course, 12 cases")

    home_site: Annotated[str | None, Field(max_length=20, description="they read no case of this site")] = None
    trained_on: Day | None = None
    training: Annotated[str | None, Field(max_length=500)] = None


class LoadOut(Answer):
    """How many cases a reader has by state; repeats are counted there too."""

    n_open: int
    n_waiting: int
    n_signed: int
    n_repeats: int


class ReaderRecordOut(Answer):
    """A reader as recorded; `version` is 0 before anything is."""

    login: str
    name: str
    roles: list[str]
    home_site: str | None
    trained_on: date | None
    training: str | None
    version: int


class ReaderOut(ReaderRecordOut):
    """A reader with what they have before them."""

    load: LoadOut


class WaitingCaseOut(Answer):
    """A case that too few people may read or settle, with the reason."""

    subject: str
    why: Label


class Readers(Answer):
    """The readers of a study, by login, and the cases that wait for more of them."""

    readers: list[ReaderOut]
    waiting: list[WaitingCaseOut]
    waiting_for_adjudicator: list[WaitingCaseOut]


class AssignmentOut(Answer):
    """A case given to a reader: the subject behind the code is for the data centre only."""

    id: UUID
    subject: str
    code: str
    reader: str
    place: Annotated[str, Field(description="first, second … or adjudicator")]
    round: Annotated[int, Field(description="2 is the same case once more")]
    state: AssignmentState
    drawn_at: datetime
    opens_on: date
    closes_on: date | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None


class Assignments(Answer):
    """Cases given to readers, by subject; those that were withdrawn too."""

    assignments: list[AssignmentOut]


class WithdrawalIn(Sent):
    """Why a case is taken from a reader."""

    model_config = shown_as(reason="on leave until autumn")

    reason: Annotated[str, Field(max_length=500)]


class StillWaiting(Answer):
    """The cases that still wait after readers were drawn."""

    waiting: list[WaitingCaseOut]
    waiting_for_adjudicator: list[WaitingCaseOut]
