"""What the figures must be, said by what they count: declarations, tombstones, the trail, calls (SQL, one statement).

Deadlines, states and decisions stand in the declarations, what expired in tombstones. Handing in and asking for a
supplement may happen twice and are taken from the trail. A declaration may go to another office: what happened before
stays with the former one, which the trail's transfers tell.

Parameters: since and until (days), since_at and until_at (the first instants in Vietnam of the one and of the day after
the other), heal; whole, before which day something may have been deleted by its term: there sums are only made greater,
for what they counted may be what has gone. What is noted late is counted on an earlier day, so the trail is read to its
end.
"""

from __future__ import annotations

from backoffice.rules.figures import LONGER, MINUTES, STANDING, UNKNOWN

_ZONE = "'Asia/Ho_Chi_Minh'"
_NEVER = "'9999-12-31'::date"
_CLASS = " ".join(f"WHEN seconds <= {minutes * 60} THEN '{minutes}'" for minutes in MINUTES)
STANDS = ", ".join(f"'{figure.value}'" for figure in sorted(STANDING))
COLUMNS = "office_id, day, figure, key, officer_id"


def _day(instant: str) -> str:
    return f"({instant} AT TIME ZONE {_ZONE})::date"


def _during(instant: str) -> str:
    return f"{instant} >= :since_at AND {instant} < :until_at"


def _then(declaration: str, at: str, now: str) -> str:
    """Return which office had a declaration then: the one its first transfer after it was from, or that of now."""
    return f"""CASE WHEN {declaration} IN (SELECT declaration_id FROM moves) THEN coalesce(
        (SELECT m.office_id FROM moves AS m WHERE m.declaration_id = {declaration} AND m.at > {at}
         ORDER BY m.at LIMIT 1), {now}) ELSE {now} END"""  # noqa: S608


