"""what was done in calls is listed by the trail"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_trail_hotline_act", "trail", ["at"], unique=False, postgresql_where=sa.text("event = 'hotline_act'")
    )


def downgrade() -> None:
    op.drop_index("ix_trail_hotline_act", table_name="trail", postgresql_where=sa.text("event = 'hotline_act'"))
