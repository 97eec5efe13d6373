"""Reminders as the API takes and gives them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from casebook.domain.reminders import ReminderState
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Sent, shown_as


class ContactIn(Sent):
    """Where a site's reminders are to go, and in which language."""

    model_config = shown_as(site="JP-03", address="trial.office@hospital.example", language="ja")

    site: Annotated[str, Field(max_length=20)]
    address: Annotated[str, Field(max_length=254)]
    language: Literal["en", "ja"] = "en"


class ContactOut(Answer):
    """A contact of a site; `ended_at` is set once nothing is sent there any more."""

    id: UUID
    address: str
    language: str
    ended_at: datetime | None


class DueItemOut(Answer):
    """Something a site owes; `reference` is a registration number, or the site's code."""

    reminder: Annotated[str, Field(description="code of the study's reminder")]
    reference: str
    what: Label
    state: ReminderState
    due_on: date
    late_after: date
    days_late: int
    path: Annotated[str, Field(description="the page on which it is done")]


class SiteRemindersOut(Answer):
    """What a site owes on the day, the gravest first; with `is_called_for` its contacts are told that day."""

    site: str
    site_name: Label
    is_called_for: bool
    contacts: list[ContactOut]
    items: list[DueItemOut]


class RemindersOut(Answer):
    """What the sites of a study owe on a day."""

    as_of: date
    sites: list[SiteRemindersOut]


class SentDigestOut(Answer):
    """A digest that was to be sent; with neither `sent_at` nor `failure` nobody knows whether it arrived."""

    site: str
    address: str
    as_of: date
    subject: str
    n_due: int
    n_overdue: int
    n_escalated: int
    sent_at: datetime | None
    failure: str | None


class SentDigestsOut(Answer):
    """The newest digests of a study's sites."""

    digests: list[SentDigestOut]
