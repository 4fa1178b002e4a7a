"""The public form's steps, by what is declared: in which order, on which page, with which fields (issue 10, point 1).

One table. A kind that is not in it is not offered on /declare; a new one needs its line here and its templates.
"""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.models import DraftKind, PhotoKind


@dataclass(frozen=True)
class Step:
    """A page of the form at /declare/<name>: its template is portal/declare/<template>.html."""

    name: str
    title: str
    fields: tuple[str, ...]
    """What is typed there, by the names of intake.draft_values; their faults keep from going on."""
    template: str

    @property
    def href(self) -> str:
        """Return the address of the page."""
        return f"/declare/{self.name}"


@dataclass(frozen=True)
class Form:
    """How one kind of declaration is filled in.

    `start`: where choosing it leads; "" begins at once. Who must prove first to be somebody starts at a page of its
    own, which begins the draft (intake.drafts.begin) once that is done and leads to `first`.
    """

    title: str
    hint: str
    steps: tuple[Step, ...]
    start: str = ""

    @property
    def first(self) -> str:
        """Return the address of the first step."""
        return self.steps[0].href


PLACE = ("province", "district", "ward")
"""Codes of where somebody lives, chosen as one: what is wrong with them is told at the search, `place_q`."""
ADDRESS = (*PLACE, "line")
OPTIONAL = ("start_date", "registered_at", "submission_method", "contact_person")
PHOTOS = Step("photos", "Ảnh", tuple(kind.value for kind in PhotoKind), "photos")
OFFICE = Step("office", "Nơi nộp", ("office_code",), "office")
LOOK = Step("look", "Xem lại", ("consent", "undertaking"), "look")
DATA = Step(
    "data",
    "Thông tin",
    (
        "full_name", "bhxh_code", "id_type", "id_number", "date_of_birth", "place_q", *ADDRESS, "phone", "email",
        "send_form01_by_email", *OPTIONAL,
    ),
    "data",
)  # fmt: skip

CHILD = Step("data", "Thông tin con", ("full_name", "bhxh_code", "date_of_birth", "send_form01_by_email"), "child")
ADJUST = Step(
    "data",
    "Nội dung mới",
    ("full_name", "id_type", "id_number", "date_of_birth", *ADDRESS, "phone", "email", "send_form01_by_email"),
    "adjust",
)
PHONE = Step("phone", "Số mới", (), "phone")
STOP = Step("stop", "Cần biết", (), "stop")

FORMS: dict[DraftKind, Form] = {
    DraftKind.REGISTER: Form(
        "Đăng ký tài khoản cho chính mình",
        "Có căn cước/CCCD hoặc hộ chiếu và số điện thoại của riêng mình.",
        (DATA, PHOTOS, OFFICE, LOOK),
    ),
    DraftKind.CHILD: Form(
        "Đăng ký cho con",
        "Con dưới 18 tuổi chưa có giấy tờ hoặc chưa có điện thoại riêng; cha, mẹ hoặc người giám hộ đã có tài khoản.",
        (CHILD, PHOTOS, OFFICE, LOOK),
        "/declare/begin/child",
    ),
    DraftKind.ADJUST: Form(
        "Điều chỉnh thông tin tài khoản",
        "Đã có tài khoản; họ tên, ngày sinh, giấy tờ, địa chỉ, số điện thoại hoặc thư điện tử đã đổi hay ghi sai.",
        (ADJUST, PHONE, PHOTOS, OFFICE, LOOK),
        "/declare/begin/adjust",
    ),
    DraftKind.STOP: Form(
        "Ngừng sử dụng tài khoản",
        "Đã có tài khoản và không muốn giao dịch điện tử nữa.",
        (STOP, OFFICE, LOOK),
        "/declare/begin/stop",
    ),
}


def step_of(kind: DraftKind, name: str) -> Step | None:
    """Return the step of this name, None where the kind has none."""
    return next((step for step in FORMS[kind].steps if step.name == name), None)


def beside(kind: DraftKind, step: Step) -> tuple[str, str]:
    """Return the addresses before and after a step; before the first is the start."""
    steps = FORMS[kind].steps
    at = steps.index(step)
    before = steps[at - 1].href if at else "/declare"
    return before, steps[at + 1].href if at + 1 < len(steps) else step.href


def where_to_mend(kind: DraftKind, field: str) -> Step:
    """Return the step on which a field is typed; the last one for what is of no field."""
    steps = FORMS[kind].steps
    return next((step for step in steps if field in step.fields), steps[-1])
