"""The words: one part of 160 whatever the name, office and code; Vietnamese letters in the mail (wording.md)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel import clock
from backoffice.kernel.passwords import ALPHABET, LENGTH
from backoffice.models import Account, CredentialIssue, Declaration, IdType, Office
from backoffice.notices import account_messages, messages
from backoffice.rules.reasons import NOTE_LIMIT, SMS_ROOM, WORDING, Reason

GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table of 3GPP TS 23.038: each of these costs one of the 160."""
LONGEST_OFFICE = "BHXH Q. Nam Tu Liem Ha N"
UNTIL = clock.end_of_day(date(2026, 11, 30))


def declaration(**values: Any) -> Declaration:
    defaults = {
        "receipt_code": "7K4M92QX3AB",
        "full_name": "Nguyễn Thử Mẫu",
        "phone": "0981234567",
        "email": "nguoi.thu@example.vn",
        "expires_at": UNTIL,
    }
    return Declaration(**defaults | values)


def office(**values: Any) -> Office:
    defaults = {
        "name": "BHXH quận Nam Từ Liêm",
        "short_name": LONGEST_OFFICE,
        "address": "Số 1 phố Mẫu",
        "phone": "02400000000",
    }
    return Office(**defaults | values)


def account(**values: Any) -> Account:
    defaults = {
        "bhxh_code": "001085012345",
        "full_name": "Nguyễn Thử Mẫu",
        "id_type": IdType.CITIZEN_ID,
        "id_number": "001085012345",
        "phone": "0981234567",
        "email": "nguoi.thu@example.vn",
        "opened_at": datetime(2026, 11, 20, 2, 42, tzinfo=UTC),
    }
    return Account(**defaults | values)


def issue() -> CredentialIssue:
    return CredentialIssue(expires_at=datetime(2026, 11, 27, 2, 42, tzinfo=UTC))


def assert_is_one_part(text: str) -> None:
    assert len(text) <= 160
    assert set(text) <= GSM7 - set("#&\n\r"), text
    assert text.isascii()


def test_the_longest_office_name_is_what_an_office_may_have_at_most() -> None:
    assert len(LONGEST_OFFICE) == messages.OFFICE_LENGTH == 24


def test_received_says_office_papers_and_last_day() -> None:
    """D10, K5."""
    text = messages.received_sms(declaration(), office())
    assert text == (
        "BHXH: Da nhan to khai 7K4M-92QX-3AB. Mang CCCD/ho chieu, mau 01 da ky den BHXH Q. Nam Tu Liem Ha N "
        "cham nhat 30/11/2026. Qua han bi xoa. Hoi 19009068"
    )
    assert_is_one_part(text)


def test_reminder_says_office_papers_and_last_day() -> None:
    """K5."""
    text = messages.reminder_sms(declaration(), office())
    assert text == (
        "BHXH: To khai 7K4M-92QX-3AB chua nop. Mang CCCD/ho chieu, mau 01 da ky den BHXH Q. Nam Tu Liem Ha N "
        "cham nhat 30/11/2026. Qua han bi xoa. Hoi 19009068"
    )
    assert_is_one_part(text)


def test_the_last_day_is_the_day_in_vietnam() -> None:
    """K4: 17:00 in UTC is already the next day here."""
    text = messages.received_sms(declaration(expires_at=datetime(2026, 11, 30, 17, 0, tzinfo=UTC)), office())
    assert "cham nhat 01/12/2026" in text


def test_approved_carries_user_name_and_password_between_blanks() -> None:
    """K2; the password is the word after "mat khau", with a blank on either side."""
    password = ALPHABET[:LENGTH]
    text = messages.with_password(messages.approved_sms(account(), issue()), password)
    assert text == (
        f"BHXH: Da cap tai khoan VssID. Ten dang nhap 001085012345 mat khau {password} (dung truoc 09:42 27/11). "
        "Hay doi mat khau ngay. Khong dua cho ai. Hoi 19009068"
    )
    assert_is_one_part(text)


