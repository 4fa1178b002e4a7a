-- What a list of people comes to, by one statement: rows of the list, ledgers, presence, accounts with their holds,
-- decisions, passwords' issues, messages, the trail and the steps of the figures.
WITH these AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(numbers)s::bigint[], %(hashes)s::bytea[], %(words)s::text[])
        AS these (id, number, hash, words)
),
listed AS (
    INSERT INTO batch_rows (batch_id, number, values, marks, bhxh_code, phone, declaration_id, faults, state, applied_at)
    SELECT %(batch)s, t.number,
           jsonb_build_object('bhxh_code', d.bhxh_code, 'full_name', d.full_name, 'date_of_birth',
                              to_char(d.date_of_birth, 'DD/MM/YYYY'), 'phone', d.phone, 'note', ''),
           '{}', d.bhxh_code, d.phone, d.id, '[]', 'applied', %(now)s
    FROM these AS t JOIN declarations AS d USING (id)
),
verified AS (
    INSERT INTO verifications (declaration_id, item, how, note, officer_id, at)
    SELECT id, item, 'list', %(note)s, %(officer)s, %(now)s FROM these CROSS JOIN unnest(%(items)s::text[]) AS item
),
opened AS (
    INSERT INTO accounts (bhxh_code, full_name, id_type, id_number, date_of_birth, province_code, district_code,
                          ward_code, address_line, phone, email, status, office_id, declaration_id, opened_at)
    SELECT bhxh_code, full_name, id_type, id_number, date_of_birth, province_code, district_code, ward_code,
           address_line, phone, email, 'issued', office_id, id, %(now)s
    FROM these JOIN declarations USING (id)
    RETURNING id, declaration_id, bhxh_code, id_number, phone, email, office_id
),
held AS (
    INSERT INTO account_holds (kind, value, account_id, taken_at)
    SELECT 'code', bhxh_code, id, %(now)s FROM opened
    UNION ALL SELECT 'code', id_number, id, %(now)s FROM opened
    UNION ALL SELECT 'phone', phone, id, %(now)s FROM opened
),
decided AS (
    UPDATE declarations AS d
    SET status = 'approved', decided_at = %(now)s, decided_by_id = %(officer)s, expires_at = NULL,
        presented_at = coalesce(presented_at, %(now)s), presented_to_id = coalesce(presented_to_id, %(officer)s)
    FROM these WHERE d.id = these.id AND d.status = 'submitted'
),
issued AS (
    INSERT INTO credential_issues (account_id, number, issued_at, expires_at)
    SELECT id, 1, %(now)s, %(now)s::timestamptz + interval '7 days' FROM opened
    RETURNING id, account_id
),
told AS (
    INSERT INTO notices (kind, channel, lane, office_id, recipient, body, subject, html, attach_form01, declaration_id,
                         account_id, credential_issue_id, status, tries, created_at, next_try_at)
    SELECT 'approved', way, 'bulk', o.office_id, CASE way WHEN 'sms' THEN o.phone ELSE o.email END,
           CASE way WHEN 'sms' THEN t.words ELSE repeat(t.words, 6) END,
           CASE way WHEN 'email' THEN 'Mẫu' END, CASE way WHEN 'email' THEN repeat(t.words, 15) END, false, t.id, o.id,
           CASE way WHEN 'sms' THEN i.id END, 'queued', 0, %(now)s, %(now)s
    FROM these AS t JOIN opened AS o ON o.declaration_id = t.id JOIN issued AS i ON i.account_id = o.id
    CROSS JOIN unnest(ARRAY['sms', 'email']) AS way
    WHERE way = 'sms' OR o.email IS NOT NULL
),
trailed AS (
    INSERT INTO trail (at, event, actor_kind, actor_id, office_id, declaration_id, account_id, subject_hash, facts)
    SELECT %(now)s, event, 'officer', %(officer)s, o.office_id, t.id,
           CASE event WHEN 'account_open' THEN o.id END, t.hash,
           CASE event WHEN 'verify' THEN %(facts)s::jsonb ELSE '{}' END
    FROM unnest(ARRAY['verify', 'present', 'account_open', 'approve']) AS event
    CROSS JOIN these AS t JOIN opened AS o ON o.declaration_id = t.id
),
counted AS (
    INSERT INTO figure_deltas (day, office_id, officer_id, figure, key, number, seconds)
    SELECT expires_at::date, office_id, 0, 'waiting', '', -count(*), 0 FROM these JOIN declarations USING (id)
    GROUP BY expires_at::date, office_id
    UNION ALL SELECT current_date, office_id, %(officer)s, 'approved', '1', count(*), 0 FROM opened GROUP BY office_id
)
SELECT count(*) FROM opened
