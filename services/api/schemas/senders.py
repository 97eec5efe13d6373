"""Machines that send by DICOM, and announced deliveries, as the API takes and gives them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.domain.dicom_senders import LONGEST_AE_TITLE, LONGEST_ANNOUNCEMENT
from services.api.schemas.cases import Answer
from services.api.schemas.sent import Sent, shown_as

MOST_HOURS = int(LONGEST_ANNOUNCEMENT.total_seconds() // 3600)
AeTitle = Annotated[str, Field(min_length=1, max_length=LONGEST_AE_TITLE)]


class SenderIn(Sent):
    """A machine of a site: the AE titles it uses for itself and for us.

    `host` and `port` are where it takes the answer to a storage commitment when its association has gone.
    """

    model_config = shown_as(
        calling_ae_title="UZL_PACS", called_ae_title="CASEBOOK", description="PACS of radiology", host=None, port=None
    )

    calling_ae_title: AeTitle
    called_ae_title: AeTitle
    description: Annotated[str, Field(min_length=1, max_length=200)]
    host: Annotated[str, Field(max_length=253)] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None


class SenderOut(Answer):
    """A registered machine."""

    id: UUID
    calling_ae_title: str
    called_ae_title: str
    description: str
    host: str | None
    port: int | None
    disabled_at: datetime | None
    version: int


class Senders(Answer):
    """The machines of a site, those in use first."""

    senders: list[SenderOut]


class AnnouncementIn(Sent):
    """Whose images a machine sends next; the announcement ends by itself after so many hours."""

    model_config = shown_as(
        sender_id="0199d7a2-7f3c-7000-8000-000000000001", subject="JP-03-0001", timepoint="baseline", hours=24
    )

    sender_id: UUID
    subject: Annotated[str, Field(min_length=1, max_length=64)]
    timepoint: Annotated[str, Field(min_length=1, max_length=64)]
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)] = 24


class AnnouncementOut(Answer):
    """An announced delivery; objects of the machine go there while it `is_open`."""

    id: UUID
    sender_id: UUID
    calling_ae_title: str
    called_ae_title: str
    site: str
    subject: str
    timepoint: str
    announced_by: str
    announced_at: datetime
    closes_at: datetime
    ended_at: datetime | None
    is_open: bool


class Announcements(Answer):
    """What was announced for subjects of the caller's sites, newest first."""

    deliveries: list[AnnouncementOut]
