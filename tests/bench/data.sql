-- The rows of a set, made from the temporary tables plan, people, days, codes, offices_at and placed (see data.py).
-- What comes after number plan.older was declared within the last ten days, the rest within the year before.
-- Of a set made for the sweep, the undecided of even number are overdue; deadlines are ends of days in all sets (K4).

CREATE TEMP TABLE made AS
SELECT
    n, c.code, s.office,
    coalesce(s.person, n + plan.persons) AS person,
    coalesce(s.is_open, n > plan.older AND (hashint8(n) & 2147483647) % 1000 < plan.open_permille) AS is_open,
    hashint8(n + 7) & 2147483647 AS chance,
    CASE WHEN n > plan.older
         THEN plan.now - interval '10 days' * ((plan.count - n) / (plan.count - plan.older)::float)
         ELSE plan.now - interval '10 days' - interval '355 days' * ((plan.older - n) / plan.older::float)
    END AS declared_at
FROM generate_series(1, (SELECT count FROM plan)) AS n
JOIN codes AS c USING (n)
LEFT JOIN placed AS s USING (n)
CROSS JOIN plan;

INSERT INTO declarations (
    id, receipt_code, form01_token, purpose, status, channel, office_id, bhxh_code, full_name, folded_name, id_type,
    id_number, date_of_birth, province_code, district_code, ward_code, address_line, phone, email,
    send_form01_by_email, population_db_verified, consent_wording, consented_at, declared_at, expires_at,
    presented_at, supplement_at, supplement_note, decided_at, decided_by_id, reasons
)
SELECT
    m.n, code, 'bench-' || md5(m.n::text), 'register', status, CASE WHEN chance % 3 = 0 THEN 'portal' ELSE 'app' END,
    coalesce(m.office, o.id),
    '00' || lpad(((person * 48271) % 100000000)::text, 8, '0'), p.full_name, p.folded_name, 'citizen_id',
    '00108' || 5 + person / 1000000 || lpad((person % 1000000)::text, 6, '0'),
    make_date(1985 + (person / 1000000)::int, 1, 1) + (person % 365)::int,
    p.province_code, p.district_code, p.ward_code, p.address_line,
    -- A twin in fifty: an undecided declaration with the phone of another.
    (ARRAY['090', '091', '093', '094', '096', '097', '098', '086'])[1 + number % 8]
        || lpad((number / 8 * 48271 % 10000000)::text, 7, '0'),
    CASE WHEN person % 10 = 0 THEN 'nguoi' || person || '@vi-du.invalid' END,
    false, false, plan.wording, declared_at, declared_at,
    CASE WHEN status <> 'submitted' THEN NULL
         WHEN plan.overdue THEN d.expires_at + interval '1 day' * CASE WHEN m.n % 2 = 0 THEN -30 ELSE 1 END
         WHEN presented AND NOT waiting THEN NULL
         ELSE d.expires_at END,
    CASE WHEN plan.overdue AND status = 'submitted' THEN NULL
         WHEN status <> 'submitted' THEN least(declared_at + interval '1 hour' * (chance % 200), plan.now - interval '5 min')
         WHEN presented THEN declared_at + (plan.now - declared_at) * 0.5 END,
    CASE WHEN waiting THEN declared_at + (plan.now - declared_at) * 0.6 END,
    CASE WHEN waiting THEN 'Thiếu chữ ký trên mẫu số 01' END,
    CASE WHEN status <> 'submitted'
         THEN least(declared_at + interval '1 hour' * (chance % 200) + interval '4 min', plan.now) END,
    CASE WHEN status <> 'submitted' THEN plan.officer END,
    CASE WHEN status = 'rejected' THEN ARRAY['form01_unsigned'] ELSE ARRAY[]::text[] END
