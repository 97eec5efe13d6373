"""The reconciliation board as the API takes and gives it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation.decision_list import Decision
from casebook.domain.reconciliation.standing import BoardState
from casebook.domain.reconciliation.values import BoardModality, Origin
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Sent, shown_as


class SaidOut(Answer):
    """A value with its unit, and who says it."""

    origin: Origin
    value: Label


class DiscrepancyOut(Answer):
    """A difference between what was expected and what was found; `fingerprint` names exactly these values."""

    id: UUID
    fingerprint: str
    rule: str
    rule_label: Label
    about: Label
    modality: BoardModality
    severity: Severity
    expected: SaidOut
    found: SaidOut
    state: BoardState
    state_label: Label
    to_do: Label
    question: Annotated[Label, Field(description="what the site is asked, where it is asked")]
    seen_at: datetime
    age_days: int
    query: Annotated[int | None, Field(description="number of the query about it")]
    accepted_by: str | None
    accepted_because: str | None


class BoardRowOut(Answer):
    """A patient's timepoint and modality; green where it was compared, and nothing stands or all is accepted."""

    subject: str
    subject_id: UUID
    site: str
    timepoint: str
    timepoint_label: Label
    modality: BoardModality
    required: list[SeriesRole]
    arrived: list[SeriesRole]
    form_says: Annotated[Label | None, Field(description="null without a complete form")]
    imaged_on: list[date]
    is_green: bool
    discrepancies: list[DiscrepancyOut]


class FiguresOut(Answer):
    """The whole board in figures; series are those required at timepoints with images."""

    n_series_arrived: int
    n_series_required: int
    n_standing: int
    n_by_state: dict[BoardState, int]
    n_by_severity: dict[Severity, int]
    oldest_at: datetime | None


class BoardOut(Answer):
    """One page of the board."""

    rows: list[BoardRowOut]
    n_total: int
    page: int
    n_pages: int
    figures: FiguresOut


class ComparisonOut(Answer):
    """One thing that was compared; `severity` is null where both sides agree."""

    rule: str
    rule_label: Label
    about: Label
    modality: BoardModality
    expected: SaidOut
    found: SaidOut
    severity: Severity | None


class ComparisonsOut(Answer):
    """Everything that was compared at a timepoint, now."""

    comparisons: list[ComparisonOut]


class SeenIn(Sent):
    """A discrepancy with the values that were seen."""

    id: UUID
    fingerprint: Annotated[str, Field(max_length=64)]


class AcceptIn(Sent):
    """Discrepancies to accept as they are, and why."""

    model_config = shown_as(
        rows=[{"id": "0197f0a2-0000-7000-8000-000000000001", "fingerprint": "9f86d081884c7d659a2feaa0c55ad015"}],
        reason="The site has no thinner reconstruction; reading is possible.",
    )

    rows: Annotated[list[SeenIn], Field(max_length=1000)]
    reason: Annotated[str, Field(max_length=4000)]


class AskIn(Sent):
    """Discrepancies to ask the sites about."""

    model_config = shown_as(
        rows=[{"id": "0197f0a2-0000-7000-8000-000000000001", "fingerprint": "9f86d081884c7d659a2feaa0c55ad015"}]
    )

    rows: Annotated[list[SeenIn], Field(max_length=1000)]


class SettledOut(Answer):
    """What became of one discrepancy of an act; `hindrance` is null where it was done."""

    id: UUID
    hindrance: Label | None
    query: int | None


class SettledManyOut(Answer):
    """What became of each."""

    rows: list[SettledOut]


class FateOut(Answer):
    """What a line of a list does; `decision` is null where nothing is done."""

    line: int
    subject: str | None
    what: Label | None
    decision: Decision | None
    reason: str
    said: Label


class FatesOut(Answer):
    """What each line of a list does, or would do."""

    applied: bool
    n_done: int
    n_blank: int
    fates: list[FateOut]


class ViewOut(Answer):
    """A saved view: a name, and filters as the board's address spells them."""

    name: str
    filters: str


class ViewsOut(Answer):
    """One's own saved views."""

    views: list[ViewOut]


class ViewIn(Sent):
    """A view to keep."""

    model_config = shown_as(name="Old and open", filters="age=14&state=open")

    name: Annotated[str, Field(max_length=200)]
    filters: Annotated[str, Field(max_length=1000)]
