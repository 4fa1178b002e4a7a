"""offices with wards, history and merges; links, recovery codes and second offices of officers; keys of machines"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from backoffice.identity.names import fold

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_wards",
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("ward_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_office_wards_office_id")),
        sa.PrimaryKeyConstraint("office_id", "ward_code", name=op.f("pk_office_wards")),
    )
    op.create_index(op.f("ix_office_wards_ward_code"), "office_wards", ["ward_code"], unique=False)
    op.create_table(
        "client_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["machine_clients.id"], name=op.f("fk_client_keys_client_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["officers.id"], name=op.f("fk_client_keys_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_client_keys_key_hash")),
    )
    op.create_index(op.f("ix_client_keys_client_id"), "client_keys", ["client_id"], unique=False)
    op.create_table(
        "import_drafts",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_import_drafts_officer_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_import_drafts")),
    )
    op.create_index(op.f("ix_import_drafts_created_at"), "import_drafts", ["created_at"], unique=False)
    op.create_table(
        "office_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=True),
        sa.Column("new_value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_office_changes_office_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_office_changes_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_changes")),
    )
    op.create_index("ix_office_changes_office", "office_changes", ["office_id", "at"], unique=False)
    op.create_table(
        "office_merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("successor_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_declarations", sa.BigInteger(), nullable=True),
        sa.Column("moved_officers", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_office_merges_office_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_office_merges_officer_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["offices.id"], name=op.f("fk_office_merges_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_merges")),
    )
    op.create_index(
        "uq_office_merges_open",
        "office_merges",
        ["office_id"],
        unique=True,
        postgresql_where="done_at IS NULL AND cancelled_at IS NULL",
    )
    op.create_table(
        "officer_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["officers.id"], name=op.f("fk_officer_links_made_by_id")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_officer_links_officer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_officer_links")),
    )
    op.create_index(op.f("ix_officer_links_officer_id"), "officer_links", ["officer_id"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_recovery_codes_officer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("officer_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "trail_alarms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("out_of_hours", "mass_lookup", name="trailalarmkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("handled_note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["handled_by_id"], ["officers.id"], name=op.f("fk_trail_alarms_handled_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_trail_alarms_office_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_trail_alarms_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_alarms")),
        sa.UniqueConstraint(
            "kind", "officer_id", "office_id", "day", name=op.f("uq_trail_alarms_kind_officer_id_office_id_day")
        ),
    )
    op.create_index(
        "ix_trail_alarms_open", "trail_alarms", ["office_id", "id"], unique=False, postgresql_where="handled_at IS NULL"
    )
    op.create_table(
        "opened_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("declaration_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum("citizen_here", "complaint", "check", "other", name="openreason", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name=op.f("fk_opened_files_declaration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_opened_files_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opened_files")),
    )
    op.create_index(op.f("ix_opened_files_declaration_id"), "opened_files", ["declaration_id"], unique=False)
    op.create_index("ix_opened_files_officer", "opened_files", ["officer_id", "declaration_id", "at"], unique=False)
    op.add_column(
        "known_devices",
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("known_devices", sa.Column("agent", sa.Text(), nullable=True))
    op.add_column("known_devices", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("known_devices", sa.Column("is_news", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("known_devices", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("known_devices", sa.Column("wrong_codes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("machine_clients", sa.Column("contact", sa.Text(), nullable=True))
    op.add_column(
        "machine_clients", sa.Column("office_codes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.add_column("machine_clients", sa.Column("rate", sa.BigInteger(), server_default="6000", nullable=False))
    op.execute(
        "INSERT INTO client_keys (client_id, key_hash, created_at, ends_at) "
        "SELECT id, key_hash, created_at, disabled_at FROM machine_clients"
    )
    op.drop_constraint(op.f("uq_machine_clients_key_hash"), "machine_clients", type_="unique")
    op.drop_column("machine_clients", "key_hash")
    op.add_column("officer_sessions", sa.Column("office_id", sa.BigInteger(), nullable=True))
    op.add_column("officer_sessions", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("officer_sessions", sa.Column("agent", sa.Text(), nullable=True))
    op.add_column("officer_sessions", sa.Column("device_hash", sa.LargeBinary(), nullable=True))
    op.add_column("officer_sessions", sa.Column("has_news", sa.Boolean(), server_default="false", nullable=False))
    op.create_index("ix_officer_sessions_officer", "officer_sessions", ["officer_id", "created_at"], unique=False)
    op.create_index(op.f("ix_known_devices_officer_id"), "known_devices", ["officer_id"], unique=False)
    op.create_foreign_key(op.f("fk_officer_sessions_office_id"), "officer_sessions", "offices", ["office_id"], ["id"])
    op.add_column("officers", sa.Column("email", sa.Text(), nullable=True))
    op.add_column("officers", sa.Column("second_office_id", sa.BigInteger(), nullable=True))
    op.add_column("officers", sa.Column("second_until", sa.Date(), nullable=True))
    op.add_column("officers", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "officers",
        sa.Column(
            "disabled_reason",
            sa.Enum("by_hand", "unused", name="disabledreason", native_enum=False, length=32),
            nullable=True,
        ),
    )
    op.add_column("officers", sa.Column("enabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("officers", sa.Column("wrong_codes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("officers", sa.Column("untold_codes", sa.BigInteger(), server_default="0", nullable=False))
    _begin_counting()
    _fold_names()
    op.create_index(op.f("ix_officers_second_office_id"), "officers", ["second_office_id"], unique=False)
    op.create_foreign_key(op.f("fk_officers_second_office_id"), "officers", "offices", ["second_office_id"], ["id"])
    op.add_column("offices", sa.Column("latitude", sa.Double(), nullable=True))
    op.add_column("offices", sa.Column("longitude", sa.Double(), nullable=True))
    op.add_column("offices", sa.Column("successor_id", sa.BigInteger(), nullable=True))
    op.add_column("offices", sa.Column("former_path", sa.Text(), nullable=True))
    op.create_index(op.f("ix_offices_successor_id"), "offices", ["successor_id"], unique=False)
    op.create_foreign_key(op.f("fk_offices_successor_id"), "offices", "offices", ["successor_id"], ["id"])


def _begin_counting() -> None:
    """Let the days without use count from this upgrade: who worked here before was not watched, and is not unused."""
    op.execute(
        "UPDATE officers SET enabled_at = CASE WHEN disabled_at IS NULL THEN now() END, "
        "last_seen_at = (SELECT max(active_at) FROM officer_sessions WHERE officer_id = officers.id)"
    )


def _fold_names() -> None:
    op.add_column("officers", sa.Column("folded_name", sa.Text(), nullable=True))
    here = op.get_bind()
    for number, name in here.execute(sa.text("SELECT id, full_name FROM officers")).all():
        given = {"id": number, "folded": fold(name)}
        here.execute(sa.text("UPDATE officers SET folded_name = :folded WHERE id = :id"), given)
    op.alter_column("officers", "folded_name", nullable=False)


def downgrade() -> None:
    op.drop_constraint(op.f("fk_offices_successor_id"), "offices", type_="foreignkey")
    op.drop_index(op.f("ix_offices_successor_id"), table_name="offices")
    op.drop_column("offices", "former_path")
    op.drop_column("offices", "successor_id")
    op.drop_column("offices", "longitude")
    op.drop_column("offices", "latitude")
    op.drop_constraint(op.f("fk_officers_second_office_id"), "officers", type_="foreignkey")
    op.drop_index(op.f("ix_officers_second_office_id"), table_name="officers")
    op.drop_column("officers", "folded_name")
    op.drop_column("officers", "untold_codes")
    op.drop_column("officers", "wrong_codes")
    op.drop_column("officers", "enabled_at")
    op.drop_column("officers", "disabled_reason")
    op.drop_column("officers", "last_seen_at")
    op.drop_column("officers", "second_until")
    op.drop_column("officers", "second_office_id")
    op.drop_column("officers", "email")
    op.drop_constraint(op.f("fk_officer_sessions_office_id"), "officer_sessions", type_="foreignkey")
    op.drop_index(op.f("ix_known_devices_officer_id"), table_name="known_devices")
    op.drop_index("ix_officer_sessions_officer", table_name="officer_sessions")
    op.drop_column("officer_sessions", "has_news")
    op.drop_column("officer_sessions", "device_hash")
    op.drop_column("officer_sessions", "agent")
    op.drop_column("officer_sessions", "address")
    op.drop_column("officer_sessions", "office_id")
    op.add_column("machine_clients", sa.Column("key_hash", sa.LargeBinary(), nullable=True))
    op.execute(
        "UPDATE machine_clients SET key_hash = (SELECT key_hash FROM client_keys WHERE client_id = machine_clients.id "
        "ORDER BY ends_at IS NULL DESC, id DESC LIMIT 1)"
    )
    op.alter_column("machine_clients", "key_hash", nullable=False)
    op.create_unique_constraint(op.f("uq_machine_clients_key_hash"), "machine_clients", ["key_hash"])
    op.drop_column("machine_clients", "rate")
    op.drop_column("machine_clients", "office_codes")
    op.drop_column("machine_clients", "contact")
    op.drop_column("known_devices", "wrong_codes")
    op.drop_column("known_devices", "forgotten_at")
    op.drop_column("known_devices", "is_news")
    op.drop_column("known_devices", "told_at")
    op.drop_column("known_devices", "agent")
    op.drop_column("known_devices", "first_seen_at")
    op.drop_index("ix_opened_files_officer", table_name="opened_files")
    op.drop_index(op.f("ix_opened_files_declaration_id"), table_name="opened_files")
    op.drop_table("opened_files")
    op.drop_index("ix_trail_alarms_open", table_name="trail_alarms", postgresql_where="handled_at IS NULL")
    op.drop_table("trail_alarms")
    op.drop_table("recovery_codes")
    op.drop_index(op.f("ix_officer_links_officer_id"), table_name="officer_links")
    op.drop_table("officer_links")
    op.drop_index(
        "uq_office_merges_open", table_name="office_merges", postgresql_where="done_at IS NULL AND cancelled_at IS NULL"
    )
    op.drop_table("office_merges")
    op.drop_index("ix_office_changes_office", table_name="office_changes")
    op.drop_table("office_changes")
    op.drop_index(op.f("ix_import_drafts_created_at"), table_name="import_drafts")
    op.drop_table("import_drafts")
    op.drop_index(op.f("ix_client_keys_client_id"), table_name="client_keys")
    op.drop_table("client_keys")
    op.drop_index(op.f("ix_office_wards_ward_code"), table_name="office_wards")
    op.drop_table("office_wards")
