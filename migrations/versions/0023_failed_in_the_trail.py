"""what failed is listed by the trail"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_trail_notice_failed", "trail", ["at"], unique=False, postgresql_where=sa.text("event = 'notice_failed'")
    )
    op.drop_index("ix_notices_failed", table_name="notices", postgresql_where="status = 'failed'")


def downgrade() -> None:
    op.create_index(
        "ix_notices_failed", "notices", ["office_id", "finished_at"], unique=False, postgresql_where="status = 'failed'"
    )
    op.drop_index("ix_trail_notice_failed", table_name="trail", postgresql_where=sa.text("event = 'notice_failed'"))