def test_a_reset_carries_the_password_between_blanks_and_four_digits_of_the_user_name() -> None:
    """K9."""
    password = ALPHABET[:LENGTH]
    text = messages.with_password(account_messages.reset_sms(account(), issue()), password)
    assert text == (
        f"BHXH: Mat khau moi cua tai khoan VssID duoi 2345 la {password} (dung truoc 09:42 27/11). "
        "Hay doi ngay. Neu khong yeu cau, goi 19009068. Khong dua cho ai"
    )
    assert_is_one_part(text)


def test_what_is_kept_of_the_approval_is_as_long_as_what_is_sent_and_holds_no_password() -> None:
    kept = messages.approved_sms(account(), issue())
    assert " mat khau ************ " in kept
    assert len(kept) == len(messages.with_password(kept, ALPHABET[:LENGTH]))


@pytest.mark.parametrize(
    "body",
    ["BHXH: thu", "OTP ****** de", f"{messages.MASK}*", f"{messages.MASK} va {messages.MASK}"],
    ids=["none", "a code's", "longer", "two"],
)
def test_a_message_without_just_one_place_for_a_password_takes_none(body: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        messages.with_password(body, "abcdefghjkmn")


def test_a_code_takes_the_place_of_six_stars_and_of_no_password() -> None:
    kept = account_messages.otp_sms("doi mat khau")
    assert messages.with_code(kept, "012345") == kept.replace("******", "012345")
    with pytest.raises(ValueError, match="no place"):
        messages.with_code(messages.approved_sms(account(), issue()), "012345")


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in {Reason.OTHER, Reason.PHONE_NOT_OWN}])
def test_rejected_says_the_reason(reason: Reason) -> None:
    """K3."""
    text = messages.rejected_sms(declaration(), [reason], "")
    assert text == (
        f"BHXH: To khai 7K4M-92QX-3AB khong duoc chap nhan: {WORDING[reason].sms}. "
        "Hay sua, khai lai hoac den co quan BHXH. Hoi 19009068"
    )
    assert_is_one_part(text)


def test_rejected_with_reasons_that_fill_their_room_is_just_one_part() -> None:
    text = messages.rejected_sms(declaration(), [Reason.OTHER], "x" * SMS_ROOM)
    assert f": {'x' * SMS_ROOM}. Hay sua" in text
    assert len(text) == 160


@pytest.mark.parametrize("others", [[], [Reason.NAME_DIFFERS, Reason.OTHER]])
def test_a_refusal_because_of_the_phone_names_nobody(others: list[Reason]) -> None:
    """wording.md: the number may be a stranger's."""
    text = messages.rejected_sms(declaration(), [*others, Reason.PHONE_NOT_OWN], "Anh Nguyễn Thử Mẫu khai nhầm số")
    assert_is_one_part(text)
    for told in ("7K4M", "Nguyen", "Ho ten"):
        assert told not in text
    assert "so dien thoai nay khong duoc chap nhan" in text


def test_supplement_says_what_is_missing_where_and_until_when() -> None:
    """K7."""
    text = messages.supplement_sms(declaration(), office(), "Mẫu số 01 chưa ký")
    assert text == (
        "BHXH: To khai 7K4M-92QX-3AB can bo sung: Mau so 01 chua ky. Nop tai BHXH Q. Nam Tu Liem Ha N "
        "cham nhat 30/11. Qua han bi xoa. Hoi 19009068"
    )
    assert_is_one_part(text)


def test_a_long_supplement_is_cut_between_words() -> None:
    text = messages.supplement_sms(declaration(), office(), "Thiếu chữ ký của người khai ở mẫu số 01, ảnh mờ")
    assert "can bo sung: Thieu chu ky cua nguoi khai o mau so... Nop tai" in text
    assert_is_one_part(text)


def test_a_supplement_of_which_no_sms_can_say_a_word_refers_to_the_paper() -> None:
    text = messages.supplement_sms(declaration(), office(), "中文 …")
    assert "can bo sung: xem phieu yeu cau bo sung. Nop tai" in text
    assert_is_one_part(text)


