"""who entered a declaration at the desk, and photos of drafts sent by phone"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_entries",
        sa.Column("declaration_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draw", sa.SmallInteger(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("is_objected", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("(checked_at IS NULL) = (checked_by_id IS NULL)", name=op.f("ck_desk_entries_checked_by")),
        sa.CheckConstraint(
            "checked_at IS NOT NULL OR NOT is_objected", name=op.f("ck_desk_entries_objected_when_checked")
        ),
        sa.ForeignKeyConstraint(["checked_by_id"], ["officers.id"], name=op.f("fk_desk_entries_checked_by_id")),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name=op.f("fk_desk_entries_declaration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_desk_entries_officer_id")),
        sa.PrimaryKeyConstraint("declaration_id", name=op.f("pk_desk_entries")),
    )
    op.create_index(
        "ix_desk_entries_approved",
        "desk_entries",
        ["approved_on", "officer_id"],
        unique=False,
        postgresql_where="approved_on IS NOT NULL",
    )
    op.create_table(
        "draft_photo_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
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
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["declaration_drafts.id"], name=op.f("fk_draft_photo_links_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_draft_photo_links")),
    )
    op.create_index(op.f("ix_draft_photo_links_draft_id"), "draft_photo_links", ["draft_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_draft_photo_links_draft_id"), table_name="draft_photo_links")
    op.drop_table("draft_photo_links")
    op.drop_index("ix_desk_entries_approved", table_name="desk_entries", postgresql_where="approved_on IS NOT NULL")
    op.drop_table("desk_entries")
