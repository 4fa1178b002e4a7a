"""A browser in which an officer has signed in, and what its looks left in the trail."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from backoffice.kernel.db import transaction
from backoffice.models import TrailEvent, TrailRow
from tests.signin.browser import let_in, open_token, with_form

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Desk:
    """A browser in which an officer has signed in."""

    def __init__(self, client: FlaskClient, username: str) -> None:
        self.client = let_in(with_form(client), username)

    def token(self) -> str:
        return open_token(self.client)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, headers: dict[str, str] | None = None, **form: Any) -> Any:
        return self.client.post(path, data={"csrf_token": self.token(), **form}, headers=headers)


def trail(event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event).order_by(TrailRow.id).all()