FROM (
    SELECT
        made.*,
        CASE WHEN is_open AND plan.twins AND person % 50 = 0 THEN person - 1 ELSE person END AS number,
        CASE WHEN is_open THEN 'submitted'
             WHEN chance % 100 < 90 THEN 'approved'
             WHEN chance % 100 < 97 THEN 'rejected'
             ELSE 'withdrawn' END AS status,
        is_open AND NOT plan.overdue AND chance % 10 IN (0, 1) AS presented,
        is_open AND NOT plan.overdue AND chance % 50 = 10 AS waiting
    FROM made CROSS JOIN plan
) AS m
CROSS JOIN plan
JOIN people AS p ON p.n = m.person * 7919 % plan.people
JOIN offices_at AS o ON o.i = m.chance % plan.offices
LEFT JOIN days AS d ON d.day = (m.declared_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
ORDER BY m.n;

INSERT INTO accounts (
    id, bhxh_code, full_name, id_type, id_number, date_of_birth, province_code, district_code, ward_code, address_line,
    phone, email, status, office_id, declaration_id, opened_at
)
SELECT
    id, bhxh_code, full_name, id_type, id_number, date_of_birth, province_code, district_code, ward_code, address_line,
    phone, email, 'active', office_id, id, decided_at
FROM declarations WHERE status = 'approved' ORDER BY id;

INSERT INTO account_holds (kind, value, account_id, taken_at)
SELECT kind, value, id, opened_at
FROM accounts CROSS JOIN LATERAL (VALUES ('phone', phone), ('code', bhxh_code), ('code', id_number)) AS held (kind, value);

INSERT INTO credential_issues (id, account_id, number, issued_at, expires_at, used_at)
SELECT id, id, 1, opened_at, opened_at + interval '7 days', opened_at + interval '1 hour' FROM accounts;

INSERT INTO notices (
    kind, channel, lane, office_id, recipient, body, attach_form01, declaration_id, account_id, credential_issue_id, status,
    tries, created_at, next_try_at, sent_at, finished_at, gateway_id
)
SELECT
    CASE status WHEN 'approved' THEN 'approved' WHEN 'rejected' THEN 'rejected' ELSE 'received' END, 'sms',
    CASE status WHEN 'submitted' THEN 'default' ELSE 'counter' END, office_id, phone,
    'BHXH: Noi dung tin nhan ve ho so ' || receipt_code || '. Chi tiet goi 19009068.', false, id,
    CASE WHEN status = 'approved' THEN id END, CASE WHEN status = 'approved' THEN id END,
    CASE WHEN id % 31 = 0 THEN 'failed' ELSE 'delivered' END, 1,
    coalesce(decided_at, declared_at), coalesce(decided_at, declared_at), coalesce(decided_at, declared_at),
    coalesce(decided_at, declared_at), 'sandbox-' || id
FROM declarations WHERE status <> 'withdrawn' ORDER BY id;

INSERT INTO trail (at, event, actor_kind, actor_id, office_id, declaration_id, account_id, subject_hash, facts)
SELECT
    d.declared_at + (coalesce(d.decided_at, plan.now) - d.declared_at) * step.share, step.event,
    CASE WHEN step.share = 0 THEN 'client' ELSE 'officer' END, plan.officer, d.office_id, d.id,
    CASE WHEN step.event = 'approve' THEN d.id END, decode(md5(d.bhxh_code), 'hex'), '{}'
FROM declarations AS d
CROSS JOIN plan
CROSS JOIN (VALUES ('declare', 0.0), ('review', 0.9), ('approve', 1.0)) AS step (event, share)
WHERE step.share < 1 OR d.status = 'approved';

INSERT INTO photos (
    id, declaration_id, kind, wrapped_key, key_name, width, height, notes, rotation, created_at, citizen_card
)
SELECT
    gen_random_uuid(), d.id, side.kind, decode(md5(d.id::text) || md5(side.kind), 'hex'), 'bench', 2000, 1500,
    CASE WHEN d.id % 25 = 0 THEN ARRAY['blurred'] ELSE ARRAY[]::text[] END, 0, d.declared_at,
    CASE WHEN side.kind = 'id_front' THEN jsonb_build_object(
        'number', d.id_number, 'old_number', NULL, 'full_name', d.full_name, 'date_of_birth', d.date_of_birth,
        'birth_year', extract(year FROM d.date_of_birth)::int, 'sex', 'male', 'address', d.address_line,
        'issued', NULL) END
FROM declarations AS d
CROSS JOIN (VALUES ('portrait'), ('id_front'), ('id_back')) AS side (kind)
WHERE d.status = 'submitted' OR d.id IN (SELECT n FROM placed);

INSERT INTO tombstones (
    declaration_id, office_id, purpose, channel, bhxh_code_hash, id_number_hash, receipt_code_hash, declared_at,
    expired_at, deleted_at
)
SELECT
    -n, o.id, 'register', 'app', decode(md5('a' || n), 'hex'),
    decode(md5('b' || n), 'hex'), decode(md5('c' || n), 'hex'), plan.now - interval '30 days',
    plan.now - interval '20 days', plan.now - interval '20 days'
FROM plan CROSS JOIN generate_series(1, plan.count / 5) AS n JOIN offices_at AS o ON o.i = n % plan.offices;

INSERT INTO idempotency_keys (client_id, key, request_hash, declaration_id, answer, created_at)
SELECT plan.client, md5(d.id::text), decode(md5(d.receipt_code), 'hex'), d.id,
       jsonb_build_object('receipt_code', d.receipt_code), d.declared_at
FROM declarations AS d CROSS JOIN plan WHERE d.status = 'submitted';
