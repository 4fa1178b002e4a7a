"""a country's report reads its days of the figures, not those of all years"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_figure_days_day", "figure_days", ["day"], unique=False, postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("ix_figure_days_day", table_name="figure_days", postgresql_using="brin")
