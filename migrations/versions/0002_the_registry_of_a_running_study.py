"""The registry of a running study.

Approvals and qualifications of sites, registrations, what happens to lesions, signatures, the access log.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("record_table", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("record_version", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("signer_name", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invalidated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invalidated_because", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_signature_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
    )
    op.create_index("ix_signature_record", "signature", ["record_table", "record_id"], unique=False)
    op.create_table(
        "ethics_approval",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("protocol_version", sa.Text(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("letter_name", sa.Text(), nullable=True),
        sa.Column("letter_type", sa.Text(), nullable=True),
        sa.Column("letter_key", sa.Text(), nullable=True),
        sa.Column("letter_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("letter_n_bytes", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "valid_until is null or valid_until >= valid_from", name=op.f("ck_ethics_approval_validity")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_ethics_approval_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ethics_approval")),
        sa.UniqueConstraint(
            "site_id", "protocol_version", "number", name=op.f("uq_ethics_approval_site_id_protocol_version_number")
        ),
    )
    op.create_table(
        "site_qualification",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("qualified_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "valid_until is null or valid_until >= qualified_on", name=op.f("ck_site_qualification_validity")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_qualification_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_qualification")),
    )
    op.create_index(op.f("ix_site_qualification_site_id"), "site_qualification", ["site_id"], unique=False)
    op.create_table(
        "access_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_access_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_event")),
        sa.UniqueConstraint("actor", "kind", "target", "hour", name=op.f("uq_access_event_actor_kind_target_hour")),
    )
    op.create_index("ix_access_event_at", "access_event", ["at"], unique=False)
    op.create_index(op.f("ix_access_event_subject_id"), "access_event", ["subject_id"], unique=False)
    op.create_table(
        "lesion_event",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("timepoint_code", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_lesion_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesion_event")),
    )
    op.create_index(op.f("ix_lesion_event_subject_id"), "lesion_event", ["subject_id"], unique=False)
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("study_version_id", sa.Uuid(), nullable=False),
        sa.Column("ethics_approval_id", sa.Uuid(), nullable=True),
        sa.Column(
            "registered_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["ethics_approval_id"], ["ethics_approval.id"], name=op.f("fk_registration_ethics_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["study_version_id"], ["study_version.id"], name=op.f("fk_registration_study_version_id")
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_registration_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("subject_id", "step", name=op.f("uq_registration_subject_id_step")),
    )
    op.create_table(
        "subject_progress",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agenda", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_subject_progress_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_subject_progress")),
    )
    op.create_table(
        "lesion_diameter",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("lesion_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("diameter_mm", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.ForeignKeyConstraint(["lesion_id"], ["lesion.id"], name=op.f("fk_lesion_diameter_lesion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesion_diameter")),
        sa.UniqueConstraint("lesion_id", "sequence", name=op.f("uq_lesion_diameter_lesion_id_sequence")),
    )
    op.create_table(
        "lesion_lineage",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("lesion_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["lesion_event.id"], name=op.f("fk_lesion_lineage_event_id")),
        sa.ForeignKeyConstraint(["lesion_id"], ["lesion.id"], name=op.f("fk_lesion_lineage_lesion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesion_lineage")),
        sa.UniqueConstraint("event_id", "lesion_id", name=op.f("uq_lesion_lineage_event_id_lesion_id")),
    )
    op.create_index(op.f("ix_lesion_lineage_lesion_id"), "lesion_lineage", ["lesion_id"], unique=False)
    op.add_column(
        "account", sa.Column("password_must_change", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("account", sa.Column("oidc_subject", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_account_oidc_subject"), "account", ["oidc_subject"])
    op.add_column("lesion", sa.Column("origin", sa.Text(), server_default="baseline", nullable=False))
    op.add_column("lesion", sa.Column("state", sa.Text(), server_default="active", nullable=False))
    op.add_column("lesion", sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("lesion", sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False))
    op.add_column("role_grant", sa.Column("ended_by", sa.Text(), nullable=True))
    op.add_column("site", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column(
        "subject", sa.Column("baseline_version", sa.BigInteger(), server_default=sa.text("1"), nullable=False)
    )
    op.add_column("subject", sa.Column("baseline_locked_by", sa.Text(), nullable=True))
    op.add_column("audit_event", sa.Column("role", sa.Text(), nullable=True))
    op.add_column("audit_event", sa.Column("study_id", sa.Uuid(), nullable=True))
    op.add_column("audit_event", sa.Column("subject_id", sa.Uuid(), nullable=True))
    for column in ("study_id", "subject_id", "actor", "table_name"):
        op.create_index(f"ix_audit_event_{column}", "audit_event", [column, "id"], unique=False)
    op.create_index("ix_audit_event_at", "audit_event", ["at"], unique=False)
    _registrations_from_forms()


def _registrations_from_forms() -> None:
    """Take the registrations that were kept as columns and forms so far, in the migration's name."""
    if not op.get_bind().execute(sa.text("select exists (select from subject)")).scalar():
        return
    op.execute("select set_config('app.actor', 'migration', true)")
    op.execute("select set_config('app.reason', 'registrations get records of their own', true)")
    op.execute(
        "create trigger audit_row after insert or update or delete on registration "
        "for each row execute function audit_row('', '', '')"
    )
    op.execute(
        "insert into registration (subject_id, step, registered_on, registered_by, study_version_id) "
        "select id, 'first', registered_on, 'migration', study_version_id from subject"
    )
    op.execute(
        "insert into registration (subject_id, step, registered_on, registered_by, study_version_id) "
        "select subject_id, 'second', (data ->> 'confirmed_on')::date, 'migration', study_version_id from form_entry "
        "where form_code = 'eligibility-second' and data ->> 'confirmed_on' is not null"
    )
    op.execute("set constraints all immediate")


def downgrade() -> None:
    for column in ("at", "table_name", "actor", "subject_id", "study_id"):
        op.drop_index(f"ix_audit_event_{column}", table_name="audit_event")
    for column in ("subject_id", "study_id", "role"):
        op.drop_column("audit_event", column)
    op.drop_column("subject", "baseline_locked_by")
    op.drop_column("subject", "baseline_version")
    op.drop_column("site", "closed_on")
    op.drop_column("role_grant", "ended_by")
    op.drop_column("lesion", "version")
    op.drop_column("lesion", "note")
    op.drop_column("lesion", "state")
    op.drop_column("lesion", "origin")
    op.drop_constraint(op.f("uq_account_oidc_subject"), "account", type_="unique")
    op.drop_column("account", "oidc_subject")
    op.drop_column("account", "password_must_change")
    op.drop_index(op.f("ix_lesion_lineage_lesion_id"), table_name="lesion_lineage")
    op.drop_table("lesion_lineage")
    op.drop_table("lesion_diameter")
    op.drop_table("subject_progress")
    op.drop_table("registration")
    op.drop_index(op.f("ix_lesion_event_subject_id"), table_name="lesion_event")
    op.drop_table("lesion_event")
    op.drop_index(op.f("ix_access_event_subject_id"), table_name="access_event")
    op.drop_index("ix_access_event_at", table_name="access_event")
    op.drop_table("access_event")
    op.drop_index(op.f("ix_site_qualification_site_id"), table_name="site_qualification")
    op.drop_table("site_qualification")
    op.drop_table("ethics_approval")
    op.drop_index("ix_signature_record", table_name="signature")
    op.drop_table("signature")
