"""requests of people to be told what is held on them"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_OPEN = "answered_at IS NULL AND withdrawn_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "person_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "asker",
            sa.Enum("self", "guardian", name="asker", native_enum=False, length=32, create_constraint=True),
            nullable=False,
        ),
        sa.Column(
            "identified",
            sa.Enum("scanned", "seen", name="identified", native_enum=False, length=32, create_constraint=True),
            nullable=False,
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "withdrawn_reason",
            sa.Enum("taken_back", "mistake", name="withdrawnreason", native_enum=False, length=32),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_person_requests_office_id")),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["officers.id"], name=op.f("fk_person_requests_registered_by_id")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["officers.id"], name=op.f("fk_person_requests_answered_by_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["officers.id"], name=op.f("fk_person_requests_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_requests")),
        sa.UniqueConstraint(
            "office_id", "number", "received_on", name=op.f("uq_person_requests_office_id_number_received_on")
        ),
    )
    op.create_index("ix_person_requests_open", "person_requests", ["office_id", "due_on"], postgresql_where=_OPEN)
    op.create_index(op.f("ix_person_requests_subject_hash"), "person_requests", ["subject_hash"], unique=False)


def downgrade() -> None:
    op.drop_table("person_requests")
