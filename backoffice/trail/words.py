"""The trail's words: of every event, of their kinds, of who acts, of alarms."""

from __future__ import annotations

from enum import StrEnum

from backoffice.models import ActorKind, TrailAlarmKind
from backoffice.models import TrailEvent as E


class Group(StrEnum):
    """Kinds of acts, as a search is narrowed to them."""

    LOOKS = "looks"
    DECISIONS = "decisions"
    DESK = "desk"
    ACCOUNTS = "accounts"
    MESSAGES = "messages"
    SIGN_IN = "sign_in"
    OFFICES = "offices"
    BATCHES = "batches"
    OFFICERS = "officers"
    CLIENTS = "clients"
    TRAIL = "trail"
    STORE = "store"


GROUPS: dict[Group, str] = {
    Group.LOOKS: "Chỉ việc xem, tìm kiếm",
    Group.DECISIONS: "Chỉ quyết định",
    Group.DESK: "Việc khác với hồ sơ",
    Group.ACCOUNTS: "Tài khoản, tổng đài",
    Group.MESSAGES: "Tin nhắn, thư",
    Group.SIGN_IN: "Đăng nhập của cán bộ",
    Group.OFFICES: "Cơ quan BHXH",
    Group.BATCHES: "Danh sách đơn vị",
    Group.OFFICERS: "Người dùng",
    Group.CLIENTS: "Kết nối phần mềm",
    Group.TRAIL: "Tra cứu nhật ký",
    Group.STORE: "Kho ảnh",
}
_WORDS: dict[Group, dict[E, str]] = {
    Group.LOOKS: {
        E.SEARCH: "Tìm kiếm",
        E.QUEUE: "Xem danh sách hồ sơ",
        E.REVIEW: "Mở xem hồ sơ",
        E.OPEN: "Nêu lý do mở xem hồ sơ",
        E.PHOTO: "Xem ảnh cỡ lớn",
        E.FORM01: "Mở mẫu số 01",
        E.LEDGER: "Mở phiếu xác minh",
        E.SLIP: "Mở phiếu kết quả",
        E.EXPORT: "Xuất danh sách",
        E.ACCOUNT: "Mở xem tài khoản",
        E.ACCOUNT_COMPARE: "Đối chiếu giấy tờ với tài khoản",
        E.ACCOUNT_READ: "Xem thông tin tài khoản",
        E.HOTLINE_LOOK: "Xem qua tổng đài, mã số và số điện thoại khớp",
        E.NOTICES: "Xem danh sách tin chưa đến",
        E.NOTICE_SEARCH: "Tìm tin nhắn, thư",
        E.STATUS_READ: "Xem tình trạng hồ sơ",
        E.PREFILL: "Mở lại nội dung đã khai để sửa hoặc khai lại",
        E.BATCH_SEE: "Xem danh sách của đơn vị",
        E.BATCH_EXPORT: "Tải tệp của danh sách đơn vị",
        E.RIGHTS_LOOK: "Mở xem yêu cầu cung cấp dữ liệu cá nhân",
        E.RIGHTS_EXPORT: "Lập bản dữ liệu cá nhân theo yêu cầu của công dân",
    },
    Group.DECISIONS: {
        E.APPROVE: "Duyệt",
        E.REJECT: "Không chấp nhận",
        E.WITHDRAW: "Rút tờ khai",
        E.SUPPLEMENT: "Chờ bổ sung",
        E.ESCALATE: "Báo lãnh đạo",
        E.DEESCALATE: "Lãnh đạo giao lại cho cán bộ",
        E.TRANSFER: "Tiếp nhận từ cơ quan khác",
        E.RESET: "Cấp lại mật khẩu",
        E.ACCOUNT_LOCK: "Khóa tài khoản",
        E.ACCOUNT_UNLOCK: "Mở khóa tài khoản",
        E.ACCOUNT_CLOSE: "Ngừng sử dụng tài khoản",
        E.ACCOUNT_ADJUST: "Điều chỉnh thông tin tài khoản",
        E.PHONE_CHANGE: "Đổi số điện thoại",
        E.PHONE_FREE: "Giải phóng số điện thoại khỏi tài khoản cũ",
    },
    Group.DESK: {
        E.DECLARE: "Khai điện tử",
        E.RESUBMIT: "Công dân sửa tờ khai, gửi lại",
        E.ENTRY_CHECKED: "Kiểm tra hồ sơ do cán bộ lập giúp",
        E.ROTATE: "Xoay ảnh",
        E.RETAKE: "Thay ảnh chụp lại",
        E.PHOTO_INVITE: "Đưa mã để chụp lại ảnh bằng điện thoại",
        E.PHOTO_SENT: "Gửi ảnh bằng điện thoại",
        E.PHOTO_DISCARD: "Bỏ ảnh gửi bằng điện thoại",
        E.CLAIM: "Nhận xử lý",
        E.RELEASE: "Thôi giữ hồ sơ",
        E.HANDOVER: "Bàn giao hồ sơ",
        E.PRESENT: "Ghi đã nộp hồ sơ",
        E.PRESENT_LATE: "Nhập hồ sơ đã nộp trước đó",
        E.SCAN: "Quét giấy tờ",
        E.VERIFY: "Xác minh",
        E.UNVERIFY: "Bỏ xác minh",
        E.CORRECT: "Sửa tờ khai",
        E.EXPIRE: "Xóa tờ khai quá hạn",
        E.RETENTION: "Xóa theo thời hạn lưu trữ",
        E.EXTEND: "Gia hạn nộp cho cả cơ quan",
        E.EXTENDED: "Được gia hạn nộp",
        E.RIGHTS_REQUEST: "Ghi nhận yêu cầu cung cấp dữ liệu cá nhân",
        E.RIGHTS_ANSWERED: "Giao bản dữ liệu cá nhân cho công dân",
        E.RIGHTS_WITHDRAWN: "Đóng yêu cầu cung cấp dữ liệu cá nhân, không trả lời",
    },
    Group.ACCOUNTS: {
        E.ACCOUNT_OPEN: "Cấp tài khoản",
        E.ACCOUNT_ACTIVE: "Đặt mật khẩu lần đầu, bắt đầu sử dụng",
        E.ACCOUNT_SIGN_IN: "Chủ tài khoản đăng nhập",
        E.ACCOUNT_SIGN_IN_FAILED: "Đăng nhập tài khoản không được: sai mật khẩu",
        E.ACCOUNT_SIGN_OUT: "Chủ tài khoản thoát",
        E.PASSWORD_CHANGE: "Đổi mật khẩu",
        E.EMAIL_CONFIRM: "Xác nhận thư điện tử",
        E.EMAIL_RESET: "Đặt lại mật khẩu qua thư điện tử",
        E.SMART_OTP: "SmartOTP",
        E.HOTLINE_MISS: "Tổng đài đối chiếu không khớp",
        E.HOTLINE_ACT: "Tổng đài hỗ trợ",
        E.ALARM_HANDLED: "Xem xét cảnh báo của tổng đài",
        E.PHONE_DOUBTED: "Đánh dấu phải cập nhật số điện thoại",
        E.DOOR_OPENED: "Mở lại đăng nhập sau khi nhập sai nhiều lần",
    },
    Group.MESSAGES: {
        E.NOTICE_FAILED: "Tin nhắn, thư không gửi được",
        E.NOTICE_SEEN: "Ghi công dân đã thấy tin",
        E.NOTICE_CALL_BACK: "Ghi việc liên hệ công dân về tin chưa đến",
        E.NOTICE_GIVEN_UP: "Thôi gửi tin chưa đến",
        E.RESEND: "Gửi lại tin",
    },
    Group.SIGN_IN: {
        E.SIGN_IN: "Đăng nhập",
        E.SIGN_IN_FAILED: "Đăng nhập không được",
        E.SIGN_OUT: "Đăng xuất",
        E.SIGN_OUT_EVERYWHERE: "Đăng xuất khỏi mọi máy",
        E.LOCK: "Khóa màn hình",
        E.UNLOCK: "Mở khóa màn hình",
        E.UNLOCK_FAILED: "Mở khóa màn hình không được",
        E.DEVICE_KNOWN: "Xác nhận việc đăng nhập là của mình",
        E.DEVICE_FORGOTTEN: "Bỏ máy đã biết",
        E.STAND_IN: "Làm thay ở cơ quan thứ hai",
        E.TOTP_ENROLLED: "Gắn ứng dụng xác thực",
        E.RECOVERY_CODES: "Tạo mã khôi phục",
        E.RECOVERY_CODE_USED: "Dùng mã khôi phục",
    },
    Group.OFFICES: {
        E.OFFICE_CREATE: "Thêm cơ quan",
        E.OFFICE_EDIT: "Sửa cơ quan",
        E.OFFICE_CLOSE: "Ngừng hoạt động cơ quan",
        E.OFFICE_REOPEN: "Cho cơ quan hoạt động lại",
        E.OFFICE_MERGE_PLANNED: "Lập kế hoạch hợp nhất cơ quan",
        E.OFFICE_MERGE_CANCELLED: "Hủy kế hoạch hợp nhất cơ quan",
        E.OFFICE_MERGE: "Hợp nhất cơ quan",
        E.OFFICE_IMPORT: "Nhập danh sách cơ quan",
        E.OFFICE_EXPORT: "Xuất danh sách cơ quan",
    },
    Group.BATCHES: {
        E.UNIT_EDIT: "Thêm, sửa đơn vị",
        E.BATCH_UPLOAD: "Gửi danh sách của đơn vị lên",
        E.BATCH_CORRECT: "Sửa danh sách của đơn vị",
        E.BATCH_APPLY: "Duyệt theo danh sách của đơn vị",
        E.BATCH_SECOND: "Người thứ hai xem danh sách của đơn vị",
        E.BATCH_CLOSED: "Kết thúc danh sách của đơn vị",
        E.BATCH_CANCEL: "Hủy danh sách của đơn vị",
    },
    Group.OFFICERS: {
        E.OFFICER_CREATE: "Thêm người dùng",
        E.OFFICER_EDIT: "Sửa người dùng",
        E.OFFICER_DISABLE: "Ngừng người dùng",
        E.OFFICER_ENABLE: "Cho người dùng hoạt động lại",
        E.OFFICER_LINK: "Tạo liên kết đặt mật khẩu",
        E.OFFICER_LINK_USED: "Đặt mật khẩu bằng liên kết",
        E.OFFICER_IMPORT: "Nhập danh sách người dùng",
        E.TOTP_RESET: "Bỏ ứng dụng xác thực để gắn lại",
    },
    Group.CLIENTS: {
        E.CLIENT_CREATE: "Thêm phần mềm kết nối",
        E.CLIENT_EDIT: "Sửa phần mềm kết nối",
        E.CLIENT_KEY: "Cấp khóa kết nối",
        E.CLIENT_KEY_ENDED: "Chấm dứt khóa kết nối",
        E.CLIENT_DISABLE: "Ngừng phần mềm kết nối",
        E.CLIENT_ENABLE: "Cho phần mềm kết nối lại",
    },
    Group.TRAIL: {
        E.TRAIL_SEARCH: "Tra cứu nhật ký truy cập",
        E.TRAIL_EXPORT: "Xuất nhật ký truy cập",
        E.TRAIL_ALARM_HANDLED: "Xem xét cảnh báo truy cập",
    },
    Group.STORE: {
        E.PHOTO_KEYS: "Mã hóa lại khóa của kho ảnh",
        E.PHOTO_CHECK: "Kiểm tra kho ảnh",
    },
}
WORDS: dict[E, str] = {event: words for group in _WORDS.values() for event, words in group.items()}
EVENTS: dict[Group, tuple[E, ...]] = {group: tuple(of) for group, of in _WORDS.items()}
ACTORS: dict[ActorKind, str] = {
    ActorKind.OFFICER: "Cán bộ",
    ActorKind.CLIENT: "Phần mềm kết nối",
    ActorKind.CITIZEN: "Công dân",
    ActorKind.SYSTEM: "Hệ thống",
}
ALARMS: dict[TrailAlarmKind, str] = {
    TrailAlarmKind.OUT_OF_HOURS: "Xem dữ liệu công dân ngoài giờ làm việc",
    TrailAlarmKind.MASS_LOOKUP: "Xem nhiều người mà không giải quyết việc gì cho họ",
}
