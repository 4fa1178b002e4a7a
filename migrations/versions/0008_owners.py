"""accounts signed in to, and the hotline"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_at"), "attempts", ["at"], unique=False)
    op.create_index("ix_attempts_counted", "attempts", ["key_hash", "at"], unique=False)
    op.create_table(
        "announced_calls",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["machine_clients.id"], name=op.f("fk_announced_calls_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_announced_calls")),
    )
    op.create_index(op.f("ix_announced_calls_at"), "announced_calls", ["at"], unique=False)
    op.create_table(
        "account_devices",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("device_hash", sa.LargeBinary(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_devices_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "device_hash", name=op.f("pk_account_devices")),
    )
    op.create_index(op.f("ix_account_devices_seen_at"), "account_devices", ["seen_at"], unique=False)
    op.create_table(
        "account_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("app", "web", name="sessionkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("device_hash", sa.LargeBinary(), nullable=False),
        sa.Column("access_hash", sa.LargeBinary(), nullable=False),
        sa.Column("access_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=True),
        sa.Column("used_refresh_hash", sa.LargeBinary(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_sessions")),
        sa.UniqueConstraint("access_hash", name=op.f("uq_account_sessions_access_hash")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_account_sessions_refresh_hash")),
    )
    op.create_index(op.f("ix_account_sessions_account_id"), "account_sessions", ["account_id"], unique=False)
    op.create_index(op.f("ix_account_sessions_ended_at"), "account_sessions", ["ended_at"], unique=False)
    op.create_index(
        op.f("ix_account_sessions_used_refresh_hash"), "account_sessions", ["used_refresh_hash"], unique=False
    )
    op.create_index(
        "uq_account_sessions_one_open",
        "account_sessions",
        ["account_id"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "reset_then_device",
                "many_resets",
                "many_misses",
                "guessed_at",
                name="alarmkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_alarms_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["client_id"], ["machine_clients.id"], name=op.f("fk_alarms_client_id")),
        sa.ForeignKeyConstraint(["handled_by_id"], ["officers.id"], name=op.f("fk_alarms_handled_by_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_alarms_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(op.f("ix_alarms_account_id"), "alarms", ["account_id"], unique=False)
    op.create_index("ix_alarms_open", "alarms", ["id"], unique=False, postgresql_where="handled_at IS NULL")
    op.create_table(
        "authenticators",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_authenticators_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_authenticators")),
    )
    op.create_table(
        "former_passwords",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_former_passwords_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_passwords")),
    )
    op.create_index("ix_former_passwords_account", "former_passwords", ["account_id", "id"], unique=False)
    op.create_table(
        "hotline_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched", sa.Boolean(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "forgot_password",
                "no_message",
                "locked_out",
                "declaration",
                "phone_lost",
                "fraud",
                "other",
                name="callreason",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("acts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_hotline_calls_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_hotline_calls_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_calls")),
    )
    op.create_index(op.f("ix_hotline_calls_at"), "hotline_calls", ["at"], unique=False)
    op.create_index("ix_hotline_calls_officer", "hotline_calls", ["officer_id", "at"], unique=False)
    op.create_table(
        "wrong_tries",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_wrong_tries_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_wrong_tries")),
    )
    op.create_index(op.f("ix_wrong_tries_account_id"), "wrong_tries", ["account_id"], unique=False)
    op.create_index(op.f("ix_wrong_tries_last_at"), "wrong_tries", ["last_at"], unique=False)
    op.create_table(
        "spoken_resets",
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("call_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_spoken_resets_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["machine_clients.id"], name=op.f("fk_spoken_resets_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["credential_issues.id"], name=op.f("fk_spoken_resets_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "call_hash", name=op.f("pk_spoken_resets")),
    )
    op.create_index(op.f("ix_spoken_resets_account_id"), "spoken_resets", ["account_id"], unique=False)
    op.create_index(op.f("ix_spoken_resets_at"), "spoken_resets", ["at"], unique=False)
    op.add_column("accounts", sa.Column("password_reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "accounts",
        sa.Column(
            "lock_reason",
            sa.Enum("wrong_approval", "owner_asked", "suspicion", name="lockreason", native_enum=False, length=32),
            nullable=True,
        ),
    )
    op.add_column("accounts", sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("must_update_phone", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("accounts", sa.Column("email_confirmed", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("guardian_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_accounts_guardian_id"), "accounts", ["guardian_id"], unique=False)
    op.create_foreign_key(op.f("fk_accounts_guardian_id"), "accounts", "accounts", ["guardian_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_accounts_guardian_id"), "accounts", type_="foreignkey")
    op.drop_index(op.f("ix_accounts_guardian_id"), table_name="accounts")
    op.drop_column("accounts", "guardian_id")
    op.drop_column("accounts", "email_confirmed")
    op.drop_column("accounts", "must_update_phone")
    op.drop_column("accounts", "closed_at")
    op.drop_column("accounts", "locked_at")
    op.drop_column("accounts", "lock_reason")
    op.drop_column("accounts", "password_reminded_at")
    op.drop_index(op.f("ix_spoken_resets_at"), table_name="spoken_resets")
    op.drop_index(op.f("ix_spoken_resets_account_id"), table_name="spoken_resets")
    op.drop_table("spoken_resets")
    op.drop_index(op.f("ix_wrong_tries_last_at"), table_name="wrong_tries")
    op.drop_index(op.f("ix_wrong_tries_account_id"), table_name="wrong_tries")
    op.drop_table("wrong_tries")
    op.drop_index("ix_hotline_calls_officer", table_name="hotline_calls")
    op.drop_index(op.f("ix_hotline_calls_at"), table_name="hotline_calls")
    op.drop_table("hotline_calls")
    op.drop_index("ix_former_passwords_account", table_name="former_passwords")
    op.drop_table("former_passwords")
    op.drop_table("authenticators")
    op.drop_index("ix_alarms_open", table_name="alarms", postgresql_where="handled_at IS NULL")
    op.drop_index(op.f("ix_alarms_account_id"), table_name="alarms")
    op.drop_table("alarms")
    op.drop_index("uq_account_sessions_one_open", table_name="account_sessions", postgresql_where="ended_at IS NULL")
    op.drop_index(op.f("ix_account_sessions_used_refresh_hash"), table_name="account_sessions")
    op.drop_index(op.f("ix_account_sessions_ended_at"), table_name="account_sessions")
    op.drop_index(op.f("ix_account_sessions_account_id"), table_name="account_sessions")
    op.drop_table("account_sessions")
    op.drop_index(op.f("ix_account_devices_seen_at"), table_name="account_devices")
    op.drop_table("account_devices")
    op.drop_index(op.f("ix_announced_calls_at"), table_name="announced_calls")
    op.drop_table("announced_calls")
    op.drop_index("ix_attempts_counted", table_name="attempts")
    op.drop_index(op.f("ix_attempts_at"), table_name="attempts")
    op.drop_table("attempts")
