"""Which columns of which tables a person is told of, and why not of the others. A test holds that none is forgotten.

A new table, or a new column of a table named here, has to be put in one of these lists before the tests pass.
"""

from __future__ import annotations

TOLD: dict[str, str] = {
    "declarations": (
        "receipt_code purpose status channel client_id office_id bhxh_code full_name id_type id_number date_of_birth "
        "province_code district_code ward_code address_line phone email send_form01_by_email population_db_verified "
        "guardian_bhxh_code contact_person start_date registered_at submission_method consent_wording consented_at "
        "declared_at expires_at reminded_at presented_at presented_to_id supplement_at supplement_note "
        "supplement_by_id escalated_at escalated_note escalated_by_id decided_at decided_by_id reasons rejected_note "
        "replaces_id cleared_at version"
    ),
    "declaration_versions": "number values made_at replaced_at",
    "version_photos": "number kind width height notes citizen_card created_at",
    "redeclare_links": "made_at expires_at used_at",
    "photos": "kind width height notes citizen_card created_at missing_since",
    "photo_uploads": "kind created_at used_at width height notes citizen_card",
    "verifications": "item how note officer_id at lapsed_at",
    "desk_scans": "officer_id at read",
    "corrections": "field old_value new_value note officer_id at blanked_at",
    "claims": "officer_id since",
    "account_changes": "before proven_phone proven_at",
    "opened_files": "officer_id reason note at",
    "accounts": (
        "id bhxh_code full_name id_type id_number date_of_birth province_code district_code ward_code address_line "
        "phone email status office_id declaration_id opened_at password_set_at password_reminded_at lock_reason "
        "locked_at closed_at must_update_phone email_confirmed guardian_id"
    ),
    "account_holds": "kind value taken_at",
    "account_notes": "officer_id at note",
    "account_devices": "first_at seen_at",
    "account_sessions": "kind began_at seen_at ended_at end_reason",
    "authenticators": "made_at confirmed_at",
    "former_passwords": "set_at",
    "credential_issues": "number issued_at expires_at used_at",
    "credential_attempts": "made_at",
    "one_time_codes": "purpose ordered_at expires_at wrong used_at",
    "wrong_tries": "number last_at closed_until",
    "alarms": "kind at handled_at handled_by_id note",
    "hotline_calls": "officer_id at matched reason acts",
    "spoken_resets": "client_id at",
    "notices": (
        "kind channel recipient subject body status created_at sent_at finished_at seen_at seen_by_id failure handling "
        "handled_at handled_by_id handled_note"
    ),
    "call_backs": "officer_id at note",
    "batch_rows": "number values bhxh_code phone faults state reason applied_at",
    "batch_photos": "bhxh_code kind created_at",
    "batch_edits": "number field old_value new_value officer_id at",
    "trail": "at event actor_kind actor_id office_id declaration_id facts",
    "tombstones": "office_id purpose channel declared_at expired_at deleted_at",
    "past_approvals": "office_id purpose channel declared_at presented_at decided_at decided_by_id ledger deleted_at",
    "person_requests": (
        "office_id number received_on due_on asker identified answered_at withdrawn_at withdrawn_reason"
    ),
}
"""What is told, as it is or in words."""

