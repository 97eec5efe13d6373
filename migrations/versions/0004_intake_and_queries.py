"""Intake and queries.

Ways in by browser and DICOM, verdicts on series, queries with their threads, discrepancies, reminders.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_saved_view_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("account_id", "page", "name", name=op.f("uq_saved_view_account_id_page_name")),
    )
    op.create_table(
        "dicom_sender",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("calling_ae_title", sa.Text(), nullable=False),
        sa.Column("called_ae_title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("port", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_dicom_sender_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dicom_sender")),
        sa.UniqueConstraint(
            "calling_ae_title", "called_ae_title", name=op.f("uq_dicom_sender_calling_ae_title_called_ae_title")
        ),
    )
    op.create_index(op.f("ix_dicom_sender_site_id"), "dicom_sender", ["site_id"], unique=False)
    op.create_table(
        "sent_digest",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("subject_line", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("n_due", sa.BigInteger(), nullable=False),
        sa.Column("n_overdue", sa.BigInteger(), nullable=False),
        sa.Column("n_escalated", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_sent_digest_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_digest")),
        sa.UniqueConstraint("site_id", "address", "as_of_on", name=op.f("uq_sent_digest_site_id_address_as_of_on")),
    )
    op.create_table(
        "site_contact",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_contact_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_contact")),
        sa.UniqueConstraint("site_id", "address", name=op.f("uq_site_contact_site_id_address")),
    )
    op.create_table(
        "announced_delivery",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("announced_by", sa.Text(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["sender_id"], ["dicom_sender.id"], name=op.f("fk_announced_delivery_sender_id")),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_announced_delivery_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announced_delivery")),
    )
    op.create_index(op.f("ix_announced_delivery_timepoint_id"), "announced_delivery", ["timepoint_id"], unique=False)
    op.create_index(
        "uq_announced_delivery_open",
        "announced_delivery",
        ["sender_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="receiving", nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("n_files", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("n_bytes_received", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_upload_account_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_upload_submission_id")),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_upload_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_account_id"), "upload", ["account_id"], unique=False)
    op.create_index(op.f("ix_upload_timepoint_id"), "upload", ["timepoint_id"], unique=False)
    op.create_table(
        "query",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True, start=1001), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("timepoint_code", sa.Text(), nullable=True),
        sa.Column("form_code", sa.Text(), nullable=True),
        sa.Column("form_ordinal", sa.BigInteger(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("lesion_label", sa.Text(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("rule_key", sa.Text(), nullable=True),
        sa.Column("question", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'system') = (rule is not null and rule_key is not null)", name=op.f("ck_query_rule")
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_query_series_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_query_site_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_query_study_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_query_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query")),
        sa.UniqueConstraint("number", name=op.f("uq_query_number")),
    )
    op.create_index(op.f("ix_query_site_id"), "query", ["site_id"], unique=False)
    op.create_index(op.f("ix_query_subject_id"), "query", ["subject_id"], unique=False)
    op.create_index(
        "uq_query_standing_rule",
        "query",
        ["site_id", "subject_id", "rule", "rule_key"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("kind = 'system' and state in ('candidate', 'open', 'answered')"),
    )
    op.create_table(
        "upload_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("n_bytes_received", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_upload_file_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_file")),
        sa.UniqueConstraint("upload_id", "name", name=op.f("uq_upload_file_upload_id_name")),
        schema="restricted",
    )
    op.create_table(
        "series_verdict",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("n_instances", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_series_verdict_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_verdict")),
    )
    op.create_index(op.f("ix_series_verdict_series_id"), "series_verdict", ["series_id"], unique=False)
    op.create_table(
        "discrepancy",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("timepoint_code", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("expected", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_because", sa.Text(), nullable=True),
        sa.Column("query_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["query_id"], ["query.id"], name=op.f("fk_discrepancy_query_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_discrepancy_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy")),
    )
    op.create_index(op.f("ix_discrepancy_query_id"), "discrepancy", ["query_id"], unique=False)
    op.create_index(op.f("ix_discrepancy_subject_id"), "discrepancy", ["subject_id"], unique=False)
    op.create_index(
        "uq_discrepancy_standing",
        "discrepancy",
        ["subject_id", "timepoint_code", "rule", "about"],
        unique=True,
        postgresql_where=sa.text("gone_at is null"),
    )
    op.create_table(
        "query_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["query.id"], name=op.f("fk_query_message_query_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query_message")),
    )
    op.create_index(op.f("ix_query_message_query_id"), "query_message", ["query_id"], unique=False)
    op.add_column(
        "quarantine_item",
        sa.Column("lifted", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column(
        "quarantine_item",
        sa.Column("blanked", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    )
    op.add_column("quarantine_item", sa.Column("went_into", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_quarantine_item_went_into"), "quarantine_item", "submission", ["went_into"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_quarantine_item_went_into"), "quarantine_item", type_="foreignkey")
    op.drop_column("quarantine_item", "went_into")
    op.drop_column("quarantine_item", "blanked")
    op.drop_column("quarantine_item", "lifted")
    op.drop_index(op.f("ix_query_message_query_id"), table_name="query_message")
    op.drop_table("query_message")
    op.drop_index("uq_discrepancy_standing", table_name="discrepancy", postgresql_where=sa.text("gone_at is null"))
    op.drop_index(op.f("ix_discrepancy_subject_id"), table_name="discrepancy")
    op.drop_index(op.f("ix_discrepancy_query_id"), table_name="discrepancy")
    op.drop_table("discrepancy")
    op.drop_index(op.f("ix_series_verdict_series_id"), table_name="series_verdict")
    op.drop_table("series_verdict")
    op.drop_table("upload_file", schema="restricted")
    op.drop_index(
        "uq_query_standing_rule",
        table_name="query",
        postgresql_where=sa.text("kind = 'system' and state in ('candidate', 'open', 'answered')"),
    )
    op.drop_index(op.f("ix_query_subject_id"), table_name="query")
    op.drop_index(op.f("ix_query_site_id"), table_name="query")
    op.drop_table("query")
    op.drop_index(op.f("ix_upload_timepoint_id"), table_name="upload")
    op.drop_index(op.f("ix_upload_account_id"), table_name="upload")
    op.drop_table("upload")
    op.drop_index(
        "uq_announced_delivery_open", table_name="announced_delivery", postgresql_where=sa.text("ended_at is null")
    )
    op.drop_index(op.f("ix_announced_delivery_timepoint_id"), table_name="announced_delivery")
    op.drop_table("announced_delivery")
    op.drop_table("site_contact")
    op.drop_table("sent_digest")
    op.drop_index(op.f("ix_dicom_sender_site_id"), table_name="dicom_sender")
    op.drop_table("dicom_sender")
    op.drop_table("saved_view")
