"""Nothing personal in logs and tracebacks (design 5; no clear password anywhere)."""

import logging
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.redaction import mask_code, mask_email, redact, redact_event


@pytest.mark.parametrize(
    "secret",
    [
        "0123456789",
        "012 345 6789",
        "001085012345",
        "001 085 012 345",
        "DN4010123456789",
        "0981234567",
        "+84 98 123 4567",
        "098.123.4567",
        "0981-23-4567",
        "(098) 123-4567",
        "098.123.45.67",
        "01201234567",
        "012345678",
        "B1234567",
        "nguyen.thu+mau@mail.example.vn",
        "01234567890123456789",
        "001085012345||Nguyễn Thử Mẫu|20011985|Nam|Hà Nội|25042021",
        "DN4010123456789|4e67757965|20/01/1985|1|-",
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "user {} not found", "Key (phone)=({}) already exists.", "['{}', 1]", "x={}\ny"]
)
def test_what_identifies_a_person_is_gone_from_any_text(secret, around):
    redacted = redact(around.format(secret))
    for piece in secret.replace("|", " ").split():
        assert len(piece) < 3 or piece not in redacted
    assert "[" in redacted
    assert redact(redacted) == redacted


@pytest.mark.parametrize(
    "told",
    [
        "violates check constraint\nDETAIL:  Failing row contains ({}, 2026-11-09, f).",
        "duplicate key value\nDETAIL:  Key (folded_name)=({}) already exists.\n[SQL: INSERT]",
        'violates foreign key constraint\nDETAIL:  Key (full_name, note)=({}, x (y) z) is not present in table "t".',
    ],
)
def test_what_postgresql_quotes_of_a_row_is_gone_names_and_free_text_too(told):
    """A check or a unique key that fails quotes the whole row: no pattern knows a name or a note."""
    redacted = redact(told.format("Tống Khuynh Dấu Vết, Số 99 (ngõ) Dấu Vết"))
    assert "Dấu" not in redacted
    assert "DETAIL:" in redacted


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2 tried", "hunter2"),
        ("{'password': 'k3m9 pqr', 'x': 1}", "k3m9 pqr"),
        ('{"new_password": "k3m9pqrs"}', "k3m9pqrs"),
        ("DB_PASSWORD: k3m9pqrs", "k3m9pqrs"),
        ("postgresql+psycopg://backoffice:k3m9pqrs@db.example/app", "k3m9pqrs"),
        ("redis://:k3m9pqrs@queue.example:6379/0", "k3m9pqrs"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("bearer abcdef123456", "abcdef123456"),
        ("SECRET_KEY=abc/def+1", "abc/def+1"),
        ("api_key='abc'", "abc"),
        ("mật khẩu: k3m9pqrs", "k3m9pqrs"),
        ("Ten dang nhap 0123456789 mat khau k3m9pqrstuvw (dung truoc 9:40 27/11)", "k3m9pqrstuvw"),
        ("BHXH: Mat khau moi cua tai khoan VssID duoi 6789 la k3m9pqrstuvw (dung truoc", "k3m9pqrstuvw"),
        ("BHXH: OTP 123456 de doi mat khau", "123456"),
        ("declare(full_name='Nguyễn Thử', address=\"Số 1\")", "Nguyễn Thử"),
        ("declare(full_name='Nguyễn Thử', address=\"Số 1\")", "Số 1"),
    ],
)
def test_passwords_and_secrets_are_gone_from_any_text(text, secret):
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T08:16:00.123456Z declared",
        "2026-11-20 08:16:00,123 INFO expired=12",
        "declaration 550e8400-e29b-41d4-a716-446655440000 approved in 0.0123 s",
        "receipt 7K4M-92QX-3AB id 123456 office 00114 port 5432",
        "from 192.168.100.200 and 10.0.0.1",
        "sha " + "0a1b2c3d" * 8,
        "file app.py, line 123, in approve",
        "Mật khẩu sai. Hạn nộp 30/11/2026, gọi 1900 9068",
    ],
)
def test_what_is_needed_to_read_a_log_stays(text):
    assert redact(text) == text


@given(st.from_regex(r"[0-9]{9,15}", fullmatch=True), st.text(alphabet="abc xyz:,=()[]'\"\n", max_size=10))
def test_no_long_number_survives_whatever_stands_around_it(number, around):
    assert number not in redact(around + number + around)


@given(st.text(max_size=200))
def test_any_text_can_be_redacted(text):
    assert isinstance(redact(text), str)


def test_strings_of_a_log_event_are_redacted_at_every_depth():
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    event = {
        "event": "no account for 0981234567",
        "job": {"args": ["0123456789", 7, {"note": "gọi 0981234567"}], "0981234567": "x"},
        "error": ValueError("duplicate 0981234567"),
        "raw": b"0981234567",
        "count": 3,
        "at": moment,
        "declaration_id": UUID(int=5),
        "exception": "Traceback …\nKeyError: '0981234567'",
        "nothing": None,
    }
    redacted = redact_event(logging.getLogger(), "info", dict(event))
    assert "0981234567" not in str(redacted)
    assert "0123456789" not in str(redacted)
    assert redacted["job"]["args"][1] == 7
    for key in ("count", "at", "declaration_id", "nothing"):
        assert redacted[key] == event[key]


def test_values_under_a_telling_key_are_hidden_whole_but_ids_hashes_and_counts_are_not():
    event = {
        "phone": 981234567,
        "full_name": "Nguyễn Thử",
        "contact_address": "Số 1",
        "password": "x",
        "cookies": {"session": "abc"},
        "citizen_id": 1085012345,
        "otp": 123456,
        "phone_hash": "0a1b2c3d" * 8,
        "email_id": 7,
        "emails": 3,
        "has_phone": True,
    }
    redacted = redact_event(None, "info", dict(event))
    hidden = {key for key, value in redacted.items() if value == "[hidden]"}
    assert hidden == {"phone", "full_name", "contact_address", "password", "cookies", "citizen_id", "otp"}
    assert all(redacted[key] == event[key] for key in event.keys() - hidden)


def test_what_other_processors_own_is_left_alone():
    record = object()
    event = {"_record": record, "exc_info": (ValueError, ValueError("x"), None), "event": "x"}
    assert redact_event(None, "info", dict(event)) == event


def test_masks_for_the_screen():
    assert mask_code("0123456789") == "····6789"
    assert mask_code("6789") == "····"
    assert mask_email("nguyen@example.vn") == "n…@example.vn"
    assert mask_email("no address") == "…"


@pytest.mark.parametrize("around", ["GET {} HTTP/1.1", "https://motcua.example.vn{}", "no answer to '{}'", "{}?x=1"])
def test_a_one_time_link_leads_nobody_in_from_a_log(around):
    token = "u-Yx3_Qm" * 5
    told = redact(around.format(f"/link/{token}"))
    assert token[:8] not in told
    assert "/link/[secret]" in told
