"""What all pages of the public form share: the draft's cookie, the frame of a step, and how a refusal looks.

The cookie is a token of 32 random bytes and opens the draft alone (intake.drafts); it lapses with the draft. Whatever
is typed is written to the draft at once, and every POST is answered by 303: reload and Back never send anything twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, request, session
from flask_wtf.csrf import CSRFError

from backoffice.intake import draft_values, drafts
from backoffice.intake.checks import Checker, check_person
from backoffice.intake.draft_rows import KEPT, Draft, DraftOver, DraftSent
from backoffice.intake.prefill_values import MARK
from backoffice.kernel.errors import NotFound
from backoffice.portal.declare_steps import FORMS, Step, beside, step_of
from backoffice.portal.declare_words import told
from backoffice.rules import consent
from backoffice.web.fragments import is_fragment, show

DONE, START = "/declare/done", "/declare"
_CONSENT = "declare_consent"
_TRIED = "_tried"
"""Names of the steps that were left by “Tiếp tục”: from then on they show what is wrong there."""
_TOO_OLD = (
    "Trang đã mở quá lâu, hoặc trình duyệt không cho lưu cookie, nên việc vừa bấm chưa được nhận. "
    "Nội dung đã điền trước đó vẫn còn trong 2 giờ; xin mở lại trang khai rồi làm tiếp."
)


def room(name: str, module: str) -> Blueprint:
    """Return a blueprint of pages under /declare that tell no other site of themselves."""
    pages = Blueprint(name, module, url_prefix="/declare")
    pages.url_value_preprocessor(_look)
    pages.after_request(_tell_nobody)
    pages.register_error_handler(DraftOver, _over)
    pages.register_error_handler(DraftSent, _sent)
    pages.register_error_handler(CSRFError, _no_token)
    return pages


def token() -> str:
    """Return the token of this browser's draft, "" without one."""
    return request.cookies.get(_name(), "")


def draft() -> Draft:
    """Return this browser's draft; raises DraftOver, which leads to the start, and DraftSent, to the confirmation."""
    found = drafts.open_draft(token())
    if found.receipt is not None:
        raise DraftSent
    return found


def has_draft(**_: Any) -> bool:
    """Tell whether this browser has a draft that is open still: who has none may not send files."""
    with suppress(DraftOver):
        return drafts.open_draft(token()).receipt is None
    return False


def give(response: Response, token: str) -> Response:
    """Let the browser have the draft of `token`, for as long as a draft is kept."""
    seconds = int(KEPT / timedelta(seconds=1))
    response.set_cookie(_name(), token, max_age=seconds, path="/", secure=is_secure(), httponly=True, samesite="Lax")
    return response


def take(response: Response) -> Response:
    """Remove the draft's cookie."""
    response.delete_cookie(_name(), path="/", secure=is_secure(), httponly=True, samesite="Lax")
    return response


def lead(where: str) -> Response:
    """Send the browser on by 303, with its draft's two hours anew."""
    response: Response = redirect(where, 303)  # type: ignore[assignment]
    return give(response, token()) if token() else response


def step(of: Draft, name: str) -> Step:
    """Return the step `name` of the draft's form; raises NotFound where it has no such step."""
    found = step_of(of.kind, name)
    if found is None:
        raise NotFound("Tờ khai đang điền không có bước này. Nội dung đã điền vẫn còn; xin mở lại trang khai.")
    return found


def show_step(
    of: Draft, at: Step, *, block: str | None = None, faults: Mapping[str, str] | None = None, **values: Any
) -> Response:
    """Show a step with what the draft holds. `faults`: by field; without it those of the step, once it was tried."""
    found = marks(of, at) | dict(faults_in(of, at) if faults is None and was_tried(of, at) else faults or {})
    response = show(
        f"portal/declare/{at.template}.html",
        block=block,
        form=FORMS[of.kind],
        step=at,
        draft=of,
        values=of.values,
        faults=found,
        **values,
    )
    return response if is_fragment() else give(response, token())


def save(at: Step, typed: Mapping[str, str], **notes: str) -> Draft:
    """Write what was typed on a step to the draft, and the page's own notes (names without their "_")."""
    known = {name: typed.get(name, "") for name in at.fields if name in typed or name in draft_values.SWITCHES}
    return drafts.put(token(), known | {f"_{name}": value for name, value in notes.items()})


def go_on(of: Draft, at: Step, faults: Mapping[str, str]) -> Response:
    """Lead to the step after, or back to this one, which then shows what is wrong."""
    tried = sorted({*of.values.get(_TRIED, "").split(), at.name})
    drafts.put(token(), {_TRIED: " ".join(tried)})
    return lead(at.href if faults else beside(of.kind, at)[1])


def was_tried(of: Draft, at: Step) -> bool:
    """Tell whether the step was left by “Tiếp tục” before."""
    return at.name in of.values.get(_TRIED, "").split()


def faults_in(of: Draft, at: Step) -> dict[str, str]:
    """Return what is wrong with what was typed on a step, by field; asks neither for photos nor for the office."""
    fields, shape = draft_values.fields_of(of.kind, of.values)
    checker = Checker(list(shape))
    check_person(fields, checker)
    return {name: text for name, text in told(draft_values.named(checker.faults)).items() if name in at.fields}


def note_consent() -> None:
    """Remember, for a form that begins on a page of its own, that this browser gave the consent on the first one."""
    session[_CONSENT] = consent.current()


def forget_consent() -> None:
    """Forget it: it was given for the form that has begun, or by somebody who has left this machine."""
    session.pop(_CONSENT, None)


def leave_account(response: Response) -> Response:
    """Delete the draft of this browser, if it rests on an account: its owner signs out of this machine."""
    with suppress(DraftOver):
        if drafts.open_draft(token()).account_id is not None:
            drafts.drop(token())
            take(response)
    return response


def has_consented() -> bool:
    """Tell whether the consent, in the wording of now, was given on the first page (D13)."""
    return bool(session.get(_CONSENT) == consent.current())


def marks(of: Draft, at: Step) -> dict[str, str]:
    """Return by field why what a refused declaration had there was wrong, until there is something else."""
    there = {kind.value for kind in of.photos} | {name for name, text in of.values.items() if text}
    names = [name for name in at.fields if name not in there]
    return {name: text for name in names if (text := of.values.get(f"{MARK}{name}"))}


def _look(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    g.refusal_page = "portal/declare/refused.html"


def _tell_nobody(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _over(error: DraftOver) -> Response:
    return take(show("portal/declare/refused.html", status=error.status, title=error.title, message=error.message))


def _sent(_error: DraftSent) -> Response:
    return lead(DONE)


def _no_token(error: CSRFError) -> Response:
    return show("portal/declare/refused.html", status=error.code, title="Trang hết hiệu lực", message=_TOO_OLD)


def _name() -> str:
    return "__Host-declare" if is_secure() else "declare"


def is_secure() -> bool:
    """Tell whether cookies go by https alone."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
