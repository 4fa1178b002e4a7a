"""what another office took over is listed for the office that had it (K8)"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_corrections_taken_over", "corrections", ["at"], postgresql_where=sa.text("field = 'office_code'")
    )


def downgrade() -> None:
    op.drop_index("ix_corrections_taken_over", table_name="corrections")
