"""Central reading.

Readers, assignments and the images open to them, what readers add to a read, adjudication, checks of images.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "study", sa.Column("reading_seed", sa.Text(), server_default=sa.text("gen_random_uuid()::text"), nullable=False)
    )

    op.create_table(
        "window_preference",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("center", sa.Double(), nullable=False),
        sa.Column("width", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_window_preference_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_preference")),
        sa.UniqueConstraint("account_id", "role", name=op.f("uq_window_preference_account_id_role")),
    )
    op.create_table(
        "reader",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("home_site_id", sa.Uuid(), nullable=True),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("training", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reader_account_id")),
        sa.ForeignKeyConstraint(["home_site_id"], ["site.id"], name=op.f("fk_reader_home_site_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_reader_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader")),
        sa.UniqueConstraint("study_id", "account_id", name=op.f("uq_reader_study_id_account_id")),
    )
    op.create_index(op.f("ix_reader_account_id"), "reader", ["account_id"], unique=False)
    op.create_table(
        "reading_assignment",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reading_assignment_account_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_reading_assignment_study_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_reading_assignment_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_assignment")),
        sa.UniqueConstraint("account_id", "code", name=op.f("uq_reading_assignment_account_id_code")),
    )
    op.create_index(op.f("ix_reading_assignment_account_id"), "reading_assignment", ["account_id"], unique=False)
    op.create_index(
        "uq_reading_assignment_place",
        "reading_assignment",
        ["subject_id", "place", "round"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_table(
        "opened_images",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["reading_assignment.id"], name=op.f("fk_opened_images_assignment_id")
        ),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_opened_images_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opened_images")),
        sa.UniqueConstraint("assignment_id", "timepoint_id", name=op.f("uq_opened_images_assignment_id_timepoint_id")),
    )
    op.create_table(
        "timepoint_check",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("images_sha256", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_timepoint_check_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timepoint_check")),
    )
    op.create_index(op.f("ix_timepoint_check_timepoint_id"), "timepoint_check", ["timepoint_id"], unique=False)
    op.create_table(
        "adjudication",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("timepoint_id", sa.Uuid(), nullable=False),
        sa.Column("first_reading_id", sa.Uuid(), nullable=False),
        sa.Column("second_reading_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("is_swapped", sa.Boolean(), nullable=False),
        sa.Column("disputes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("result_reading_id", sa.Uuid(), nullable=True),
        sa.Column("waits_because", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["reading_assignment.id"], name=op.f("fk_adjudication_assignment_id")
        ),
        sa.ForeignKeyConstraint(["first_reading_id"], ["reading.id"], name=op.f("fk_adjudication_first_reading_id")),
        sa.ForeignKeyConstraint(["result_reading_id"], ["reading.id"], name=op.f("fk_adjudication_result_reading_id")),
        sa.ForeignKeyConstraint(["second_reading_id"], ["reading.id"], name=op.f("fk_adjudication_second_reading_id")),
        sa.ForeignKeyConstraint(["timepoint_id"], ["timepoint.id"], name=op.f("fk_adjudication_timepoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudication")),
        sa.UniqueConstraint(
            "first_reading_id", "second_reading_id", name=op.f("uq_adjudication_first_reading_id_second_reading_id")
        ),
    )
    op.create_index(op.f("ix_adjudication_assignment_id"), "adjudication", ["assignment_id"], unique=False)
    op.create_index(op.f("ix_adjudication_timepoint_id"), "adjudication", ["timepoint_id"], unique=False)
    op.create_table(
        "key_image",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("lesion_id", sa.Uuid(), nullable=True),
        sa.Column("series_uid", sa.Text(), nullable=False),
        sa.Column("sop_instance_uid", sa.Text(), nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.Column("window_center", sa.Double(), nullable=True),
        sa.Column("window_width", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lesion_id"], ["lesion.id"], name=op.f("fk_key_image_lesion_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_key_image_reading_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_image")),
        sa.UniqueConstraint(
            "reading_id", "sop_instance_uid", "frame", name=op.f("uq_key_image_reading_id_sop_instance_uid_frame")
        ),
    )
    op.create_table(
        "reader_lesion",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("diameter_mm", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("confidence", sa.BigInteger(), nullable=True),
        sa.Column("judged_on", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_reader_lesion_reading_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_lesion")),
        sa.UniqueConstraint("reading_id", "label", name=op.f("uq_reader_lesion_reading_id_label")),
    )
    op.create_table(
        "reading_report",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("sop_uid", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_reading_report_reading_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_report")),
        sa.UniqueConstraint("reading_id", name=op.f("uq_reading_report_reading_id")),
    )
    op.create_table(
        "series_correction",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("from_series_uid", sa.Text(), nullable=False),
        sa.Column("to_series_uid", sa.Text(), nullable=False),
        sa.Column("pairs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("matrix", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("residual_mm", sa.Double(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_series_correction_reading_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_correction")),
        sa.UniqueConstraint(
            "reading_id",
            "from_series_uid",
            "to_series_uid",
            name=op.f("uq_series_correction_reading_id_from_series_uid_to_series_uid"),
        ),
    )
    op.create_table(
        "adjudication_choice",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("adjudication_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("third", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["adjudication_id"], ["adjudication.id"], name=op.f("fk_adjudication_choice_adjudication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudication_choice")),
        sa.UniqueConstraint("adjudication_id", "label", name=op.f("uq_adjudication_choice_adjudication_id_label")),
    )
    op.create_table(
        "series_link",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("frame_of_reference_uid", sa.Text(), nullable=False),
        sa.Column("from_series_uid", sa.Text(), nullable=False),
        sa.Column("from_role", sa.Text(), nullable=False),
        sa.Column("to_series_uid", sa.Text(), nullable=False),
        sa.Column("to_role", sa.Text(), nullable=False),
        sa.Column("shift_mm", postgresql.ARRAY(sa.Double()), nullable=True),
        sa.Column("quality_mm", sa.Double(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_series_link_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_link")),
        sa.UniqueConstraint("to_series_uid", "to_role", name=op.f("uq_series_link_to_series_uid_to_role")),
    )
    op.create_index(op.f("ix_series_link_subject_id"), "series_link", ["subject_id"], unique=False)
    op.add_column("timepoint", sa.Column("images_sha256", sa.Text(), nullable=True))
    op.add_column("finding", sa.Column("signal", sa.Text(), nullable=True))
    op.add_column("finding", sa.Column("adc", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("reading", sa.Column("round", sa.BigInteger(), server_default=sa.text("1"), nullable=False))
    op.add_column("reading", sa.Column("assignment_id", sa.Uuid(), nullable=True))
    op.add_column("reading", sa.Column("n_steps_locked", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("reading", sa.Column("images_sha256", sa.Text(), nullable=True))
    op.add_column("reading", sa.Column("stale_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_reading_timepoint_id_account_id_edition"), "reading", type_="unique")
    op.create_index(op.f("ix_reading_assignment_id"), "reading", ["assignment_id"], unique=False)
    op.create_unique_constraint(
        op.f("uq_reading_timepoint_id_account_id_round_edition"),
        "reading",
        ["timepoint_id", "account_id", "round", "edition"],
    )
    op.create_foreign_key(op.f("fk_reading_assignment_id"), "reading", "reading_assignment", ["assignment_id"], ["id"])


def downgrade() -> None:
    op.drop_column("study", "reading_seed")

    op.drop_constraint(op.f("fk_reading_assignment_id"), "reading", type_="foreignkey")
    op.drop_constraint(op.f("uq_reading_timepoint_id_account_id_round_edition"), "reading", type_="unique")
    op.drop_index(op.f("ix_reading_assignment_id"), table_name="reading")
    op.create_unique_constraint(
        op.f("uq_reading_timepoint_id_account_id_edition"),
        "reading",
        ["timepoint_id", "account_id", "edition"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("reading", "stale_at")
    op.drop_column("reading", "images_sha256")
    op.drop_column("reading", "n_steps_locked")
    op.drop_column("reading", "assignment_id")
    op.drop_column("reading", "round")
    op.drop_column("timepoint", "images_sha256")
    op.drop_column("finding", "adc")
    op.drop_column("finding", "signal")
    op.drop_table("adjudication_choice")
    op.drop_table("series_correction")
    op.drop_index(op.f("ix_series_link_subject_id"), table_name="series_link")
    op.drop_table("series_link")
    op.drop_table("reading_report")
    op.drop_table("reader_lesion")
    op.drop_table("key_image")
    op.drop_index(op.f("ix_adjudication_timepoint_id"), table_name="adjudication")
    op.drop_index(op.f("ix_adjudication_assignment_id"), table_name="adjudication")
    op.drop_table("adjudication")
    op.drop_index(op.f("ix_timepoint_check_timepoint_id"), table_name="timepoint_check")
    op.drop_table("timepoint_check")
    op.drop_table("opened_images")
    op.drop_index(
        "uq_reading_assignment_place", table_name="reading_assignment", postgresql_where=sa.text("withdrawn_at is null")
    )
    op.drop_index(op.f("ix_reading_assignment_account_id"), table_name="reading_assignment")
    op.drop_table("reading_assignment")
    op.drop_index(op.f("ix_reader_account_id"), table_name="reader")
    op.drop_table("reader")
    op.drop_table("window_preference")
