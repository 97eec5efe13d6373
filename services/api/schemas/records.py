"""Acts on forms, their history, the audit trail and the access log, as the API takes and gives them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Sent, shown_as


class EntryIn(Sent):
    """Which entry of the form is meant."""

    model_config = shown_as(timepoint="preoperative", ordinal=1)

    timepoint: Annotated[str | None, Field(max_length=50)] = None
    ordinal: Annotated[int, Field(ge=1, le=50, description="1 unless the form is repeatable")] = 1


class EntrySignatureIn(EntryIn):
    """What signing needs: one's own password again, and what the signature means."""

    model_config = shown_as(
        timepoint="preoperative",
        ordinal=1,
        password="casebook-demo",  # noqa: S106 - an example
        meaning="These answers are complete",
    )

    password: Annotated[str, Field(max_length=10_000)]
    meaning: Annotated[str, Field(min_length=1, max_length=200)]


class BulkIn(Sent):
    """An act on the forms of several patients: all that are ready, or those named with the version that was seen."""

    model_config = shown_as(subjects=["BE-02-0001"])

    subjects: Annotated[
        list[str], Field(default_factory=list, max_length=100, description="leave out where entries are named")
    ]
    versions: Annotated[
        dict[UUID, int] | None, Field(max_length=500, description="entry id to version; leave out for all")
    ] = None
    dry_run: Annotated[bool, Field(description="say what would be done, and do nothing")] = False


class BulkBackIn(Sent):
    """A step back on entries that are named with the version that was seen, with one reason for all."""

    model_config = shown_as(versions={"0197f3a0-0000-7000-8000-000000000000": 3}, reason="Opened for a correction")

    versions: Annotated[dict[UUID, int], Field(min_length=1, max_length=500, description="entry id to version")]
    reason: Annotated[str, Field(max_length=2000)] = ""
    dry_run: Annotated[bool, Field(description="say what would be done, and do nothing")] = False


class ListedEntry(Answer):
    """A saved entry as a list shows it; `saved_by` is null where it was brought over without a trail."""

    id: UUID
    subject: str
    site: str
    form: str
    timepoint: str | None
    ordinal: int
    state: str
    version: int
    saved_at: datetime
    saved_by: str | None
    age_days: int
    n_open_queries: int


class EntryListOut(Answer):
    """One page of entries, those saved longest ago first; the counts are of what the other filters leave."""

    entries: list[ListedEntry]
    n_total: int
    page: int
    n_pages: int
    n_by_state: Annotated[dict[str, int], Field(description="by what they wait for")]


class BulkEntry(Answer):
    """One form of an act in bulk; `hindrance` says why nothing was done, null where it was."""

    subject: str
    form: str
    timepoint: Label | None
    ordinal: int
    hindrance: Label | None
    id: UUID


class BulkOut(Answer):
    """What was done and what stood in the way."""

    done: list[BulkEntry]
    hindered: list[BulkEntry]


class FieldChange(Answer):
    """One answer before and after, as stored and in words; null where there was none."""

    field: str
    label: Label
    old: Any
    new: Any
    old_words: Label | None
    new_words: Label | None


class EntryChangeOut(Answer):
    """One change of an entry: who, in which role, when (UTC), why, and what."""

    actor: str
    name: str
    role: str | None
    at: datetime
    reason: str | None
    version: int | None
    state_before: str
    state_after: str
    fields: list[FieldChange]


class History(Answer):
    """The changes of an entry, the oldest first."""

    changes: list[EntryChangeOut]


class TrailEvent(Answer):
    """One event of the audit trail."""

    id: int
    at: datetime
    actor: str
    name: str
    role: str | None
    act: str
    record: str
    row: str
    subject: str | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    reason: str | None


class TrailOut(Answer):
    """Some events, the newest first; `next_before` asks for the next older ones."""

    events: list[TrailEvent]
    next_before: int | None
    n_chained: int
    head: str | None


class BrokenSignatureOut(Answer):
    """A signature that holds in name only."""

    subject: str | None
    form: str | None
    timepoint: str | None
    ordinal: int | None
    signer_name: str | None
    signed_at: datetime | None
    what: str


class VerifiedOut(Answer):
    """What recomputing the chain and every signature found."""

    holds: bool
    n_events: int
    n_unchained: int
    broken_at: int | None
    head: str | None
    broken_signatures: list[BrokenSignatureOut]


class AccessOut(Answer):
    """One look, download or sign-in."""

    id: int
    at: datetime
    actor: str
    name: str
    kind: str
    target: str
    subject: str | None


class AccessLog(Answer):
    """Some looks, the newest first; `next_before` asks for the next older ones."""

    events: list[AccessOut]
    next_before: int | None
