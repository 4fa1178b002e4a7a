"""units and their lists"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("school", "employer", name="unitkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_units_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    op.create_index("ix_units_office", "units", ["office_id", "code"], unique=False)
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("a", "b", name="batchkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.LargeBinary(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("remarks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("letter_number", sa.Text(), nullable=True),
        sa.Column("letter_date", sa.Date(), nullable=True),
        sa.Column("signatory", sa.Text(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "received",
                "checked",
                "compared",
                "in_review",
                "applying",
                "applied",
                "refused",
                "cancelled",
                name="batchstage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("faults", sa.BigInteger(), nullable=False),
        sa.Column("file_fault", sa.Text(), nullable=True),
        sa.Column("file_sentence", sa.Text(), nullable=True),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("second_by_id", sa.BigInteger(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_batches_office_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_batches_officer_id")),
        sa.ForeignKeyConstraint(["second_by_id"], ["officers.id"], name=op.f("fk_batches_second_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_batches_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("token", name=op.f("uq_batches_token")),
    )
    op.create_index("ix_batches_file", "batches", ["file_hash"], unique=False)
    op.create_index("ix_batches_office", "batches", ["office_id", "id"], unique=False)
    op.create_index("ix_batches_touched", "batches", ["touched_at"], unique=False)
    op.create_index(
        "ix_batches_under_way",
        "batches",
        ["id"],
        unique=False,
        postgresql_where="stage IN ('received', 'checked', 'compared')",
    )
    op.create_index("ix_batches_unit", "batches", ["unit_id", "id"], unique=False)
    op.create_index(
        "uq_batches_open_file",
        "batches",
        ["office_id", "kind", "file_hash"],
        unique=True,
        postgresql_where="stage IN ('received', 'checked', 'compared', 'in_review', 'applying')",
    )
    op.create_table(
        "unit_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=True),
        sa.Column("new_value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_unit_changes_officer_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_changes_unit_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_changes")),
    )
    op.create_index("ix_unit_changes_unit", "unit_changes", ["unit_id", "id"], unique=False)
    op.create_table(
        "batch_edits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=False),
        sa.Column("new_value", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_edits_batch_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_batch_edits_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_edits")),
    )
    op.create_index("ix_batch_edits_row", "batch_edits", ["batch_id", "number"], unique=False)
    op.create_table(
        "batch_files",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_files_batch_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch_files")),
    )
    op.create_table(
        "batch_rows",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("marks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bhxh_code", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("declaration_id", sa.BigInteger(), nullable=True),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "ok",
                "fault",
                "taken_out",
                "applied",
                "refused",
                "skipped",
                name="rowstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_rows_batch_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_batch_rows")),
    )
    op.create_index("ix_batch_rows_bhxh_code", "batch_rows", ["bhxh_code"], unique=False)
    op.create_index(
        "ix_batch_rows_declaration",
        "batch_rows",
        ["declaration_id"],
        unique=False,
        postgresql_where="declaration_id IS NOT NULL",
    )
    op.create_index("ix_batch_rows_state", "batch_rows", ["batch_id", "state", "number"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_batch_rows_state", table_name="batch_rows")
    op.drop_index("ix_batch_rows_declaration", table_name="batch_rows", postgresql_where="declaration_id IS NOT NULL")
    op.drop_index("ix_batch_rows_bhxh_code", table_name="batch_rows")
    op.drop_table("batch_rows")
    op.drop_table("batch_files")
    op.drop_index("ix_batch_edits_row", table_name="batch_edits")
    op.drop_table("batch_edits")
    op.drop_index("ix_unit_changes_unit", table_name="unit_changes")
    op.drop_table("unit_changes")
    op.drop_index(
        "uq_batches_open_file",
        table_name="batches",
        postgresql_where="stage IN ('received', 'checked', 'compared', 'in_review', 'applying')",
    )
    op.drop_index("ix_batches_unit", table_name="batches")
    op.drop_index(
        "ix_batches_under_way", table_name="batches", postgresql_where="stage IN ('received', 'checked', 'compared')"
    )
    op.drop_index("ix_batches_touched", table_name="batches")
    op.drop_index("ix_batches_office", table_name="batches")
    op.drop_index("ix_batches_file", table_name="batches")
    op.drop_table("batches")
    op.drop_index("ix_units_office", table_name="units")
    op.drop_table("units")
