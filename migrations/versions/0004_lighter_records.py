"""records of what is over cost less to write: no index that nobody reads by, no key proven twice"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("fk_tombstones_office_id"), "tombstones", type_="foreignkey")
    op.drop_constraint(op.f("pk_tombstones"), "tombstones", type_="primary")
    op.drop_constraint(op.f("uq_tombstones_declaration_id"), "tombstones", type_="unique")
    op.create_primary_key(op.f("pk_tombstones"), "tombstones", ["declaration_id"])
    op.drop_column("tombstones", "id")
    op.drop_index(op.f("ix_trail_at"), table_name="trail")
    op.create_index("ix_trail_at", "trail", ["at"], postgresql_using="brin")
    op.drop_index("ix_trail_officer", table_name="trail")
    op.create_index(
        "ix_trail_officer", "trail", ["actor_id", "at"], postgresql_where=sa.text("actor_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_trail_officer", table_name="trail")
    op.create_index("ix_trail_officer", "trail", ["actor_id", "at"])
    op.drop_index("ix_trail_at", table_name="trail", postgresql_using="brin")
    op.create_index(op.f("ix_trail_at"), "trail", ["at"])
    op.add_column("tombstones", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    op.drop_constraint(op.f("pk_tombstones"), "tombstones", type_="primary")
    op.create_primary_key(op.f("pk_tombstones"), "tombstones", ["id"])
    op.create_unique_constraint(op.f("uq_tombstones_declaration_id"), "tombstones", ["declaration_id"])
    op.create_foreign_key(op.f("fk_tombstones_office_id"), "tombstones", "offices", ["office_id"], ["id"])
