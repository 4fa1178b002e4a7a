"""The link in a refusal's letter that opens the form filled in: made for each try at sending, kept as a hash alone."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice import config
from backoffice.kernel import clock
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.models import Declaration, Purpose, RedeclareLink
from backoffice.notices.rendering import LINK_DAYS, LINK_MASK


def link_for() -> str:
    """Return the link for the letter, its token as LINK_MASK."""
    return f"{config.current().public_url}/declare/again/{LINK_MASK}"


def rests_on_account(declaration: Declaration) -> bool:
    """Tell whether the form that the link leads to asks for its account's owner to sign in (D2, D11)."""
    return declaration.purpose is not Purpose.REGISTER or declaration.guardian_bhxh_code is not None


def has_link(body: str) -> bool:
    """Tell whether a message as it is kept has the place of such a link."""
    return LINK_MASK in body


def make_link(session: Session, declaration_id: int) -> str:
    """Return the token of a new link for a refused declaration; those of earlier tries go on fitting."""
    token, now = new_token(), clock.now()
    session.add(
        RedeclareLink(
            token_hash=token_hash(token),
            declaration_id=declaration_id,
            made_at=now,
            expires_at=now + timedelta(days=LINK_DAYS),
        )
    )
    session.flush()
    return token
