"""Flask-Login's part: who a request's session cookie belongs to."""

from __future__ import annotations

from flask import Flask, Request
from flask_login import LoginManager, UserMixin

from backoffice.rules.actors import Actor
from backoffice.signin import cookies, sessions


class SignedIn(UserMixin):
    """Whoever is signed in: the actor, and whether the screen is locked."""

    def __init__(self, state: sessions.SessionState) -> None:
        self.id = state.actor.id
        self.actor: Actor = state.actor
        self.locked = state.locked


def install(app: Flask) -> None:
    """Let `current_user` of `app` come from our sessions; opens the room for the application's settings."""
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(load)
    manager.init_app(app, add_context_processor=False)


def load(request: Request) -> SignedIn | None:
    """Return who `request` comes from. What a page asks for by itself (X-Poll) is no sign of a person."""
    token = cookies.session_token()
    if token is None:
        return None
    state = sessions.resume(token, is_input=request.headers.get("X-Poll") != "1")
    return SignedIn(state) if state else None
