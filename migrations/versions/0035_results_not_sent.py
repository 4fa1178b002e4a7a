"""results not sent"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("result_fault", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("batches", "result_fault")
