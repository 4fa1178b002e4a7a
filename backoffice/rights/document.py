"""What is told to a person: one shape, from which both the document on paper and the data (JSON) are made.

Every field has its Vietnamese label; `schema()` is the description of the data, published beside it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

NAME = "bhxh-vssid/du-lieu-ca-nhan/1"
"""Name and version of the shape: a field that is renamed or removed makes another version."""


def _(label: str, **more: Any) -> Any:
    return Field(title=label, **more)


def _in_vietnamese(described: dict[str, Any]) -> None:
    """Leave out what is said in English for who works on this."""
    described.pop("description", None)


class Part(BaseModel):
    """A part of the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_in_vietnamese)


class Handled(Part):
    """Something an officer did: by role and office: the law names who processes data as bodies, not people."""

    at: datetime = _("Lúc")
    by: str = _("Ai (chức danh, cơ quan)")
    what: str = _("Việc")
    note: str | None = _("Ghi chú", default=None)


class PhotoKept(Part):
    """A photo that is kept, or a place where one may still be sent."""

    kind: str = _("Ảnh")
    sent_at: datetime = _("Gửi lúc")
    size: str = _("Cỡ ảnh (điểm)")
    is_kept: bool = _("Còn lưu")
    notes: list[str] = _("Nhận xét tự động", default=[])
    read_from_it: str | None = _("Đọc được từ mã QR trên ảnh", default=None)


class Change(Part):
    """A field put right at the desk."""

    at: datetime = _("Lúc")
    by: str = _("Ai (chức danh, cơ quan)")
    field: str = _("Mục")
    old_value: str | None = _("Trước khi sửa")
    new_value: str | None = _("Sau khi sửa")
    note: str | None = _("Ghi chú")
    blanked_at: datetime | None = _("Đã xóa nội dung theo thời hạn lúc")


class Adjusted(Part):
    """What an adjustment says otherwise than the account did."""

    field: str = _("Mục")
    old_value: str | None = _("Trước khi điều chỉnh")
    new_value: str | None = _("Đề nghị")


class Said(Part):
    """A part of a declaration as it was said once."""

    field: str = _("Mục")
    value: str = _("Nội dung")


class FormerVersion(Part):
    """A declaration as it was before its person corrected it."""

    number: int = _("Bản")
    made_at: datetime = _("Gửi lúc")
    replaced_at: datetime = _("Được thay lúc")
    said: list[Said] = _("Nội dung")
    photos: list[PhotoKept] = _("Ảnh đã được thay")


class LinkSent(Part):
    """A link to declare anew that a letter of refusal took along."""

    made_at: datetime = _("Gửi lúc")
    expires_at: datetime = _("Dùng được đến")
    used_at: datetime | None = _("Đã dùng lúc")


class OfPerson(Part):
    """What declarations and accounts say of their person."""

    bhxh_code: str = _("Mã số BHXH")
    full_name: str = _("Họ tên")
    id_type: str = _("Loại giấy tờ")
    id_number: str = _("Số giấy tờ")
    date_of_birth: date | None = _("Ngày sinh")
    address: str = _("Địa chỉ")
    phone: str = _("Điện thoại")
    email: str | None = _("Thư điện tử")
    guardian_bhxh_code: str | None = _("Mã số BHXH người giám hộ")


