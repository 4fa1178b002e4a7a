"""how things stood when a day began; decisions by who took them"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figure_mornings",
        sa.Column("office_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "figure",
            sa.Enum(
                "waiting",
                "presented",
                "supplement",
                "escalated",
                "due_today",
                "due_in_3_days",
                "lists",
                name="stood",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "day", "figure", name=op.f("pk_figure_mornings")),
    )
    op.create_index(
        "ix_declarations_decider",
        "declarations",
        ["decided_by_id", "decided_at"],
        unique=False,
        postgresql_where="decided_by_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_declarations_decider", table_name="declarations", postgresql_where="decided_by_id IS NOT NULL")
    op.drop_table("figure_mornings")