TRUTH = f"""
moves AS MATERIALIZED (
    SELECT declaration_id, at, (facts ->> 'from_office')::bigint AS office_id FROM trail
    WHERE event = 'transfer' AND at >= :since_at AND declaration_id IS NOT NULL
), declared AS (
    SELECT id, office_id, channel, declared_at FROM declarations WHERE {_during("declared_at")}
    UNION ALL
    SELECT declaration_id, office_id, channel, declared_at FROM tombstones WHERE {_during("declared_at")}
    UNION ALL
    SELECT declaration_id, office_id, channel, declared_at FROM past_approvals WHERE {_during("declared_at")}
), noted AS (
    SELECT t.declaration_id, t.at, t.actor_id,
           CASE t.event WHEN 'present_late' THEN (t.facts ->> 'handed_in')::timestamptz ELSE t.at END AS counted_at,
           CASE t.event WHEN 'supplement' THEN 'asked' ELSE 'arrived' END AS figure,
           coalesce(d.office_id, s.office_id, p.office_id) AS office_id
    FROM trail AS t
    LEFT JOIN declarations AS d ON d.id = t.declaration_id
    LEFT JOIN tombstones AS s ON s.declaration_id = t.declaration_id
    LEFT JOIN past_approvals AS p ON p.declaration_id = t.declaration_id
    WHERE t.event IN ('present', 'present_late', 'supplement') AND t.at >= :since_at
), decided AS (
    SELECT status, office_id, decided_by_id, decided_at, reasons,
           CASE WHEN presented_at <> decided_at
                THEN greatest(0, floor(extract(epoch FROM decided_at - presented_at)))::bigint END AS seconds
    FROM declarations WHERE status IN ('approved', 'rejected', 'withdrawn') AND {_during("decided_at")}
    UNION ALL
    SELECT 'approved', office_id, decided_by_id, decided_at, ARRAY[]::text[],
           CASE WHEN presented_at <> decided_at
                THEN greatest(0, floor(extract(epoch FROM decided_at - presented_at)))::bigint END
    FROM past_approvals WHERE {_during("decided_at")}
), acts AS (
    SELECT at, event, CASE actor_kind WHEN 'officer' THEN actor_id END AS officer_id, facts FROM trail
    WHERE event IN ('notice_failed', 'reset', 'hotline_act') AND {_during("at")}
), truth AS (
    SELECT office_id, coalesce({_day("expires_at")}, {_NEVER}) AS day,
           CASE WHEN supplement_at IS NOT NULL THEN 'supplement'
                WHEN presented_at IS NOT NULL THEN 'presented' ELSE 'waiting' END AS figure,
           '' AS key, 0::bigint AS officer_id, 1::bigint AS number, 0::bigint AS seconds
    FROM declarations WHERE status = 'submitted'
    UNION ALL
    SELECT office_id, {_NEVER}, 'escalated', '', 0, 1, 0
    FROM declarations WHERE status = 'submitted' AND escalated_at IS NOT NULL
    UNION ALL
    SELECT {_then("declared.id", "declared.declared_at", "declared.office_id")},
           {_day("declared_at")}, 'declared', channel, 0, 1, 0 FROM declared
    UNION ALL
    SELECT {_then("noted.declaration_id", "noted.at", "noted.office_id")},
           {_day("counted_at")}, figure, '', coalesce(actor_id, 0), 1, 0
    FROM noted WHERE office_id IS NOT NULL
    UNION ALL
    SELECT office_id, {_day("decided_at")}, status,
           CASE WHEN seconds IS NULL THEN '{UNKNOWN}' {_CLASS} ELSE '{LONGER}' END,
           coalesce(decided_by_id, 0), 1, coalesce(seconds, 0)
    FROM decided WHERE status <> 'withdrawn'
    UNION ALL
    SELECT office_id, {_day("decided_at")}, 'withdrawn', '', coalesce(decided_by_id, 0), 1, 0
    FROM decided WHERE status = 'withdrawn'
    UNION ALL
    SELECT office_id, {_day("decided_at")}, 'reason', reason, coalesce(decided_by_id, 0), 1, 0
    FROM decided CROSS JOIN unnest(reasons) AS reason WHERE status = 'rejected'
    UNION ALL
    SELECT office_id, {_day("deleted_at")}, 'expired', '', 0, 1, 0 FROM tombstones WHERE {_during("deleted_at")}
    UNION ALL
    SELECT coalesce((facts ->> 'at_office')::bigint, n.office_id, 0), {_day("at")}, 'notice_failed',
           facts ->> 'channel', 0, 1, 0
    FROM acts LEFT JOIN notices AS n ON n.id = (facts ->> 'notice_id')::bigint WHERE event = 'notice_failed'
    UNION ALL
    SELECT 0, {_day("at")}, 'reset', facts ->> 'place', coalesce(officer_id, 0), 1, 0
    FROM acts WHERE event = 'reset' AND facts ->> 'place' IN ('hotline', 'assistant', 'email')
    UNION ALL
    SELECT 0, {_day("at")}, 'unlocked', '', coalesce(officer_id, 0), 1, 0
    FROM acts WHERE event = 'hotline_act' AND facts ->> 'act' = 'open' AND (facts ->> 'done')::boolean
    UNION ALL
    SELECT 0, {_day("at")}, 'call', CASE WHEN matched THEN 'matched' ELSE 'missed' END, officer_id, 1, 0
    FROM hotline_calls WHERE {_during("at")}
)
"""  # noqa: S608 - nothing of it comes from outside

DIFFERING = f"""
WITH {TRUTH}, differing AS (
    SELECT {COLUMNS}, sum(kept)::bigint AS kept, sum(number)::bigint AS number,
           sum(kept_seconds)::bigint AS kept_seconds, sum(seconds)::bigint AS seconds
    FROM (
        SELECT {COLUMNS}, 0 AS kept, number, 0 AS kept_seconds, seconds FROM truth
        UNION ALL
        SELECT {COLUMNS}, number, 0, seconds, 0 FROM figure_days
        UNION ALL
        SELECT {COLUMNS}, number, 0, seconds, 0 FROM figure_deltas
    ) AS both_sides
    WHERE figure IN ({STANDS}) OR day BETWEEN :since AND :until
    GROUP BY {COLUMNS}
    HAVING (sum(kept) <> sum(number) OR sum(kept_seconds) <> sum(seconds))
       AND (figure IN ({STANDS}) OR day >= :whole OR sum(number) > sum(kept))
), healed AS (
    INSERT INTO figure_deltas ({COLUMNS}, number, seconds)
    SELECT {COLUMNS}, number - kept, seconds - kept_seconds FROM differing WHERE :heal
)
SELECT {COLUMNS}, kept, number, kept_seconds, seconds FROM differing ORDER BY {COLUMNS}
"""  # noqa: S608
"""Sums and steps against the truth in one snapshot; on `heal` the difference is written as a step in the same one, so
what happens meanwhile, which writes its own steps, is neither lost nor counted twice."""
