"""how often a message's sender went silent with it"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("lost", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("notices", "lost")
