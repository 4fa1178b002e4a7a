"""An upgrade of a desk in use leaves everybody in who was in (migration 0011)."""

from __future__ import annotations

from tests.migrating import Elsewhere, elsewhere

__all__ = ["elsewhere"]

OFFICE = (
    "INSERT INTO offices (code, name, folded_name, short_name, kind, path, provenance) "
    "VALUES ('000', 'BHXH', 'bhxh', 'BHXH', 'root', '000/', 'x')"
)
OFFICERS = (
    "INSERT INTO officers (username, full_name, role, office_id, password_hash, created_at, disabled_at) "
    "SELECT 'officer' || n, 'Lê Thị Lan', 'reception', (SELECT id FROM offices), 'x', now() - interval '300 days', "
    "CASE WHEN n = 4 THEN now() - interval '80 days' END FROM generate_series(1, 4) AS n"
)
SESSIONS = (
    "INSERT INTO officer_sessions (token_hash, officer_id, created_at, active_at, ended_at) SELECT o.username::bytea, "
    "o.id, now() - days, now() - days, CASE WHEN o.id > 1 THEN now() - days END FROM officers AS o "
    "JOIN (VALUES ('officer1', interval '1 hour'), ('officer2', interval '70 days')) AS used (username, days) "
    "ON used.username = o.username"
)


def test_nobody_is_unused_by_the_upgrade_and_the_days_count_from_it(elsewhere: Elsewhere):
    elsewhere.moved("0010")
    elsewhere.asked(OFFICE, OFFICERS, SESSIONS)
    elsewhere.moved("head")
    assert elsewhere.asked(
        "SELECT username, round(extract(epoch FROM now() - last_seen_at) / 3600)::int, "
        "enabled_at > now() - interval '1 hour' FROM officers ORDER BY username"
    ) == [("officer1", 1, True), ("officer2", 70 * 24, True), ("officer3", None, True), ("officer4", None, None)]
