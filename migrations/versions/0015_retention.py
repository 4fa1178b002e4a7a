"""what the retention deleted and when; what is left of an approved declaration; indexes for what is due"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

REFUSED = "status IN ('rejected', 'withdrawn')"
UNCLEARED = "status = 'approved' AND cleared_at IS NULL"
CLEARED = "status = 'approved' AND cleared_at IS NOT NULL"
PURPOSES = ("register", "adjust", "stop")
CHANNELS = ("app", "portal", "list", "desk")


def upgrade() -> None:
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("data", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("oldest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.create_index("ix_retention_runs_data", "retention_runs", ["data", "id"], unique=False)
    op.create_table(
        "past_approvals",
        sa.Column("declaration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Enum(*PURPOSES, name="purpose", native_enum=False, length=32, create_constraint=True), nullable=False),
        sa.Column("channel", sa.Enum(*CHANNELS, name="channel", native_enum=False, length=32, create_constraint=True), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("presented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ledger", postgresql.JSONB(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("declaration_id", name=op.f("pk_past_approvals")),
    )
    op.create_index(op.f("ix_past_approvals_account_id"), "past_approvals", ["account_id"], unique=False)
    op.add_column("declarations", sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_declarations_refused", "declarations", ["decided_at"], unique=False, postgresql_where=REFUSED)
    op.create_index(
        "ix_declarations_uncleared", "declarations", ["decided_at"], unique=False, postgresql_where=UNCLEARED
    )
    op.create_index("ix_declarations_cleared", "declarations", ["decided_at"], unique=False, postgresql_where=CLEARED)
    op.add_column("corrections", sa.Column("blanked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_corrections_kept", "corrections", ["at"], unique=False, postgresql_where="blanked_at IS NULL")
    op.create_index("ix_accounts_closed", "accounts", ["closed_at"], unique=False, postgresql_where="closed_at IS NOT NULL")
    op.create_index(op.f("ix_tombstones_deleted_at"), "tombstones", ["deleted_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tombstones_deleted_at"), table_name="tombstones")
    op.drop_index("ix_accounts_closed", table_name="accounts", postgresql_where="closed_at IS NOT NULL")
    op.drop_index("ix_corrections_kept", table_name="corrections", postgresql_where="blanked_at IS NULL")
    op.drop_column("corrections", "blanked_at")
    op.drop_index("ix_declarations_cleared", table_name="declarations", postgresql_where=CLEARED)
    op.drop_index("ix_declarations_uncleared", table_name="declarations", postgresql_where=UNCLEARED)
    op.drop_index("ix_declarations_refused", table_name="declarations", postgresql_where=REFUSED)
    op.drop_column("declarations", "cleared_at")
    op.drop_table("past_approvals")
    op.drop_table("retention_runs")
