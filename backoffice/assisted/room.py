"""What the routes of help at the desk share: the cookie that opens the officer's draft, and the photo asked about.

The cookie's token is of no use to anybody else: the draft opens for its officer alone (intake.drafts).
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from flask import Response, current_app, redirect, request

from backoffice.intake.draft_rows import KEPT
from backoffice.kernel.errors import NotFound
from backoffice.models import PhotoKind

PAGE = "/desk/new"
NO_SUCH_PHOTO = "Tờ khai này không cần ảnh loại đó. Xin quay lại tờ khai đang lập."


def token() -> str:
    """Return the token of this browser's draft at the desk, "" without one."""
    return request.cookies.get(_name(), "")


def give(response: Response, token: str) -> Response:
    """Let the browser have the draft of `token`, for as long as a draft is kept."""
    seconds = int(KEPT / timedelta(seconds=1))
    response.set_cookie(_name(), token, max_age=seconds, path="/", secure=_is_secure(), httponly=True, samesite="Lax")
    return response


def take(response: Response) -> Response:
    """Remove the draft's cookie."""
    response.delete_cookie(_name(), path="/", secure=_is_secure(), httponly=True, samesite="Lax")
    return response


def lead(where: str, token: str) -> Response:
    """Send the browser on by 303, so that reload and Back send nothing twice; its draft's two hours begin anew."""
    return give(cast(Response, redirect(where, 303)), token)


def photo_kind() -> PhotoKind:
    """Return the photo that the address asks about; raises NotFound for none."""
    name = request.args.get("kind", "")
    if name not in list(PhotoKind):
        raise NotFound(NO_SUCH_PHOTO)
    return PhotoKind(name)


def _name() -> str:
    return "__Host-desk_draft" if _is_secure() else "desk_draft"


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
