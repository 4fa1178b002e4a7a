"""tombstones and closed accounts whose term is over go by functions of the owner: the application may not delete them"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# They run as the owner of the tables. The bounds are the fewest days of the settings: nothing younger goes, whoever asks.
_TOMBSTONES = """
CREATE FUNCTION retention_forget_tombstones(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM tombstones WHERE declaration_id IN (
    SELECT declaration_id FROM tombstones
    WHERE declaration_id = ANY (ids) AND deleted_at < now() - interval '30 days' FOR UPDATE SKIP LOCKED
  ) RETURNING declaration_id
$$
"""
_ACCOUNTS = """
CREATE FUNCTION retention_forget_accounts(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM accounts
  WHERE id = ANY (ids) AND status = 'closed' AND closed_at < now() - interval '30 days' RETURNING id
$$
"""


def upgrade() -> None:
    op.execute(_TOMBSTONES)
    op.execute(_ACCOUNTS)
    op.execute("REVOKE EXECUTE ON FUNCTION retention_forget_tombstones(bigint[]) FROM PUBLIC")
    op.execute("REVOKE EXECUTE ON FUNCTION retention_forget_accounts(bigint[]) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION retention_forget_accounts(bigint[])")
    op.execute("DROP FUNCTION retention_forget_tombstones(bigint[])")
