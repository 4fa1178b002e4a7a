"""smartotp closes after wrong codes"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authenticators", sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("authenticators", "closed_until")
