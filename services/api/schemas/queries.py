"""Queries as the API takes and gives them."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from casebook.actions.queries import MAX_WORDS, MOST_AT_ONCE
from casebook.domain.queries import QueryAct, QueryKind, QueryState
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Sent, shown_as

Words = Annotated[str, Field(max_length=MAX_WORDS)]
Code = Annotated[str, Field(max_length=50)]


class QuestionIn(Sent):
    """A question about a record of a subject, or about a site where `subject` is left out."""

    model_config = shown_as(
        subject="BE-02-0001", form="surgery", field="operated_on", question="Is the day of surgery right?"
    )

    question: Annotated[str, Field(min_length=1, max_length=MAX_WORDS)]
    question_ja: Annotated[Words | None, Field(description="in Japanese; the same words where it is left out")] = None
    subject: Annotated[str | None, Field(max_length=50, description="number")] = None
    timepoint: Code | None = None
    form: Code | None = None
    ordinal: Annotated[int, Field(ge=1, le=50, description="entry of a form that is filled several times")] = 1
    field: Annotated[str | None, Field(max_length=200, description="as `operated_on` or `lesions.L1.fate`")] = None
    lesion: Code | None = None
    series_id: UUID | None = None
    study: Annotated[str | None, Field(max_length=50, description="for a question about a site")] = None
    site: Annotated[str | None, Field(max_length=20)] = None

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if self.subject is None and (self.study is None or self.site is None):
            message = "Name the subject that is asked about, or the study and the site."
            raise ValueError(message)
        return self


class QuestionsIn(Sent):
    """Questions that are asked together: all of them, or none."""

    model_config = shown_as(questions=[{"subject": "BE-02-0001", "question": "Is the day of surgery right?"}])

    questions: Annotated[list[QuestionIn], Field(min_length=1, max_length=MOST_AT_ONCE)]
    review: Annotated[bool, Field(description="keep them from the sites until the data centre sends them")] = False


class SaidIn(Sent):
    """What is said with an act; an answer, a comment and every end without an answer need words."""

    model_config = shown_as(said="Corrected to 2026-03-02, as in the operation record.")

    said: Words = ""


class BatchIn(Sent):
    """One act on several queries."""

    model_config = shown_as(versions={"1001": 1}, said="Answered in full.")

    versions: Annotated[
        dict[Annotated[str, Field(pattern="^[1-9][0-9]{0,11}$")], Annotated[int, Field(ge=1, le=2**31)]],
        Field(min_length=1, max_length=MOST_AT_ONCE, description="the version that was seen of each, by number"),
    ]
    said: Words = ""


class MessageOut(Answer):
    """One entry of a thread; `act` is `ask` for the first."""

    act: str
    said: str | None
    said_by: str
    name: str
    said_at: datetime


class QueryOut(Answer):
    """A query; `acts` are what the caller may do with it now."""

    number: int
    study: str
    site: str
    subject: str | None
    timepoint: str | None
    form: str | None
    ordinal: int | None
    field: str | None
    lesion: str | None
    series_id: UUID | None
    place: Annotated[Label, Field(description="what it is about, in words")]
    kind: QueryKind
    rule: Annotated[str | None, Field(description="what raised it, where the program did")]
    question: Label
    state: QueryState
    state_label: Label
    opened_by: str
    opened_at: datetime
    due_on: Annotated[date, Field(description="the day until which the site is asked to answer")]
    answered_at: datetime | None
    ended_at: datetime | None
    age_days: int
    days_overdue: int
    is_escalated: bool
    age_label: Label
    reason_is_gone: Annotated[bool, Field(description="what raised it would not do so any more")]
    last_said: MessageOut | None
    acts: list[QueryAct]
    version: int
    path: Annotated[str, Field(description="its page")]


class QueryFileOut(Answer):
    """One query with its thread, the oldest entry first."""

    query: QueryOut
    thread: list[MessageOut]


class QueriesOut(Answer):
    """One page of queries; the counts are of those that the other filters leave."""

    queries: list[QueryOut]
    n_total: int
    page: int
    n_pages: int
    n_by_state: dict[QueryState, int]
    n_overdue: int


class AskedOut(Answer):
    """The queries that were asked, in the order of the questions."""

    queries: list[QueryOut]


class HinderedQueryOut(Answer):
    """A query on which nothing was done, and why."""

    number: int
    why: Label


class BatchOut(Answer):
    """What an act on several queries did."""

    done: list[int]
    hindered: list[HinderedQueryOut]
