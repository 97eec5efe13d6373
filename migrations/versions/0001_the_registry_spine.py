"""the registry spine."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create schema if not exists restricted")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("n_failed_logins", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("old", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("new", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_table_name_row_id", "audit_event", ["table_name", "row_id"], unique=False)
    op.create_table(
        "study",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("code", name=op.f("uq_study_code")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_token_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    op.create_index(op.f("ix_api_token_account_id"), "api_token", ["account_id"], unique=False)
    op.create_table(
        "audit_chain",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["audit_event.id"], name=op.f("fk_audit_chain_event_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_chain_event_id")),
    )
    op.create_table(
        "login_session",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_session_account_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_account_id"), "login_session", ["account_id"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("site_group", sa.Text(), nullable=False),
        sa.Column("data_centre", sa.Text(), nullable=False),
        sa.Column("last_subject_number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_site_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("study_id", "code", name=op.f("uq_site_study_id_code")),
    )
    op.create_table(
        "study_version",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_study_version_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_version")),
        sa.UniqueConstraint("study_id", "version", name=op.f("uq_study_version_study_id_version")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "valid_from", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_role_grant_site_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_role_grant_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(op.f("ix_role_grant_account_id"), "role_grant", ["account_id"], unique=False)
    op.create_table(
        "subject",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("study_version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reading_code", sa.Text(), nullable=False),
        sa.Column("road", sa.Text(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("baseline_locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_subject_site_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_subject_study_id")),
        sa.ForeignKeyConstraint(["study_version_id"], ["study_version.id"], name=op.f("fk_subject_study_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_subject_study_id_number")),
        sa.UniqueConstraint("study_id", "reading_code", name=op.f("uq_subject_study_id_reading_code")),
    )
    op.create_index(op.f("ix_subject_site_id"), "subject", ["site_id"], unique=False)
    op.create_table(
        "frame_link",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("from_frame_uid", sa.Text(), nullable=False),
        sa.Column("to_frame_uid", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("matrix", postgresql.ARRAY(sa.Double()), nullable=True),
        sa.Column("quality_mm", sa.Double(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_frame_link_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_link")),
        sa.UniqueConstraint("from_frame_uid", "to_frame_uid", name=op.f("uq_frame_link_from_frame_uid_to_frame_uid")),
    )
    op.create_index(op.f("ix_frame_link_subject_id"), "frame_link", ["subject_id"], unique=False)
    op.create_table(
        "lesion",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("baseline_diameter_mm", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_lesion_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesion")),
        sa.UniqueConstraint("subject_id", "label", name=op.f("uq_lesion_subject_id_label")),
    )
    op.create_table(
        "source_identity",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("identity", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_source_identity_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_identity")),
        sa.UniqueConstraint("subject_id", "digest", name=op.f("uq_source_identity_subject_id_digest")),
        schema="restricted",
    )
    op.create_table(
        "source_uid",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("original_uid", sa.Text(), nullable=False),
        sa.Column("source_text", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_source_uid_subject_id")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_source_uid")),
        schema="restricted",
    )
    op.create_index(
        op.f("ix_source_uid_original_uid"), "source_uid", ["original_uid"], unique=False, schema="restricted"
    )
    op.create_index(op.f("ix_source_uid_subject_id"), "source_uid", ["subject_id"], unique=False, schema="restricted")
    op.create_table(
        "timepoint",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_timepoint_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timepoint")),
        sa.UniqueConstraint("subject_id", "code", name=op.f("uq_timepoint_subject_id_code")),
    )
    op.create_table(
        "derivation",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("lesion_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "derived_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lesion_id"], ["lesion.id"], name=op.f("fk_derivation_lesion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derivation")),
    )
    op.create_index(
        "uq_derivation_current",
        "derivation",
        ["lesion_id", "kind"],
        unique=True,
        postgresql_where=sa.text("superseded_at is null"),
    )
    op.create_table(
        "form_entry",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("form_code", sa.Text(), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=True),
        sa.Column("lesion_id", sa.Uuid(), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("study_version_id", sa.Uuid(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="started", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["lesion_id"], ["lesion.id"], name=op.f("fk_form_entry_lesion_id")),
        sa.ForeignKeyConstraint(
            ["study_version_id"], ["study_version.id"], name=op.f("fk_form_entry_study_version_id")
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_form_entry_subject_id")),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_form_entry_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_entry")),
        sa.UniqueConstraint(
            "subject_id",
            "form_code",
            "timepoint_id",
            "lesion_id",
            "ordinal",
            name=op.f("uq_form_entry_subject_id_form_code_timepoint_id_lesion_id_ordinal"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_form_entry_lesion_id"), "form_entry", ["lesion_id"], unique=False)
    op.create_table(
        "imaging_study",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("study_uid", sa.Text(), nullable=False),
        sa.Column("study_on", sa.Date(), nullable=True),
        sa.Column("study_time", sa.Text(), nullable=True),
        sa.Column("accession_number", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_imaging_study_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imaging_study")),
        sa.UniqueConstraint("study_uid", name=op.f("uq_imaging_study_study_uid")),
    )
    op.create_index(op.f("ix_imaging_study_timepoint_id"), "imaging_study", ["timepoint_id"], unique=False)
    op.create_table(
        "quarantine_item",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="held", nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_quarantine_item_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine_item")),
        sa.UniqueConstraint("timepoint_id", "sha256", name=op.f("uq_quarantine_item_timepoint_id_sha256")),
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("edition", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("accepted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signature_meaning", sa.Text(), nullable=True),
        sa.Column("content_sha256", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reading_account_id")),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_reading_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint(
            "timepoint_id", "account_id", "edition", name=op.f("uq_reading_timepoint_id_account_id_edition")
        ),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True, start=1001), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("road", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="receiving", nullable=False),
        sa.Column("n_announced", sa.BigInteger(), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_submission_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("number", name=op.f("uq_submission_number")),
    )
    op.create_index(op.f("ix_submission_timepoint_id"), "submission", ["timepoint_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("lesion_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("diameter_mm", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.Column("not_evaluable_reason", sa.Text(), nullable=True),
        sa.Column("confidence", sa.BigInteger(), nullable=True),
        sa.Column("judged_on", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lesion_id"], ["lesion.id"], name=op.f("fk_finding_lesion_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_finding_reading_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint(
            "reading_id", "lesion_id", "sequence", name=op.f("uq_finding_reading_id_lesion_id_sequence")
        ),
    )
    op.create_index(op.f("ix_finding_lesion_id"), "finding", ["lesion_id"], unique=False)
    op.create_table(
        "series",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("imaging_study_id", sa.Uuid(), nullable=False),
        sa.Column("series_uid", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("series_number", sa.BigInteger(), nullable=True),
        sa.Column("frame_of_reference_uid", sa.Text(), nullable=True),
        sa.Column("n_instances", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("n_frames", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("window_center", sa.Double(), nullable=True),
        sa.Column("window_width", sa.Double(), nullable=True),
        sa.Column("label_en", sa.Text(), nullable=True),
        sa.Column("label_ja", sa.Text(), nullable=True),
        sa.Column("geometry", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("described_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["imaging_study_id"], ["imaging_study.id"], name=op.f("fk_series_imaging_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("series_uid", name=op.f("uq_series_series_uid")),
    )
    op.create_index(op.f("ix_series_frame_of_reference_uid"), "series", ["frame_of_reference_uid"], unique=False)
    op.create_index(op.f("ix_series_imaging_study_id"), "series", ["imaging_study_id"], unique=False)
    op.create_table(
        "image_check",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("message_ja", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column(
            "checked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_image_check_series_id")),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_image_check_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_check")),
    )
    op.create_index(op.f("ix_image_check_timepoint_id"), "image_check", ["timepoint_id"], unique=False)
    op.create_table(
        "instance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("sop_uid", sa.Text(), nullable=False),
        sa.Column("sop_class_uid", sa.Text(), nullable=False),
        sa.Column("transfer_syntax_uid", sa.Text(), nullable=False),
        sa.Column("instance_number", sa.BigInteger(), nullable=True),
        sa.Column("n_frames", sa.BigInteger(), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=True),
        sa.Column("n_columns", sa.BigInteger(), nullable=True),
        sa.Column("bits_allocated", sa.BigInteger(), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("archived_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("pixel_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("frame_index", sa.LargeBinary(), nullable=False),
        sa.Column("dicom_json", sa.LargeBinary(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_instance_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
        sa.UniqueConstraint("file_key", name=op.f("uq_instance_file_key")),
        sa.UniqueConstraint("sop_uid", name=op.f("uq_instance_sop_uid")),
    )
    op.create_index(op.f("ix_instance_series_id"), "instance", ["series_id"], unique=False)
    op.create_table(
        "lesion_mark",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("lesion_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("frame_of_reference_uid", sa.Text(), nullable=False),
        sa.Column("x_mm", sa.Double(), nullable=False),
        sa.Column("y_mm", sa.Double(), nullable=False),
        sa.Column("z_mm", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("diameter_mm", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.ForeignKeyConstraint(["lesion_id"], ["lesion.id"], name=op.f("fk_lesion_mark_lesion_id")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_lesion_mark_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesion_mark")),
        sa.UniqueConstraint("lesion_id", "series_id", name=op.f("uq_lesion_mark_lesion_id_series_id")),
    )
    op.create_index(
        op.f("ix_lesion_mark_frame_of_reference_uid"), "lesion_mark", ["frame_of_reference_uid"], unique=False
    )
    op.create_index(op.f("ix_lesion_mark_lesion_id"), "lesion_mark", ["lesion_id"], unique=False)
    op.create_table(
        "series_metadata",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("n_instances", sa.BigInteger(), nullable=False),
        sa.Column("open_gz", sa.LargeBinary(), nullable=False),
        sa.Column("blinded_gz", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_metadata_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_series_metadata")),
    )
    op.create_table(
        "series_role",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("proposal", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("confidence between 0 and 1", name=op.f("ck_series_role_confidence")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_series_role_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_role")),
    )
    op.create_index(op.f("ix_series_role_series_id"), "series_role", ["series_id"], unique=False)
    op.create_table(
        "received_object",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=True),
        sa.Column("quarantine_id", sa.Uuid(), nullable=True),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_received_object_instance_id")),
        sa.ForeignKeyConstraint(
            ["quarantine_id"], ["quarantine_item.id"], name=op.f("fk_received_object_quarantine_id")
        ),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_received_object_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_object")),
        sa.UniqueConstraint("submission_id", "sha256", name=op.f("uq_received_object_submission_id_sha256")),
    )
    op.create_index(op.f("ix_received_object_instance_id"), "received_object", ["instance_id"], unique=False)
    op.create_table(
        "received_name",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("received_object_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["received_object_id"], ["received_object.id"], name=op.f("fk_received_name_received_object_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_name")),
        sa.UniqueConstraint("received_object_id", "name", name=op.f("uq_received_name_received_object_id_name")),
        schema="restricted",
    )
    op.create_index(
        op.f("ix_received_name_received_object_id"),
        "received_name",
        ["received_object_id"],
        unique=False,
        schema="restricted",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_received_name_received_object_id"), table_name="received_name", schema="restricted")
    op.drop_table("received_name", schema="restricted")
    op.drop_index(op.f("ix_received_object_instance_id"), table_name="received_object")
    op.drop_table("received_object")
    op.drop_index(op.f("ix_series_role_series_id"), table_name="series_role")
    op.drop_table("series_role")
    op.drop_table("series_metadata")
    op.drop_index(op.f("ix_lesion_mark_lesion_id"), table_name="lesion_mark")
    op.drop_index(op.f("ix_lesion_mark_frame_of_reference_uid"), table_name="lesion_mark")
    op.drop_table("lesion_mark")
    op.drop_index(op.f("ix_instance_series_id"), table_name="instance")
    op.drop_table("instance")
    op.drop_index(op.f("ix_image_check_timepoint_id"), table_name="image_check")
    op.drop_table("image_check")
    op.drop_index(op.f("ix_series_imaging_study_id"), table_name="series")
    op.drop_index(op.f("ix_series_frame_of_reference_uid"), table_name="series")
    op.drop_table("series")
    op.drop_index(op.f("ix_finding_lesion_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_index(op.f("ix_submission_timepoint_id"), table_name="submission")
    op.drop_table("submission")
    op.drop_table("reading")
    op.drop_table("quarantine_item")
    op.drop_index(op.f("ix_imaging_study_timepoint_id"), table_name="imaging_study")
    op.drop_table("imaging_study")
    op.drop_index(op.f("ix_form_entry_lesion_id"), table_name="form_entry")
    op.drop_table("form_entry")
    op.drop_index("uq_derivation_current", table_name="derivation", postgresql_where=sa.text("superseded_at is null"))
    op.drop_table("derivation")
    op.drop_table("timepoint")
    op.drop_index(op.f("ix_source_uid_subject_id"), table_name="source_uid", schema="restricted")
    op.drop_index(op.f("ix_source_uid_original_uid"), table_name="source_uid", schema="restricted")
    op.drop_table("source_uid", schema="restricted")
    op.drop_table("source_identity", schema="restricted")
    op.drop_table("lesion")
    op.drop_index(op.f("ix_frame_link_subject_id"), table_name="frame_link")
    op.drop_table("frame_link")
    op.drop_index(op.f("ix_subject_site_id"), table_name="subject")
    op.drop_table("subject")
    op.drop_index(op.f("ix_role_grant_account_id"), table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_table("study_version")
    op.drop_table("site")
    op.drop_index(op.f("ix_login_session_account_id"), table_name="login_session")
    op.drop_table("login_session")
    op.drop_table("audit_chain")
    op.drop_index(op.f("ix_api_token_account_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_table("study")
    op.drop_index("ix_audit_event_table_name_row_id", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("account")
    op.execute("drop schema restricted")
