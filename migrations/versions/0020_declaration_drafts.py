"""declarations being filled in"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declaration_drafts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("register", "child", "adjust", "stop", name="draftkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("declaration_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_declaration_drafts_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_declaration_drafts_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_drafts")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_declaration_drafts_token_hash")),
    )
    op.create_index(op.f("ix_declaration_drafts_account_id"), "declaration_drafts", ["account_id"], unique=False)
    op.create_index(op.f("ix_declaration_drafts_touched_at"), "declaration_drafts", ["touched_at"], unique=False)
    op.create_table(
        "draft_photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
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
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_name", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("notes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("citizen_card", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_draft_photos_sized")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["declaration_drafts.id"], name=op.f("fk_draft_photos_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_photos")),
    )
    op.create_index("uq_draft_photos_draft_kind", "draft_photos", ["draft_id", "kind"], unique=True)


def downgrade() -> None:
    op.drop_table("draft_photos")
    op.drop_table("declaration_drafts")
