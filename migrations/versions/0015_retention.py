"""what the retention deleted and when; what is left of an approved declaration; indexes for what is due"""

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None: ...


def downgrade() -> None: ...