class DeclarationHeld(OfPerson):
    """A declaration (form 01), with all that was done with it."""

    receipt_code: str = _("Mã hồ sơ")
    purpose: str = _("Việc")
    status: str = _("Tình trạng")
    channel: str = _("Khai")
    sent_through: str | None = _("Gửi qua phần mềm")
    office: str = _("Cơ quan nhận")
    send_form01_by_email: bool = _("Nhận mẫu số 01 qua thư điện tử")
    population_db_verified: bool = _("Đã được Cơ sở dữ liệu quốc gia về dân cư xác thực")
    contact_person: str | None = _("Người liên hệ")
    start_date: date | None = _("Ngày bắt đầu giao dịch")
    registered_at: str | None = _("Nơi đăng ký")
    submission_method: str | None = _("Cách nộp hồ sơ")
    undertaking: str = _("Lời cam kết")
    consent: str = _("Lời đồng ý xử lý dữ liệu")
    consented_at: datetime = _("Đồng ý lúc")
    declared_at: datetime = _("Khai lúc")
    expires_at: datetime | None = _("Hạn nộp")
    reminded_at: datetime | None = _("Đã nhắc hạn nộp lúc")
    decided_at: datetime | None = _("Giải quyết lúc")
    reasons: list[str] = _("Lý do không chấp nhận")
    replaces: str | None = _("Thay cho tờ khai")
    steps: list[Handled] = _("Các bước xử lý")
    cleared_at: datetime | None = _("Đã xóa ảnh, dữ liệu quét, ghi chú xác minh theo thời hạn lúc")
    photos: list[PhotoKept] = _("Ảnh")
    verified: list[Handled] = _("Các mục đã xác minh")
    scanned: list[Handled] = _("Giấy tờ đã quét tại quầy")
    corrected: list[Change] = _("Các mục đã sửa tại quầy")
    version: int = _("Bản thứ")
    former: list[FormerVersion] = _("Các bản trước khi người khai tự sửa")
    links: list[LinkSent] = _("Liên kết khai lại đã gửi bằng thư")
    adjusted: list[Adjusted] = _("Các mục đề nghị điều chỉnh trong tài khoản")
    proven_phone: str | None = _("Số điện thoại mới đã xác nhận bằng mã OTP")
    proven_at: datetime | None = _("Xác nhận số điện thoại mới lúc")


class Opened(Part):
    """A session, a device, a password, a code: when, and until when. Secrets themselves are kept as hashes alone."""

    what: str = _("Loại")
    since: datetime = _("Từ lúc")
    until: datetime | None = _("Đến lúc", default=None)
    more: str | None = _("Thêm", default=None)


class AccountHeld(OfPerson):
    """An e-transaction account, with all that was done with it."""

    number: int = _("Số tài khoản nội bộ")
    status: str = _("Tình trạng")
    office: str = _("Cơ quan")
    bhxh_code: str = _("Mã số BHXH (tên đăng nhập)")
    must_update_phone: bool = _("Phải cập nhật số điện thoại")
    email_confirmed: str | None = _("Thư điện tử đã xác nhận")
    opened_by: str | None = _("Cấp theo tờ khai")
    opened_at: datetime = _("Cấp lúc")
    locked_at: datetime | None = _("Tạm khóa lúc")
    lock_reason: str | None = _("Vì sao tạm khóa")
    closed_at: datetime | None = _("Ngừng sử dụng lúc")
    password_set_at: datetime | None = _("Đặt mật khẩu lúc")
    password_reminded_at: datetime | None = _("Đã nhắc đổi mật khẩu lúc")
    held: list[str] = _("Số điện thoại, mã số đang giữ")
    secrets: list[Opened] = _("Mật khẩu, mã OTP, SmartOTP (chỉ thời điểm)")
    sessions: list[Opened] = _("Thiết bị và các lần đăng nhập còn lưu")
    calls: list[Handled] = _("Các cuộc gọi tổng đài, cấp lại mật khẩu")
    alarms: list[Handled] = _("Cảnh báo")
    notes: list[Handled] = _("Ghi chú của cán bộ")


class MessageSent(Part):
    """A message as it was sent; passwords and codes in it were never kept."""

    ordered_at: datetime = _("Lúc")
    kind: str = _("Loại")
    channel: str = _("Cách gửi")
    recipient: str = _("Gửi đến")
    subject: str | None = _("Tiêu đề")
    body: str = _("Nội dung (mật khẩu, mã đã che)")
    status: str = _("Tình trạng")
    sent_at: datetime | None = _("Gửi lúc")
    finished_at: datetime | None = _("Xong lúc")
    failure: str | None = _("Vì sao không gửi được")
    followed_up: list[Handled] = _("Cán bộ đã làm gì với tin này", default=[])


