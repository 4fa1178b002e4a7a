"""What is said to guardians (D11), on a move (K8) and about an account (A2, K10); test_messages has the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.names import fold
from backoffice.models import Declaration
from backoffice.notices import account_messages, messages
from backoffice.rules.reasons import NOTE_LIMIT, Reason
from tests.notices.test_messages import account, assert_is_one_part, declaration, issue, office

AT = datetime(2026, 11, 20, 2, 42, tzinfo=UTC)
LINK = "https://bhxh.example.vn/x/7K4M92"


def child(**values: Any) -> Declaration:
    return declaration(full_name="Nguyễn Bé Mẫu", guardian_bhxh_code="0201020304", **values)


def test_d11_a_guardian_is_told_which_papers_to_bring_for_the_child() -> None:
    text = messages.received_sms(child(), office())
    assert text == (
        "BHXH: Da nhan to khai 7K4M-92QX-3AB cua con. Mang CCCD, khai sinh, mau 01 da ky den BHXH Q. Nam Tu Liem Ha N "
        "cham nhat 30/11/2026. Qua han bi xoa. Hoi 19009068"
    )
    assert_is_one_part(text)


def test_d11_a_guardian_gets_a_link_that_is_short_enough() -> None:
    """wording.md: office ≤ 24, link ≤ 32."""
    assert len(LINK) == messages.LINK_LENGTH
    text = messages.received_sms(child(), office(), LINK)
    assert text == (
        "BHXH: To khai 7K4M-92QX-3AB cua con: mang CCCD, khai sinh, mau 01 da ky den BHXH Q. Nam Tu Liem Ha N "
        f"cham nhat 30/11/2026. Xem {LINK}"
    )
    assert_is_one_part(text)


def test_d11_a_link_that_does_not_fit_is_not_told() -> None:
    assert messages.received_sms(child(), office(), f"{LINK}x") == messages.received_sms(child(), office())


def test_d11_user_name_and_password_are_said_to_be_of_the_childs_account() -> None:
    text = messages.with_password(messages.approved_sms(account(), issue(), child=True), "abcdefghjkmn")
    assert text == (
        "BHXH: Da cap tai khoan VssID cua con. Ten dang nhap 001085012345 mat khau abcdefghjkmn "
        "(dung truoc 09:42 27/11). Hay doi ngay. Khong dua cho ai. Hoi 19009068"
    )
    assert_is_one_part(text)
    mail = messages.approved_mail(child(), account(full_name="Nguyễn Bé Mẫu"), issue(), office())
    for half in (mail.text, mail.html):
        assert "là của tài khoản của trẻ" in half
        assert "····2345" not in half, "the paper declared is the guardian's"


@pytest.mark.parametrize(
    "text",
    [
        messages.reminder_sms(child(), office()),
        messages.rejected_sms(child(), [Reason.OTHER], "x" * 55),
        messages.supplement_sms(child(), office(), "Thiếu chữ ký của người khai ở mẫu số 01, ảnh mặt sau mờ"),
        messages.moved_sms(child(), office()),
        messages.moved_sms(child(expires_at=None), office()),
    ],
    ids=["reminder", "rejected", "supplement", "moved", "moved, handed in"],
)
def test_d11_every_other_sms_to_a_guardian_says_that_it_is_about_the_child(text: str) -> None:
    assert "To khai 7K4M-92QX-3AB cua con " in text
    assert_is_one_part(text)


def test_d11_a_refusal_because_of_the_phone_names_no_child_either() -> None:
    texts = [messages.rejected_sms(one, [Reason.PHONE_NOT_OWN], "") for one in (child(), declaration())]
    assert texts[0] == texts[1]


def test_d11_every_letter_is_addressed_to_the_guardian_and_asks_for_the_childs_papers() -> None:
    for mail in (
        messages.form01_mail(child(), office()),
        messages.rejected_mail(child(), [Reason.NAME_DIFFERS], ""),
        messages.supplement_mail(child(), office(), "Thiếu giấy khai sinh"),
        messages.moved_mail(child(), office()),
    ):
        assert mail.text.startswith("Kính gửi cha, mẹ hoặc người giám hộ của trẻ Nguyễn Bé Mẫu,\n")
        for half in (mail.text, mail.html):
            for paper in messages.PAPERS_OF_CHILD:
                assert paper in half
            assert messages.PAPERS[0] not in half


def test_k8_a_move_says_where_until_when_and_that_nothing_is_to_be_declared_again() -> None:
    text = messages.moved_sms(declaration(), office())
    assert text == (
        "BHXH: To khai 7K4M-92QX-3AB da chuyen den BHXH Q. Nam Tu Liem Ha N, khong can khai lai. Chua nop: mang CCCD, "
        "mau 01 da ky den do cham nhat 30/11. Hoi 19009068"
    )
    assert_is_one_part(text)
    mail = messages.moved_mail(declaration(), office())
    for half in (mail.text, mail.html):
        for said in ("BHXH quận Nam Từ Liêm", "không phải khai lại", "hết ngày 30/11/2026 (thứ Hai)", "Số 1 phố Mẫu"):
            assert said in half


def test_k8_who_has_handed_in_is_told_of_no_deadline_and_need_not_come() -> None:
    handed_in = declaration(expires_at=None)
    text = messages.moved_sms(handed_in, office())
    assert text == (
        "BHXH: To khai 7K4M-92QX-3AB nay do BHXH Q. Nam Tu Liem Ha N giai quyet. Khong phai khai lai, khong phai nop "
        "lai. Hoi 19009068"
    )
    mail = messages.moved_mail(handed_in, office())
    for half in (mail.text, mail.html):
        assert "không phải nộp lại" in half
        assert "chậm nhất" not in half
        assert "Nơi nộp" not in half


@given(note=st.text(max_size=NOTE_LIMIT), name=st.text(max_size=60))
def test_every_sms_to_a_guardian_is_one_part_whatever_people_write(note: str, name: str) -> None:
    here = office(short_name=name)
    for text in (
        messages.received_sms(child(), here, LINK),
        messages.reminder_sms(child(), here),
        messages.rejected_sms(child(), [Reason.OTHER], note),
        messages.supplement_sms(child(), here, note),
        messages.moved_sms(child(), here),
        messages.moved_sms(declaration(), here),
    ):
        assert_is_one_part(text)


def test_the_code_is_said_to_be_for_one_purpose_and_never_asked_for() -> None:
    """A7."""
    assert account_messages.otp_sms("doi mat khau") == (
        "BHXH: OTP ****** de doi mat khau, hieu luc 5 phut. Can bo, tong dai khong bao gio hoi ma nay. Khong dua cho ai"
    )


def test_k10_the_old_number_learns_of_nobody() -> None:
    text = account_messages.phone_given_up_sms(AT)
    assert text.startswith("BHXH: Tu 09:42 20/11/2026, so nay khong con nhan tin cua tai khoan VssID")
    assert "2345" not in text


def test_the_old_address_learns_of_nobody() -> None:
    mail = account_messages.email_given_up_mail(AT)
    for half in (mail.subject, mail.text, mail.html):
        assert "2345" not in half
        assert "Nguyễn" not in half
    assert mail.text.startswith("Kính gửi Ông/Bà,\n")


@pytest.mark.parametrize(
    "sms",
    [
        account_messages.password_changed_sms,
        account_messages.phone_taken_up_sms,
        account_messages.email_changed_sms,
        account_messages.locked_sms,
        account_messages.closed_sms,
    ],
)
def test_an_sms_about_an_account_tells_when_where_to_turn_and_four_digits_alone(sms: Any) -> None:
    text = sms(account(), AT)
    assert_is_one_part(text)
    for told in ("duoi 2345", "09:42 20/11/2026", "19009068"):
        assert told in text
    assert "001085012345" not in text
    assert "mau" not in fold(text).split(), "no name"


def test_the_letter_about_a_lock_gives_no_reason() -> None:
    mail = account_messages.locked_mail(account(), AT)
    assert "vì" not in mail.text.split()
    assert "lý do" not in mail.text