UNTOLD: dict[str, dict[str, str]] = {
    "a number of ours, which ties rows together and says nothing else": {
        "declarations": "id",
        "declaration_versions": "declaration_id",
        "version_photos": "id declaration_id",
        "redeclare_links": "declaration_id",
        "photos": "id declaration_id",
        "photo_uploads": "declaration_id photo_id",
        "verifications": "id declaration_id",
        "desk_scans": "id declaration_id",
        "corrections": "id declaration_id",
        "claims": "declaration_id",
        "account_changes": "declaration_id account_id",
        "opened_files": "id declaration_id",
        "account_holds": "account_id",
        "account_notes": "id account_id",
        "account_devices": "account_id",
        "account_sessions": "id account_id",
        "authenticators": "account_id",
        "former_passwords": "id account_id",
        "credential_issues": "id account_id",
        "credential_attempts": "id issue_id",
        "one_time_codes": "id account_id",
        "wrong_tries": "account_id",
        "alarms": "id account_id",
        "hotline_calls": "id account_id",
        "spoken_resets": "account_id issue_id",
        "notices": "id office_id declaration_id account_id credential_issue_id one_time_code_id batch_id",
        "call_backs": "id notice_id",
        "batch_rows": "batch_id declaration_id",
        "batch_photos": "id batch_id",
        "batch_edits": "id batch_id",
        "trail": "id account_id",
        "tombstones": "declaration_id",
        "past_approvals": "declaration_id account_id",
        "person_requests": "id",
    },
    "a secret, a key, or a hash of one: telling it would open a door": {
        "declarations": "form01_token",
        "photos": "wrapped_key key_name",
        "version_photos": "wrapped_key key_name",
        "redeclare_links": "token_hash",
        "photo_uploads": "token_hash wrapped_key key_name",
        "batch_photos": "wrapped_key key_name",
        "accounts": "password_hash",
        "account_devices": "device_hash",
        "account_sessions": "device_hash access_hash refresh_hash used_refresh_hash",
        "authenticators": "secret",
        "former_passwords": "password_hash",
        "credential_attempts": "password_hash",
        "one_time_codes": "hashes",
        "wrong_tries": "key_hash",
        "spoken_resets": "call_hash",
        "trail": "subject_hash",
        "tombstones": "bhxh_code_hash id_number_hash receipt_code_hash",
        "person_requests": "subject_hash sealed",
    },
    "the same as another column, made ready for searching or sending": {
        "declarations": "folded_name name_words",
        "notices": "html attach_form01",
    },
    "how the machine works at this moment": {
        "claims": "until",
        "photos": "rotation",
        "version_photos": "rotation",
        "photo_uploads": "officer_id expires_at",
        "account_sessions": "access_until until",
        "authenticators": "last_step wrong closed_until",
        "notices": "lane tries lost next_try_at lease_until gateway gateway_id",
        "person_requests": "made_at",
        "batch_rows": "marks",
        "batch_photos": "refused notes width height",
    },
    "may be somebody else's, for a unit may have named a photo by a wrong code: told with the declaration it becomes": {
        "batch_photos": "citizen_card",
    },
    "which officer or machine it was: role and office stand with the act": {
        "alarms": "officer_id client_id",
        "person_requests": "registered_at registered_by_id answered_by_id withdrawn_by_id",
    },
}
"""Columns of those tables that are not told, by the reason."""

NOT_A_CITIZENS: dict[str, str] = {
    "idempotency_keys": "an answer given to a machine: the receipt code and office of a declaration, told there",
    "announced_calls": "a caller's number, for ten minutes, under no name and no code: gone before an answer is made",
    "attempts": "counts under keyed hashes that nobody can lead back, for two days",
    "stray_receipts": "a keyed hash of a number for three days, under no name and no code",
    "import_drafts": "offices and officers from a file",
    "declaration_drafts": "opens with its browser's cookie alone, for two hours: found under no name and no code",
    "draft_photos": "photos of such a draft, gone with it",
    "draft_photo_links": "leaves to send a photo of such a draft, gone with it",
    "desk_entries": "which officer typed a declaration, as its trail tells, and what a supervisor thought of the work",
    "units": "schools and employers",
    "unit_changes": "schools and employers",
    "batches": "the letter and file of a school or employer: told with each row",
    "batch_files": "a list as it came, whole: a person is told of their row",
    "batch_archives": "photos as they came, until they are taken out: a person is told of theirs",
    "batch_results": "the same list as it went back to the unit",
    "offices": "offices",
    "office_wards": "offices",
    "office_changes": "offices",
    "office_merges": "offices",
    "officers": "people who work here; they ask their employer",
    "officer_links": "officers",
    "officer_sessions": "officers",
    "known_devices": "officers",
    "recovery_codes": "officers",
    "sign_in_failures": "officers, as keyed hashes",
    "trail_alarms": "what an officer did on a day, in numbers",
    "figure_deltas": "counts, and what officers did, in numbers",
    "figure_days": "counts, and what officers did, in numbers",
    "figure_branches": "counts",
    "figure_checks": "counts",
    "figure_mornings": "counts",
    "reports": "counts, and what officers did, in numbers",
    "machine_clients": "machines",
    "client_keys": "machines",
    "gateways": "counts",
    "gateway_minutes": "counts",
    "photo_checks": "counts",
    "retention_runs": "counts",
    "trail_checks": "the trail's own soundness",
    "trail_seals": "the trail's own soundness",
    "trail_watch": "the trail's own soundness",
}
"""Tables of which nothing is told, and what they are about."""

PERSONAL = frozenset(TOLD)
