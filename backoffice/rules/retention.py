"""How long each kind of data is kept, from when, and why: one table, which the sweep obeys and /retention shows.

Law 91/2025/QH15 (personal data are kept no longer than their purpose needs, then deleted), Decree 356/2025 (ID images
are sensitive data). Where no law names a term, the one here is our reading, and a setting:

- A decision may be complained about within 90 days of knowing it (Law on Complaints 02/2011/QH13, art. 9): what tells
  how it was taken is kept 120.
- Identity is verified once (K1), so ID images, portrait, birth certificate and what was scanned have served when the
  account is open: 30 days for a wrong approval to come out. Nobody compares the portrait later: the owner brings an ID.
- What opened an account is proof for as long as one may be asked for it: 5 years; then the bare facts (PastApproval).
- What guards against guessing lives for minutes or days, by the rule it serves: no setting.

Whole rows go wherever they can: then nothing is forgotten in a column. Files that are exported are not kept here, but
for reports of figures, which name no citizen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from backoffice import config
from backoffice.kernel import clock
from backoffice.models import KeptData as D


@dataclass(frozen=True)
class Rule:
    """One kind of data: what is deleted, counted from when, after how long, and why not before or later.

    `tables` are those it empties or blanks, alone or with the others of a declaration or account. The term is that of
    `setting` (days), or `fixed`; with neither it is a setting of its own: the deadline, the trail's months.
    """

    data: D
    name: str
    what: str
    since: str
    why: str
    tables: tuple[str, ...]
    setting: str = ""
    fixed: timedelta | None = None

    @property
    def is_swept(self) -> bool:
        """Tell whether the sweep of expiry.retention deletes it; the rest is seen to by the rooms it belongs to."""
        return bool(self.setting)


_OF_A_DECLARATION = (
    "declarations", "photos", "verifications", "desk_scans", "corrections", "notices", "call_backs", "opened_files",
    "idempotency_keys", "claims", "photo_uploads", "account_changes",
    "declaration_versions", "version_photos", "redeclare_links", "desk_entries",
)  # fmt: skip
_OF_AN_ACCOUNT = (
    "accounts", "account_holds", "account_notes", "former_passwords", "account_devices", "account_sessions",
    "wrong_tries", "authenticators", "alarms", "credential_issues", "credential_attempts", "one_time_codes", "notices",
    "call_backs", "spoken_resets", "account_changes",
)  # fmt: skip


def _by(data: D, name: str, what: str, since: str, why: str, *tables: str, setting: str = "") -> Rule:
    return Rule(data, name, what, since, why, tables, setting or f"RETENTION_{data.name}_DAYS")


def _for(fixed: timedelta | None, data: D, name: str, since: str, *tables: str, why: str = "") -> Rule:
    return Rule(data, name, "xóa hẳn", since, why, tables, fixed=fixed)


_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

RULES: dict[D, Rule] = {
    rule.data: rule
    for rule in (
        _for(None, D.EXPIRED, "Tờ khai không nộp", "xóa khi quá hạn", *_OF_A_DECLARATION,
             why="Quá thời hạn thông báo cho công dân. Chỉ giữ dấu vết không nêu tên để trả lời khi họ đến hỏi."),
        _by(D.REJECTED, "Tờ khai không chấp nhận, đã rút", "xóa hẳn cùng ảnh, tin nhắn, ghi chép", "từ ngày quyết định",
            "Còn thời hạn khiếu nại 90 ngày và thời gian xem xét.", *_OF_A_DECLARATION),
        _by(D.APPROVED_PHOTOS, "Ảnh của tờ khai đã duyệt",
            "xóa mọi ảnh, cả ảnh chân dung, dữ liệu quét, ghi chú khi xác minh, thông tin cũ trước khi điều chỉnh, "
            "các bản khai trước khi công dân sửa",
            "từ ngày duyệt",
            "Chỉ xác minh danh tính một lần. Giữ thêm để kịp phát hiện việc duyệt nhầm.",
            "photos", "desk_scans", "verifications", "account_changes", "declaration_versions", "version_photos"),
        _by(D.CORRECTIONS, "Nội dung đã sửa trên tờ khai", "xóa giá trị cũ, mới và lý do; còn lại việc đã sửa mục nào",
            "từ ngày sửa", "Để giải thích khi công dân hỏi về chỗ đã sửa.", "corrections"),
        _by(D.APPROVED, "Tờ khai đã duyệt", "xóa hẳn; còn lại ai duyệt, khi nào, xác minh từng mục bằng cách nào",
            "từ ngày duyệt", "Là căn cứ đã cấp tài khoản.", *_OF_A_DECLARATION),
        _by(D.CLOSED_ACCOUNTS, "Tài khoản đã ngừng sử dụng", "xóa hẳn cùng mọi dữ liệu của tài khoản",
            "từ ngày ngừng sử dụng", "Để trả lời về giao dịch đã làm khi tài khoản còn dùng.", *_OF_AN_ACCOUNT),
        _by(D.TOMBSTONES, "Dấu vết tờ khai đã xóa vì quá hạn", "xóa hẳn", "từ ngày xóa tờ khai",
            "Để trả lời “đã khai ngày nào, xóa ngày nào”. Không nêu tên ai.", "tombstones"),
        _by(D.NOTICES, "Tin nhắn, thư đã gửi", "xóa hẳn cùng số nhận, nội dung, ghi chép gọi lại", "từ ngày lập tin",
            "Để trả lời tin đã đến hay chưa, trong thời hạn khiếu nại.", "notices", "call_backs"),
        _by(D.ONE_TIME_CODES, "Mã OTP", "xóa hẳn cùng tin nhắn mang mã", "từ khi yêu cầu mã",
            "Mã hết hiệu lực sau vài phút. Giữ để tra khi có nghi ngờ lừa đảo.", "one_time_codes", "notices"),
        _by(D.TEMPORARY_PASSWORDS, "Mật khẩu tạm (dạng băm)", "xóa hẳn", "từ khi tạo",
            "Lâu hơn thời gian mật khẩu tạm còn dùng được.", "credential_attempts"),
        _by(D.ACCOUNT_SESSIONS, "Lần đăng nhập của công dân", "xóa hẳn", "từ khi kết thúc",
            "Để chủ tài khoản nhận ra người lạ.", "account_sessions"),
        _by(D.ACCOUNT_NOTES, "Ghi chú của cán bộ về tài khoản", "xóa hẳn; còn lại việc đã làm", "từ ngày ghi",
            "Để giải thích việc khóa, mở khóa, đổi số.", "account_notes"),
        _by(D.HOTLINE_CALLS, "Sổ cuộc gọi tổng đài", "xóa hẳn", "từ cuộc gọi",
            "Để xem lại khi có phản ánh về cuộc gọi.", "hotline_calls"),
        _by(D.ALARMS, "Cảnh báo về tài khoản", "xóa hẳn cùng ghi chú xử lý", "từ khi xử lý xong",
            "Để thấy dấu hiệu lặp lại.", "alarms"),
        _by(D.TRAIL_ALARMS, "Cảnh báo truy cập", "xóa hẳn cùng ghi chú xem xét", "từ khi xem xét xong",
            "Để thấy dấu hiệu lặp lại.", "trail_alarms", setting="RETENTION_ALARMS_DAYS"),
        _by(D.OPENED_FILES, "Lý do mở xem hồ sơ", "xóa hẳn lời ghi; nhật ký vẫn còn việc đã xem", "từ khi mở xem",
            "Để kiểm tra việc xem hồ sơ có lý do chính đáng.", "opened_files"),
        _by(D.OFFICER_SESSIONS, "Lần đăng nhập của cán bộ", "xóa hẳn", "từ khi kết thúc",
            "Để cán bộ nhận ra người lạ dùng tài khoản của mình.", "officer_sessions"),
        _by(D.IDEMPOTENCY_KEYS, "Dấu chống gửi tờ khai hai lần", "xóa hẳn cùng câu trả lời đã gửi", "từ khi nhận",
            "Để phần mềm gửi lại khi mất mạng mà không thành hai tờ khai.", "idempotency_keys"),
        _for(None, D.TRAIL, "Nhật ký truy cập", "từ hết tháng ghi", "trail",
             why="Không chứa dữ liệu cá nhân; để trả lời ai đã xem, ai đã làm gì."),
        _for(_HOUR, D.PHOTO_UPLOADS, "Ảnh gửi từ điện thoại, chưa ai nhận", "từ khi mã hết hạn", "photo_uploads"),
        _for(10 * _MINUTE, D.CLAIMS, "Ai đang giữ hồ sơ", "từ thao tác cuối", "claims"),
        _for(2 * _HOUR, D.IMPORT_DRAFTS, "Tệp Excel đã xem, chưa áp dụng", "từ khi gửi lên", "import_drafts"),
        _for(2 * _HOUR, D.DECLARATION_DRAFTS, "Tờ khai đang điền dở cùng ảnh", "từ lần điền cuối", "declaration_drafts",
             "draft_photos", "draft_photo_links"),
        _for(10 * _MINUTE, D.ANNOUNCED_CALLS, "Số đang gọi tổng đài", "từ khi báo", "announced_calls"),
        _for(60 * _DAY, D.SPOKEN_RESETS, "Việc đọc mật khẩu qua trợ lý ảo", "từ cuộc gọi", "spoken_resets"),
        _for(_DAY, D.SIGN_IN_FAILURES, "Lần đăng nhập sai của cán bộ", "từ lần sai", "sign_in_failures"),
        _for(2 * _DAY, D.ATTEMPTS, "Số lần thử để giới hạn", "từ lần thử", "attempts"),
        _for(30 * _DAY, D.WRONG_TRIES, "Lần nhập sai mật khẩu tài khoản, số để tra cứu tờ khai", "từ lần sai cuối",
             "wrong_tries"),
        _for(180 * _DAY, D.KNOWN_DEVICES, "Máy cán bộ đã dùng", "từ lần dùng cuối", "known_devices"),
        _for(365 * _DAY, D.ACCOUNT_DEVICES, "Thiết bị công dân đã xác nhận", "từ lần dùng cuối", "account_devices"),
        _for(72 * _HOUR, D.STRAY_RECEIPTS, "Báo phát chưa rõ của tin nào", "từ khi nhận", "stray_receipts"),
        _for(120 * _DAY, D.BATCHES, "Danh sách của đơn vị cùng tệp, ảnh đã gửi", "từ lần xử lý cuối", "batches",
             "batch_files", "batch_rows", "batch_edits", "batch_archives", "batch_photos", "batch_results",
             why="Là căn cứ duyệt theo danh sách, còn thời hạn khiếu nại 90 ngày; danh sách bỏ dở cũng xóa."),
        _for(31 * _DAY, D.MORNINGS, "Số liệu ghi lại đầu mỗi ngày", "từ ngày ghi", "figure_mornings",
             why="Để so sánh với tuần trước; chỉ có số đếm."),
        _for(7 * _DAY, D.REPORTS, "Báo cáo Excel về số liệu", "từ khi lập xong", "reports"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Stays:
    """Tables that no term empties, and why: they name no citizen, or serve for as long as they are there."""

    name: str
    why: str
    tables: tuple[str, ...]


STAYS: tuple[Stays, ...] = (
    Stays("Tài khoản đang dùng", "Giữ khi công dân còn dùng; ngừng sử dụng thì theo thời hạn ở trên.",
          ("accounts", "account_holds", "former_passwords", "authenticators", "credential_issues")),
    Stays("Người dùng và cách đăng nhập của họ", "Mỗi quyết định phải còn biết ai đã làm; người đã ngừng vẫn giữ tên.",
          ("officers", "officer_links", "recovery_codes")),
    Stays("Đơn vị gửi danh sách", "Trường học, doanh nghiệp: không phải dữ liệu của công dân.",
          ("units", "unit_changes")),
    Stays("Cơ quan và phần mềm kết nối", "Không phải dữ liệu của công dân.",
          ("offices", "office_wards", "office_changes", "office_merges", "machine_clients", "client_keys")),
    Stays("Việc đã duyệt và yêu cầu của công dân", "Chỉ còn số hiệu, ngày giờ, mã băm: không nêu tên ai.",
          ("past_approvals", "person_requests")),
    Stays("Số liệu đếm theo ngày", "Chỉ có số đếm theo cơ quan, theo số hiệu cán bộ; không có gì của công dân.",
          ("figure_deltas", "figure_days", "figure_branches", "figure_checks")),
    Stays("Số liệu vận hành và niêm phong nhật ký", "Chỉ có số đếm và ngày giờ.",
          ("gateways", "gateway_minutes", "photo_checks", "retention_runs", "trail_seals", "trail_checks",
           "trail_watch")),
)  # fmt: skip


def term(data: D) -> timedelta:
    """Return how long such data is kept; nothing for what goes at its deadline. Raises KeyError for the trail."""
    rule = RULES[data]
    if rule.setting:
        return timedelta(days=config.current().retention_days[rule.setting])
    if data is D.EXPIRED:
        return timedelta()
    if rule.fixed is None:
        raise KeyError(data)
    return rule.fixed


def cutoff(data: D) -> datetime:
    """Return the instant before which such data has to go."""
    return clock.now() - term(data)


def told(rule: Rule) -> str:
    """Return how long it is kept, in words: "120 ngày", "60 tháng", "2 giờ", "1.825 ngày (5 năm)"."""
    settings = config.current()
    if rule.data is D.EXPIRED:
        return f"hạn nộp {settings.expiry_days} ngày"
    if rule.data is D.TRAIL:
        return f"{settings.trail_months} tháng"
    kept = term(rule.data)
    for unit, word in ((_DAY, "ngày"), (_HOUR, "giờ"), (_MINUTE, "phút")):
        if kept >= unit and not kept % unit:
            return f"{kept // unit:,} {word}".replace(",", ".") + _in_years(kept)
    return f"{kept.total_seconds():.0f} giây"


def _in_years(kept: timedelta) -> str:
    year = 365 * _DAY
    return f" ({kept // year} năm)" if kept > year and not kept % year else ""
