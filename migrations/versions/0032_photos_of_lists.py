"""zips and photos of lists"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch_archives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.LargeBinary(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_name", sa.Text(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("remarks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(wrapped_key IS NULL) = (taken_at IS NOT NULL)", name=op.f("ck_batch_archives_kept_until_taken")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_archives_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_archives")),
    )
    op.create_index("uq_batch_archives_file", "batch_archives", ["batch_id", "file_hash"], unique=True)
    op.create_table(
        "batch_photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("bhxh_code", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "portrait",
                "id_front",
                "id_back",
                "birth_certificate",
                name="photokind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_name", sa.Text(), nullable=True),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("notes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("citizen_card", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(refused IS NULL) = (wrapped_key IS NOT NULL)", name=op.f("ck_batch_photos_there_or_refused")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_photos_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_photos")),
    )
    op.create_index("uq_batch_photos_person_kind", "batch_photos", ["batch_id", "bhxh_code", "kind"], unique=True)
    op.add_column("batches", sa.Column("given_back", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("batches", "given_back")
    op.drop_index("uq_batch_photos_person_kind", table_name="batch_photos")
    op.drop_table("batch_photos")
    op.drop_index("uq_batch_archives_file", table_name="batch_archives")
    op.drop_table("batch_archives")
