"""figures: steps, sums by office and day, by branch, checks"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figure_branches",
        sa.Column("office_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "figure",
            sa.String(length=32),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "day", "figure", "key", name=op.f("pk_figure_branches")),
    )
    op.create_index(
        "ix_figure_branches_nothing",
        "figure_branches",
        ["office_id"],
        unique=False,
        postgresql_where="number = 0 AND seconds = 0",
    )
    op.create_table(
        "figure_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("differences", sa.BigInteger(), nullable=False),
        sa.Column("healed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_checks")),
    )
    op.create_table(
        "figure_days",
        sa.Column("office_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "figure",
            sa.String(length=32),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "day", "figure", "key", "officer_id", name=op.f("pk_figure_days")),
    )
    op.create_index(
        "ix_figure_days_nothing",
        "figure_days",
        ["office_id"],
        unique=False,
        postgresql_where="number = 0 AND seconds = 0",
    )
    op.create_index(
        "ix_figure_days_officer", "figure_days", ["officer_id", "day"], unique=False, postgresql_where="officer_id <> 0"
    )
    op.create_table(
        "figure_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "figure",
            sa.String(length=32),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_deltas")),
    )
    op.create_index("ix_declarations_declared", "declarations", ["office_id", "declared_at"], unique=False)
    op.create_index(
        "ix_notices_failed", "notices", ["office_id", "finished_at"], unique=False, postgresql_where="status = 'failed'"
    )


def downgrade() -> None:
    op.drop_index("ix_notices_failed", table_name="notices", postgresql_where="status = 'failed'")
    op.drop_index("ix_declarations_declared", table_name="declarations")
    op.drop_table("figure_deltas")
    op.drop_index("ix_figure_days_officer", table_name="figure_days", postgresql_where="officer_id <> 0")
    op.drop_index("ix_figure_days_nothing", table_name="figure_days", postgresql_where="number = 0 AND seconds = 0")
    op.drop_table("figure_days")
    op.drop_table("figure_checks")
    op.drop_index(
        "ix_figure_branches_nothing", table_name="figure_branches", postgresql_where="number = 0 AND seconds = 0"
    )
    op.drop_table("figure_branches")
