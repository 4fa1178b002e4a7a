"""former versions of declarations, links to declare again"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redeclare_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("declaration_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_redeclare_links")),
    )
    op.create_index(op.f("ix_redeclare_links_declaration_id"), "redeclare_links", ["declaration_id"], unique=False)
    op.create_table(
        "declaration_versions",
        sa.Column("declaration_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["declarations.id"],
            name=op.f("fk_declaration_versions_declaration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("declaration_id", "number", name=op.f("pk_declaration_versions")),
    )
    op.create_table(
        "version_photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("declaration_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
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
        sa.Column("rotation", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id", "number"],
            ["declaration_versions.declaration_id", "declaration_versions.number"],
            name="fk_version_photos_version",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_photos")),
    )
    op.create_index("uq_version_photos_kind", "version_photos", ["declaration_id", "number", "kind"], unique=True)
    op.add_column("declarations", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("declarations", "version")
    op.drop_index("uq_version_photos_kind", table_name="version_photos")
    op.drop_table("version_photos")
    op.drop_table("declaration_versions")
    op.drop_index(op.f("ix_redeclare_links_declaration_id"), table_name="redeclare_links")
    op.drop_table("redeclare_links")
