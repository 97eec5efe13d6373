"""The study's lists as the API gives them: lesions, work to do."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from services.api.schemas.cases import Answer, Label


class SeenOut(Answer):
    """What the accepted read of a timepoint says of a lesion on one sequence; `open` where there is none."""

    timepoint: str
    sequence: str
    visibility: str
    diameter_mm: Decimal | None


class TableLesionOut(Answer):
    """A lesion with what the rules make of it today."""

    subject: str
    site: str
    label: str
    segment: str
    state: str
    baseline_diameter_mm: Decimal | None
    seen: list[SeenOut]
    cdlm: str | None
    cdlm_reason: Label | None
    cdlm_why: Annotated[
        Label | None, Field(description="whether the readers agreed, what was adjudicated, or what the reads wait for")
    ]
    outcome: str | None
    outcome_reason: Label | None


class LesionTableOut(Answer):
    """One page of the lesion table; the counts are of the lesions that the other filters leave."""

    lesions: list[TableLesionOut]
    n_total: int
    page: int
    n_pages: int
    n_by_cdlm: dict[str, int]
    n_by_outcome: dict[str, int]


class TaskOut(Answer):
    """One thing to do, with the page that does it."""

    what: Label
    subject: str | None
    site: str | None
    detail: Label | None
    urgency: str
    due_on: date | None
    path: str


class TaskGroupOut(Answer):
    """Things to do of one kind; `tasks` are the most urgent of `n_total`."""

    code: str
    title: Label
    n_total: int
    path: Annotated[str | None, Field(description="the page that lists them all")]
    tasks: list[TaskOut]


class Worklist(Answer):
    """What there is for the caller to do, the most urgent first."""

    groups: list[TaskGroupOut]
