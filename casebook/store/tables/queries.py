"""Queries: what the data centre asks a site, and the thread below each; what the board found to ask about."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, BigKey, Key, Now, Version


class Query(Base):
    """One question about a subject's record, or about a site; the states are those of ODM 2.0.

    `rule` and `rule_key` name what raised it and about what, for queries that the system raises: one stands at a time.
    `question` holds the words in English and Japanese.
    """

    __tablename__ = "query"
    __table_args__ = (
        CheckConstraint("(kind = 'system') = (rule is not null and rule_key is not null)", name="rule"),
        Index(
            "uq_query_standing_rule",
            "site_id",
            "subject_id",
            "rule",
            "rule_key",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("kind = 'system' and state in ('candidate', 'open', 'answered')"),
        ),
    )
    id: Mapped[Key]
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True, start=1001), unique=True)
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey("subject.id"), index=True)
    timepoint_code: Mapped[str | None]
    form_code: Mapped[str | None]
    form_ordinal: Mapped[int | None]
    field: Mapped[str | None]
    lesion_label: Mapped[str | None]
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"))
    kind: Mapped[str]
    rule: Mapped[str | None]
    rule_key: Mapped[str | None]
    question: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="open")
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    due_on: Mapped[date]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[Version]


class QueryMessage(Base):
    """One entry of a query's thread: what was done, what was said, by whom; never changed."""

    __tablename__ = "query_message"
    id: Mapped[BigKey]
    query_id: Mapped[UUID] = mapped_column(ForeignKey("query.id"), index=True)
    act: Mapped[str]
    said: Mapped[str | None]
    said_by: Mapped[str]
    said_at: Mapped[datetime]


class Discrepancy(Base):
    """A difference between what the protocol or a form says and what the images say.

    `expected` and `found` are the values compared, with their units; `fingerprint` changes with them. It stands until
    `gone_at`; while it stands it may be accepted as it is, with a reason, until one of the values changes.
    """

    __tablename__ = "discrepancy"
    __table_args__ = (
        Index(
            "uq_discrepancy_standing",
            "subject_id",
            "timepoint_code",
            "rule",
            "about",
            unique=True,
            postgresql_where=text("gone_at is null"),
        ),
    )
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    timepoint_code: Mapped[str]
    modality: Mapped[str]
    rule: Mapped[str]
    about: Mapped[str]
    severity: Mapped[str]
    expected: Mapped[dict[str, Any]]
    found: Mapped[dict[str, Any]]
    fingerprint: Mapped[str]
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None]
    accepted_at: Mapped[datetime | None]
    accepted_because: Mapped[str | None]
    query_id: Mapped[UUID | None] = mapped_column(ForeignKey("query.id"), index=True)


class SavedView(Base):
    """Filters of a list that an account keeps under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_id", "page", "name"),)
    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    page: Mapped[str]
    name: Mapped[str]
    filters: Mapped[str]
    made_at: Mapped[Now]


class SeriesVerdict(Base):
    """What a person says of a series' quality; the newest counts, on the images it was said of."""

    __tablename__ = "series_verdict"
    id: Mapped[BigKey]
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id"), index=True)
    verdict: Mapped[str]
    comment: Mapped[str | None]
    n_instances: Mapped[int]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
