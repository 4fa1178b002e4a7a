"""whom a search or an export listed is found by an index; how far the trail was looked through for what is unusual"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trail_watch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_watch")),
    )
    op.create_index(
        "ix_trail_listed",
        "trail",
        [sa.text("(facts -> 'listed')")],
        unique=False,
        postgresql_using="gin",
        postgresql_where="event IN ('search', 'export')",
    )


def downgrade() -> None:
    op.drop_index("ix_trail_listed", table_name="trail")
    op.drop_table("trail_watch")