@given(
    note=st.text(max_size=NOTE_LIMIT),
    name=st.text(max_size=60),
    reasons=st.lists(st.sampled_from(Reason), min_size=1, unique=True),
)
def test_every_sms_is_one_part_whatever_people_write(note: str, name: str, reasons: list[Reason]) -> None:
    """Domain 3: one part of 160 GSM-7 characters, no diacritics, no & and #."""
    here = office(short_name=name)
    for text in (
        messages.received_sms(declaration(), here),
        messages.reminder_sms(declaration(), here),
        messages.rejected_sms(declaration(), reasons, note),
        messages.supplement_sms(declaration(), here, note),
    ):
        assert_is_one_part(text)


def test_the_letter_with_form_01_says_deadline_office_and_papers_to_bring() -> None:
    """D9, D10, K5."""
    mail = messages.form01_mail(declaration(), office())
    assert mail.subject == "Mẫu số 01 của tờ khai 7K4M-92QX-3AB"
    for half in (mail.text, mail.html):
        for said in ("Nguyễn Thử Mẫu", "hết ngày 30/11/2026 (thứ Hai)", "BHXH quận Nam Từ Liêm", "Số 1 phố Mẫu"):
            assert said in half
        for paper in messages.PAPERS:
            assert paper in half


def test_the_acceptance_gives_the_accounts_data_and_no_password() -> None:
    """K2."""
    mail = messages.approved_mail(declaration(), account(id_number="001190054321"), issue(), office())
    for half in (mail.text, mail.html):
        for said in ("001085012345", "Nguyễn Thử Mẫu", "098…567", "····4321", "09:42 ngày 27/11/2026", "20/11/2026"):
            assert said in half
        assert messages.MASK not in half
        assert "0981234567" not in half
        assert "001190054321" not in half


def test_the_letter_of_refusal_gives_every_reason_and_the_note() -> None:
    """K3."""
    mail = messages.rejected_mail(
        declaration(), [Reason.NAME_DIFFERS, Reason.CODE_WRONG, Reason.OTHER], "Xin gặp bộ phận"
    )
    for half in (mail.text, mail.html):
        for said in ("Họ tên khác giấy tờ xuất trình", "Mã số BHXH sai hoặc của người khác", "Xin gặp bộ phận"):
            assert said in half


def test_the_letter_of_supplement_gives_the_whole_note_and_the_new_deadline() -> None:
    """K7."""
    note = "Thiếu chữ ký của người khai ở mẫu số 01, ảnh mặt sau mờ, cần chụp lại cho rõ số"
    mail = messages.supplement_mail(declaration(), office(), note)
    for half in (mail.text, mail.html):
        assert note in half
        assert "hết ngày 30/11/2026 (thứ Hai)" in half


def test_what_people_write_is_no_markup_in_a_letter() -> None:
    mail = messages.rejected_mail(declaration(full_name="<b>Mẫu</b>"), [Reason.OTHER], "<script>alert(1)</script>")
    assert "&lt;b&gt;Mẫu&lt;/b&gt;" in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "<script>" not in mail.html
    assert "<script>alert(1)</script>" in mail.text


def test_both_halves_of_a_letter_say_the_same() -> None:
    for mail in (
        messages.form01_mail(declaration(), office()),
        messages.approved_mail(declaration(), account(), issue(), office()),
        messages.rejected_mail(declaration(), [Reason.NAME_DIFFERS], "ghi chú"),
        messages.supplement_mail(declaration(), office(), "Mẫu số 01 chưa ký"),
    ):
        body = mail.html.partition("<body")[2].partition(">")[2]
        words = re.findall(r"[\w/:]+", re.sub("<[^>]+>", " ", body))
        assert words == re.findall(r"[\w/:]+", mail.text)


def test_an_office_without_address_or_phone_leaves_no_empty_line() -> None:
    mail = messages.form01_mail(declaration(), office(address=None, phone=None))
    assert "Địa chỉ" not in mail.text + mail.html
    assert "Điện thoại:" not in mail.text + mail.html
    assert "\n\n\n" not in mail.text


def test_a_declaration_without_a_deadline_cannot_be_told_one() -> None:
    with pytest.raises(ValueError, match="no deadline"):
        messages.received_sms(declaration(expires_at=None), office())
