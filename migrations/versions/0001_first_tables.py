"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "machine_clients",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_clients")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_machine_clients_key_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_machine_clients_name")),
    )
    op.create_table(
        "offices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "root", "province", "district", name="officekind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["offices.id"], name=op.f("fk_offices_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offices")),
        sa.UniqueConstraint("code", name=op.f("uq_offices_code")),
    )
    op.create_index("ix_offices_folded_name", "offices", ["folded_name"], unique=False)
    op.create_index(op.f("ix_offices_parent_id"), "offices", ["parent_id"], unique=False)
    op.create_index(
        "ix_offices_path_prefix", "offices", ["path"], unique=False, postgresql_ops={"path": "text_pattern_ops"}
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index(op.f("ix_sign_in_failures_at"), "sign_in_failures", ["at"], unique=False)
    op.create_index("ix_sign_in_failures_counted", "sign_in_failures", ["key_hash", "at"], unique=False)
    op.create_table(
        "trail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "sign_in",
                "sign_in_failed",
                "sign_out",
                "lock",
                "unlock",
                "unlock_failed",
                "declare",
                "search",
                "queue",
                "review",
                "photo",
                "form01",
                "claim",
                "release",
                "present",
                "approve",
                "reject",
                "withdraw",
                "expire",
                "supplement",
                "escalate",
                "account_open",
                "notice_failed",
                "status_read",
                name="trailevent",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "officer",
                "client",
                "citizen",
                "system",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("declaration_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail")),
    )
    op.create_index(op.f("ix_trail_at"), "trail", ["at"], unique=False)
    op.create_index("ix_trail_declaration", "trail", ["declaration_id", "at"], unique=False)
    op.create_index("ix_trail_officer", "trail", ["actor_id", "at"], unique=False)
    op.create_index("ix_trail_subject", "trail", ["subject_hash", "at"], unique=False)
    op.create_table(
        "officers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "reception",
                "supervisor",
                "auditor",
                "hotline",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_officers_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
        sa.UniqueConstraint("username", name=op.f("uq_officers_username")),
    )
    op.create_index(op.f("ix_officers_office_id"), "officers", ["office_id"], unique=False)
    op.create_table(
        "tombstones",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("declaration_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("register", "adjust", "stop", name="purpose", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "app", "portal", "list", "desk", name="channel", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("bhxh_code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_tombstones_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("declaration_id", name=op.f("uq_tombstones_declaration_id")),
    )
    op.create_index(op.f("ix_tombstones_bhxh_code_hash"), "tombstones", ["bhxh_code_hash"], unique=False)
    op.create_index(op.f("ix_tombstones_id_number_hash"), "tombstones", ["id_number_hash"], unique=False)
    op.create_index(op.f("ix_tombstones_receipt_code_hash"), "tombstones", ["receipt_code_hash"], unique=False)
    op.create_table(
        "declarations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("receipt_code", sa.Text(), nullable=False),
        sa.Column("form01_token", sa.Text(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("register", "adjust", "stop", name="purpose", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "approved",
                "rejected",
                "withdrawn",
                "expired",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "app", "portal", "list", "desk", name="channel", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("bhxh_code", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column(
            "name_words",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('simple'::regconfig, folded_name) || array_to_tsvector(string_to_array("
                "office_id::text || '_'::text || replace(trim(both from "
                "regexp_replace(folded_name, '[^[:alnum:]]+'::text, ' '::text, 'g'::text)), ' '::text, "
                "' '::text || office_id::text || '_'::text), ' '::text))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "id_type",
            sa.Enum(
                "citizen_id", "old_id", "passport", name="idtype", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("id_number", sa.Text(), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("ward_code", sa.Text(), nullable=False),
        sa.Column("address_line", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("send_form01_by_email", sa.Boolean(), nullable=False),
        sa.Column("population_db_verified", sa.Boolean(), nullable=False),
        sa.Column("guardian_bhxh_code", sa.Text(), nullable=True),
        sa.Column("contact_person", sa.Text(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column(
            "registered_at",
            sa.Enum("portal", "ivan", name="registeredat", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("submission_method", sa.Text(), nullable=True),
        sa.Column("consent_wording", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("presented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("presented_to_id", sa.BigInteger(), nullable=True),
        sa.Column("supplement_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supplement_note", sa.Text(), nullable=True),
        sa.Column("supplement_by_id", sa.BigInteger(), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_note", sa.Text(), nullable=True),
        sa.Column("escalated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rejected_note", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(status = 'submitted') = (decided_at IS NULL)", name=op.f("ck_declarations_decided_once")),
        sa.CheckConstraint(
            "presented_at IS NULL OR expires_at IS NULL OR supplement_at IS NOT NULL",
            name=op.f("ck_declarations_clock_stopped"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["machine_clients.id"], name=op.f("fk_declarations_client_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["officers.id"], name=op.f("fk_declarations_decided_by_id")),
        sa.ForeignKeyConstraint(["escalated_by_id"], ["officers.id"], name=op.f("fk_declarations_escalated_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_declarations_office_id")),
        sa.ForeignKeyConstraint(["presented_to_id"], ["officers.id"], name=op.f("fk_declarations_presented_to_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["declarations.id"], name=op.f("fk_declarations_replaces_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["supplement_by_id"], ["officers.id"], name=op.f("fk_declarations_supplement_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declarations")),
        sa.UniqueConstraint("form01_token", name=op.f("uq_declarations_form01_token")),
        sa.UniqueConstraint("receipt_code", name=op.f("uq_declarations_receipt_code")),
    )
    op.create_index("ix_declarations_bhxh_code", "declarations", ["bhxh_code"], unique=False)
    op.create_index("ix_declarations_decided", "declarations", ["office_id", "status", "decided_at"], unique=False)
    op.create_index(
        "ix_declarations_due",
        "declarations",
        ["expires_at"],
        unique=False,
        postgresql_where="status = 'submitted' AND expires_at IS NOT NULL",
    )
    op.create_index("ix_declarations_id_number", "declarations", ["id_number"], unique=False)
    op.create_index("ix_declarations_name", "declarations", ["name_words"], unique=False, postgresql_using="gin")
    op.create_index("ix_declarations_phone", "declarations", ["phone"], unique=False)
    op.create_index(
        "ix_declarations_replaces",
        "declarations",
        ["replaces_id"],
        unique=False,
        postgresql_where="replaces_id IS NOT NULL",
    )
    op.create_index(
        "ix_declarations_queue",
        "declarations",
        ["office_id", sa.text("COALESCE(expires_at, '9999-01-01 00:00:00+00'::timestamp with time zone)"), "id"],
        unique=False,
        postgresql_where="status = 'submitted'",
    )
    op.create_table(
        "known_devices",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_known_devices_officer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", "officer_id", name=op.f("pk_known_devices")),
    )
    op.create_table(
        "officer_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_officer_sessions_officer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_officer_sessions")),
    )
    op.create_index(op.f("ix_officer_sessions_active_at"), "officer_sessions", ["active_at"], unique=False)
    op.create_index(
        "uq_officer_sessions_one_open",
        "officer_sessions",
        ["officer_id"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bhxh_code", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column(
            "id_type",
            sa.Enum(
                "citizen_id", "old_id", "passport", name="idtype", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("id_number", sa.Text(), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("ward_code", sa.Text(), nullable=False),
        sa.Column("address_line", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "issued",
                "active",
                "locked",
                "closed",
                name="accountstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("declaration_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name=op.f("fk_accounts_declaration_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_accounts_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("declaration_id", name=op.f("uq_accounts_declaration_id")),
    )
    op.create_index(op.f("ix_accounts_bhxh_code"), "accounts", ["bhxh_code"], unique=False)
    op.create_index(op.f("ix_accounts_id_number"), "accounts", ["id_number"], unique=False)
    op.create_index(op.f("ix_accounts_office_id"), "accounts", ["office_id"], unique=False)
    op.create_index(op.f("ix_accounts_phone"), "accounts", ["phone"], unique=False)
    op.create_table(
        "claims",
        sa.Column("declaration_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name=op.f("fk_claims_declaration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_claims_officer_id")),
        sa.PrimaryKeyConstraint("declaration_id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_officer_id"), "claims", ["officer_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("declaration_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["machine_clients.id"], name=op.f("fk_idempotency_keys_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name=op.f("fk_idempotency_keys_declaration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_index(op.f("ix_idempotency_keys_declaration_id"), "idempotency_keys", ["declaration_id"], unique=False)
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("declaration_id", sa.BigInteger(), nullable=False),
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
        sa.Column("citizen_card", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("rotation", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name=op.f("fk_photos_declaration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index("uq_photos_declaration_kind", "photos", ["declaration_id", "kind"], unique=True)
    op.create_table(
        "account_holds",
        sa.Column(
            "kind",
            sa.Enum("phone", "code", name="holdkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_holds_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_account_holds")),
    )
    op.create_index(op.f("ix_account_holds_account_id"), "account_holds", ["account_id"], unique=False)
    op.create_table(
        "credential_issues",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_credential_issues_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_issues")),
    )
    op.create_index("uq_credential_issues_number", "credential_issues", ["account_id", "number"], unique=True)
    op.create_table(
        "credential_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["credential_issues.id"], name=op.f("fk_credential_attempts_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_attempts")),
    )
    op.create_index(op.f("ix_credential_attempts_issue_id"), "credential_attempts", ["issue_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "received",
                "form01",
                "reminder",
                "approved",
                "rejected",
                "supplement",
                "reset",
                name="noticekind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("sms", "email", name="noticechannel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("attach_form01", sa.Boolean(), nullable=False),
        sa.Column("declaration_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("credential_issue_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "delivered",
                "failed",
                "cancelled",
                "unknown",
                name="noticestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notices_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["credential_issue_id"],
            ["credential_issues.id"],
            name=op.f("fk_notices_credential_issue_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name=op.f("fk_notices_declaration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_account_id"), "notices", ["account_id"], unique=False)
    op.create_index(op.f("ix_notices_credential_issue_id"), "notices", ["credential_issue_id"], unique=False)
    op.create_index(op.f("ix_notices_declaration_id"), "notices", ["declaration_id"], unique=False)
    op.create_index(
        "ix_notices_due", "notices", ["lane", "next_try_at", "id"], unique=False, postgresql_where="status = 'queued'"
    )
    op.create_index(op.f("ix_notices_gateway_id"), "notices", ["gateway_id"], unique=False)
    op.create_index(
        "ix_notices_leased", "notices", ["lease_until"], unique=False, postgresql_where="status = 'sending'"
    )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the table % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER trail_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trail "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # Rows of these live for minutes: keep them from bloating, and keep the planner's picture of the queue fresh.
    op.execute("ALTER TABLE claims SET (autovacuum_vacuum_scale_factor = 0.01, fillfactor = 70)")
    op.execute("ALTER TABLE notices SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80)")


def downgrade() -> None:
    op.drop_index("ix_notices_leased", table_name="notices", postgresql_where="status = 'sending'")
    op.drop_index(op.f("ix_notices_gateway_id"), table_name="notices")
    op.drop_index("ix_notices_due", table_name="notices", postgresql_where="status = 'queued'")
    op.drop_index(op.f("ix_notices_declaration_id"), table_name="notices")
    op.drop_index(op.f("ix_notices_credential_issue_id"), table_name="notices")
    op.drop_index(op.f("ix_notices_account_id"), table_name="notices")
    op.drop_table("notices")
    op.drop_index(op.f("ix_credential_attempts_issue_id"), table_name="credential_attempts")
    op.drop_table("credential_attempts")
    op.drop_index("uq_credential_issues_number", table_name="credential_issues")
    op.drop_table("credential_issues")
    op.drop_index(op.f("ix_account_holds_account_id"), table_name="account_holds")
    op.drop_table("account_holds")
    op.drop_index("uq_photos_declaration_kind", table_name="photos")
    op.drop_table("photos")
    op.drop_index(op.f("ix_idempotency_keys_declaration_id"), table_name="idempotency_keys")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_claims_officer_id"), table_name="claims")
    op.drop_table("claims")
    op.drop_index(op.f("ix_accounts_phone"), table_name="accounts")
    op.drop_index(op.f("ix_accounts_office_id"), table_name="accounts")
    op.drop_index(op.f("ix_accounts_id_number"), table_name="accounts")
    op.drop_index(op.f("ix_accounts_bhxh_code"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_index("uq_officer_sessions_one_open", table_name="officer_sessions", postgresql_where="ended_at IS NULL")
    op.drop_index(op.f("ix_officer_sessions_active_at"), table_name="officer_sessions")
    op.drop_table("officer_sessions")
    op.drop_table("known_devices")
    op.drop_index("ix_declarations_queue", table_name="declarations", postgresql_where="status = 'submitted'")
    op.drop_index(
        "ix_declarations_replaces", table_name="declarations", postgresql_where="replaces_id IS NOT NULL"
    )
    op.drop_index("ix_declarations_phone", table_name="declarations")
    op.drop_index("ix_declarations_name", table_name="declarations", postgresql_using="gin")
    op.drop_index("ix_declarations_id_number", table_name="declarations")
    op.drop_index(
        "ix_declarations_due",
        table_name="declarations",
        postgresql_where="status = 'submitted' AND expires_at IS NOT NULL",
    )
    op.drop_index("ix_declarations_decided", table_name="declarations")
    op.drop_index("ix_declarations_bhxh_code", table_name="declarations")
    op.drop_table("declarations")
    op.drop_index(op.f("ix_tombstones_receipt_code_hash"), table_name="tombstones")
    op.drop_index(op.f("ix_tombstones_id_number_hash"), table_name="tombstones")
    op.drop_index(op.f("ix_tombstones_bhxh_code_hash"), table_name="tombstones")
    op.drop_table("tombstones")
    op.drop_index(op.f("ix_officers_office_id"), table_name="officers")
    op.drop_table("officers")
    op.drop_index("ix_trail_subject", table_name="trail")
    op.drop_index("ix_trail_officer", table_name="trail")
    op.drop_index("ix_trail_declaration", table_name="trail")
    op.drop_index(op.f("ix_trail_at"), table_name="trail")
    op.drop_table("trail")
    op.drop_index("ix_sign_in_failures_counted", table_name="sign_in_failures")
    op.drop_index(op.f("ix_sign_in_failures_at"), table_name="sign_in_failures")
    op.drop_table("sign_in_failures")
    op.drop_index("ix_offices_path_prefix", table_name="offices", postgresql_ops={"path": "text_pattern_ops"})
    op.drop_index(op.f("ix_offices_parent_id"), table_name="offices")
    op.drop_index("ix_offices_folded_name", table_name="offices")
    op.drop_table("offices")
    op.drop_table("machine_clients")
    op.execute("DROP FUNCTION refuse_change")
