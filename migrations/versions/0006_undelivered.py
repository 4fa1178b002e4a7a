"""messages that do not arrive and what is done about them, gateways, receipts, one-time codes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gateway_minutes",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("down", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "minute", name=op.f("pk_gateway_minutes")),
    )
    op.create_table(
        "gateways",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("faults", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_times", sa.BigInteger(), nullable=False),
        sa.Column("trial_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gateways")),
    )
    op.create_table(
        "stray_receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=True),
        sa.Column("arrived", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stray_receipts")),
    )
    op.create_index(op.f("ix_stray_receipts_at"), "stray_receipts", ["at"], unique=False)
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("hashes", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_one_time_codes_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
    )
    op.create_index(op.f("ix_one_time_codes_account_id"), "one_time_codes", ["account_id"], unique=False)
    op.create_table(
        "call_backs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_call_backs_notice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_call_backs_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
    )
    op.create_index(op.f("ix_call_backs_notice_id"), "call_backs", ["notice_id"], unique=False)
    op.add_column("notices", sa.Column("office_id", sa.BigInteger(), nullable=True))
    op.add_column("notices", sa.Column("one_time_code_id", sa.BigInteger(), nullable=True))
    op.add_column("notices", sa.Column("gateway", sa.Text(), nullable=True))
    op.add_column(
        "notices",
        sa.Column(
            "handling",
            sa.Enum("resent", "given_up", name="handling", native_enum=False, length=32),
            nullable=True,
        ),
    )
    op.add_column("notices", sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("handled_by_id", sa.BigInteger(), nullable=True))
    op.add_column("notices", sa.Column("handled_note", sa.Text(), nullable=True))
    op.execute(
        "UPDATE notices SET office_id = coalesce((SELECT office_id FROM declarations d WHERE d.id = declaration_id), "
        "(SELECT office_id FROM accounts a WHERE a.id = account_id))"
    )
    op.execute("UPDATE notices SET lane = 'bulk' WHERE kind = 'reminder' AND status IN ('queued', 'sending')")
    op.create_index(
        "ix_notices_awaited",
        "notices",
        ["sent_at"],
        unique=False,
        postgresql_where="status = 'sent' AND channel = 'sms'",
    )
    for column in ("account_id", "credential_issue_id", "gateway_id"):
        op.drop_index(f"ix_notices_{column}", table_name="notices")
    for column in ("account_id", "credential_issue_id", "one_time_code_id", "gateway_id"):
        op.create_index(f"ix_notices_{column}", "notices", [column], postgresql_where=sa.text(f"{column} IS NOT NULL"))
    op.create_index(op.f("ix_notices_recipient"), "notices", ["recipient"], unique=False)
    op.create_index(
        "ix_notices_undelivered",
        "notices",
        ["office_id", "id"],
        unique=False,
        postgresql_where="status IN ('failed', 'unknown') AND handled_at IS NULL",
    )
    op.create_foreign_key(op.f("fk_notices_handled_by_id"), "notices", "officers", ["handled_by_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_notices_one_time_code_id"),
        "notices",
        "one_time_codes",
        ["one_time_code_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(op.f("fk_notices_office_id"), "notices", "offices", ["office_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_notices_office_id"), "notices", type_="foreignkey")
    op.drop_constraint(op.f("fk_notices_one_time_code_id"), "notices", type_="foreignkey")
    op.drop_constraint(op.f("fk_notices_handled_by_id"), "notices", type_="foreignkey")
    op.drop_index(
        "ix_notices_undelivered",
        table_name="notices",
        postgresql_where="status IN ('failed', 'unknown') AND handled_at IS NULL",
    )
    op.drop_index(op.f("ix_notices_recipient"), table_name="notices")
    for column in ("account_id", "credential_issue_id", "one_time_code_id", "gateway_id"):
        op.drop_index(f"ix_notices_{column}", table_name="notices")
    for column in ("account_id", "credential_issue_id", "gateway_id"):
        op.create_index(f"ix_notices_{column}", "notices", [column])
    op.drop_index("ix_notices_awaited", table_name="notices", postgresql_where="status = 'sent' AND channel = 'sms'")
    op.drop_column("notices", "handled_note")
    op.drop_column("notices", "handled_by_id")
    op.drop_column("notices", "handled_at")
    op.drop_column("notices", "handling")
    op.drop_column("notices", "gateway")
    op.drop_column("notices", "one_time_code_id")
    op.drop_column("notices", "office_id")
    op.drop_index(op.f("ix_call_backs_notice_id"), table_name="call_backs")
    op.drop_table("call_backs")
    op.drop_index(op.f("ix_one_time_codes_account_id"), table_name="one_time_codes")
    op.drop_table("one_time_codes")
    op.drop_index(op.f("ix_stray_receipts_at"), table_name="stray_receipts")
    op.drop_table("stray_receipts")
    op.drop_table("gateways")
    op.drop_table("gateway_minutes")