class Look(Part):
    """One row of the trail about the person."""

    at: datetime = _("Lúc")
    who: str = _("Ai")
    office: str | None = _("Cơ quan")
    what: str = _("Việc")
    receipt_code: str | None = _("Hồ sơ")


class Unproven(Part):
    """Something that bears the person's code or number and is not proven to be theirs: nothing of it is told."""

    what: str = _("Loại")
    office: str = _("Cơ quan")
    since: datetime = _("Từ lúc")


class Deleted(Part):
    """What is left of a declaration that was deleted: nothing that names anybody."""

    purpose: str = _("Việc")
    channel: str = _("Khai")
    office: str = _("Cơ quan nhận")
    declared_at: datetime = _("Khai lúc")
    why: str = _("Vì sao xóa")
    done: list[Handled] = _("Các việc đã làm, còn lưu", default=[])
    deleted_at: datetime = _("Xóa lúc")


class Kept(Part):
    """What has to be kept, why, for how long."""

    what: str = _("Dữ liệu")
    why: str = _("Vì sao phải giữ")
    how_long: str = _("Giữ đến khi nào")


class Asked(Part):
    """A request of the person to be told what is held."""

    number: str = _("Số yêu cầu")
    received_on: date = _("Ngày nhận")
    due_on: date = _("Hạn trả lời")
    office: str = _("Cơ quan nhận yêu cầu")
    asked_by: str = _("Người yêu cầu")
    identified: str = _("Giấy tờ")
    state: str = _("Tình trạng")


class OnList(Part):
    """A row of a unit's list that is about the person."""

    unit: str = _("Đơn vị gửi danh sách")
    office: str = _("Cơ quan nhận danh sách")
    received_at: datetime = _("Nhận lúc")
    row: int | None = _("Dòng", default=None)
    said: str | None = _("Nội dung đơn vị ghi")
    photos: str | None = _("Ảnh đơn vị gửi kèm, chưa lập tờ khai", default=None)
    corrected: str | None = _("Cán bộ đã sửa")
    outcome: str = _("Kết quả đối chiếu")
    applied_at: datetime | None = _("Duyệt lúc")


class PersonData(Part):
    """Everything held on one person."""

    model_config = ConfigDict(title="Dữ liệu cá nhân của một người tại hệ thống tiếp nhận tài khoản VssID")

    shape: str = _("Tên và phiên bản cấu trúc dữ liệu", default=NAME)
    made_at: datetime = _("Lập lúc")
    request: Asked = _("Trả lời yêu cầu")
    bhxh_codes: list[str] = _("Các số nhận ra người này (mã số BHXH, số định danh)")
    full_name: str | None = _("Họ tên")
    declarations: list[DeclarationHeld] = _("Tờ khai")
    accounts: list[AccountHeld] = _("Tài khoản giao dịch điện tử")
    messages: list[MessageSent] = _("Tin nhắn, thư đã gửi")
    lists: list[OnList] = _("Danh sách do đơn vị gửi")
    looks: list[Look] = _("Ai đã xem, đã làm gì")
    looks_left_off: int = _("Số dòng cũ hơn không đưa vào", default=0)
    unproven: list[Unproven] = _("Hồ sơ khác mang mã số này")
    deleted: list[Deleted] = _("Tờ khai đã xóa")
    requests: list[Asked] = _("Các yêu cầu cung cấp dữ liệu cá nhân")
    kept: list[Kept] = _("Dữ liệu phải giữ, vì sao, đến khi nào")


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the data; each field's title is its Vietnamese label."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PersonData.model_json_schema()}
