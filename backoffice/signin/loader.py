"""Flask-Login's part: who a request's session cookie belongs to."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, g
from flask_login import LoginManager, UserMixin, current_user

from backoffice.rules.actors import Actor
from backoffice.signin import cookies, news, sessions


class SignedIn(UserMixin):
    """Whoever is signed in: the actor, whether the screen is locked, and what sessions.SessionState tells besides."""

    def __init__(self, state: sessions.SessionState) -> None:
        self.id = state.actor.id
        self.actor: Actor = state.actor
        self.locked = state.locked
        self.has_news = state.has_news
        self.may_stand_in = state.may_stand_in
        self.stands_in = state.stands_in


def install(app: Flask) -> None:
    """Let `current_user` of `app` come from our sessions; opens the room for the application's settings."""
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(load)
    manager.init_app(app, add_context_processor=False)
    app.context_processor(_context)


def load(request: Request) -> SignedIn | None:
    """Return who `request` comes from. What a page asks for by itself (X-Poll) is no sign of a person."""
    token = cookies.session_token()
    if token is None:
        return None
    state = sessions.resume(token, is_input=request.headers.get("X-Poll") != "1")
    return SignedIn(state) if state else None


def _context() -> dict[str, Any]:
    """Give the frame of the pages what it tells its officer: where they work now, and of what they must answer."""
    if g.get("actor") is None or g.get("is_locked") or not isinstance(current_user._get_current_object(), SignedIn):
        return {}
    return {
        "may_stand_in": current_user.may_stand_in,
        "stands_in": current_user.stands_in,
        "has_news": current_user.has_news,
        "news": _news,
    }


def _news() -> news.News:
    return news.tell(current_user.actor, cookies.session_token() or "")
