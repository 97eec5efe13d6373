"""Data cuts.

Orders for cuts, the cuts, their files, and every time one is given out.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_cut",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("is_interim", sa.Boolean(), nullable=False),
        sa.Column("definition_version", sa.Text(), nullable=False),
        sa.Column("rule_versions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("program_version", sa.Text(), nullable=False),
        sa.Column("head_position", sa.BigInteger(), nullable=True),
        sa.Column("head_hash", sa.Text(), nullable=True),
        sa.Column("manifest_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("n_subjects", sa.BigInteger(), nullable=False),
        sa.Column("n_lesions", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_data_cut_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_cut")),
        sa.UniqueConstraint("study_id", "name", name=op.f("uq_data_cut_study_id_name")),
    )
    op.create_table(
        "data_cut_order",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("n_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("n_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_data_cut_order_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_cut_order")),
    )
    op.create_index(
        "uq_data_cut_order_name",
        "data_cut_order",
        ["study_id", "name"],
        unique=True,
        postgresql_where=sa.text("state <> 'failed'"),
    )
    op.create_table(
        "data_cut_export",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("cut_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("exported_by", sa.Text(), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_version", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("differing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["cut_id"], ["data_cut.id"], name=op.f("fk_data_cut_export_cut_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_cut_export")),
    )
    op.create_index("ix_data_cut_export_cut_id", "data_cut_export", ["cut_id", "format"], unique=False)
    op.create_table(
        "data_cut_file",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("cut_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["cut_id"], ["data_cut.id"], name=op.f("fk_data_cut_file_cut_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_cut_file")),
        sa.UniqueConstraint("cut_id", "path", name=op.f("uq_data_cut_file_cut_id_path")),
    )


def downgrade() -> None:
    op.drop_table("data_cut_file")
    op.drop_index("ix_data_cut_export_cut_id", table_name="data_cut_export")
    op.drop_table("data_cut_export")
    op.drop_index("uq_data_cut_order_name", table_name="data_cut_order", postgresql_where=sa.text("state <> 'failed'"))
    op.drop_table("data_cut_order")
    op.drop_table("data_cut")
