"""what is asked for of a list, and the second pair of eyes"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BEFORE = ("pending", "ok", "fault", "taken_out", "applied", "refused", "skipped")


def upgrade() -> None:
    _states((*_BEFORE, "to_apply"))
    op.add_column("batches", sa.Column("asked_by_id", sa.BigInteger(), nullable=True))
    op.add_column("batches", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("batches", sa.Column("second_note", sa.Text(), nullable=True))
    op.add_column("batches", sa.Column("alone", sa.BigInteger(), server_default="0", nullable=False))
    op.create_foreign_key(op.f("fk_batches_asked_by_id"), "batches", "officers", ["asked_by_id"], ["id"])
    op.create_index(
        "ix_batches_applying", "batches", ["id"], unique=False, postgresql_where=sa.text("stage = 'applying'")
    )


def downgrade() -> None:
    op.drop_index("ix_batches_applying", table_name="batches", postgresql_where=sa.text("stage = 'applying'"))
    op.drop_constraint(op.f("fk_batches_asked_by_id"), "batches", type_="foreignkey")
    for column in ("alone", "second_note", "asked_at", "asked_by_id"):
        op.drop_column("batches", column)
    op.execute("UPDATE batch_rows SET state = 'ok' WHERE state = 'to_apply'")
    _states(_BEFORE)


def _states(states: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_batch_rows_rowstate"), "batch_rows", type_="check")
    listed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f("ck_batch_rows_rowstate"), "batch_rows", f"state IN ({listed})")
