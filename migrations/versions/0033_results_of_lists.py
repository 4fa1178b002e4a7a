"""results of lists, sent to their units"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch_results",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_results_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch_results")),
    )
    op.add_column("batches", sa.Column("result_wanted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_batches_result_wanted",
        "batches",
        ["id"],
        unique=False,
        postgresql_where="result_wanted_at IS NOT NULL",
    )
    op.add_column("notices", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_notices_batch_id", "notices", ["batch_id"], unique=False, postgresql_where="batch_id IS NOT NULL"
    )
    op.create_foreign_key(op.f("fk_notices_batch_id"), "notices", "batches", ["batch_id"], ["id"], ondelete="CASCADE")


def downgrade() -> None:
    op.drop_constraint(op.f("fk_notices_batch_id"), "notices", type_="foreignkey")
    op.drop_index("ix_notices_batch_id", table_name="notices", postgresql_where="batch_id IS NOT NULL")
    op.drop_column("notices", "batch_id")
    op.drop_index("ix_batches_result_wanted", table_name="batches", postgresql_where="result_wanted_at IS NOT NULL")
    op.drop_column("batches", "result_wanted_at")
    op.drop_table("batch_results")
