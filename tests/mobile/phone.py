"""A phone with the app as the tests use one: it has the app's key, a name of its own, and the owner's tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.models import Account
from tests.portal.owners import MINE

ROOT = "/api/v1/account"
Json = dict[str, Any]


@dataclass
class Phone:
    """Calls the API; `tokens` are those of the last answer that had some."""

    client: FlaskClient
    key: str
    device: str = "dien-thoai-thu-nhat"
    address: str = "203.0.113.9"
    tokens: Json = field(default_factory=dict)
    answer: TestResponse | None = None

    def call(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        """Ask, as whoever is signed in here if anybody is."""
        sent = {"Authorization": f"Bearer {self.key}"}
        if self.tokens:
            sent["X-Account-Token"] = self.tokens["access"]
        options: Json = {} if body is None else {"json": body}
        self.answer = self.client.open(
            ROOT + path,
            method=method,
            headers=sent | headers,
            environ_base={"REMOTE_ADDR": self.address},
            **options,
        )
        said = self.answer.get_json(silent=True)
        if isinstance(said, dict) and "access" in said:
            self.tokens = said
        return self.answer

    def sign_in(self, account: Account, password: str = MINE, **more: str) -> TestResponse:
        """Send BHXH code and password."""
        body = {"bhxh_code": account.bhxh_code, "password": password, "device_id": self.device}
        return self.call("POST", "/sessions", body | more)

    def due(self, account: Account, password: str = MINE) -> str:
        """Sign in up to what is due, and return the proof."""
        answer = self.sign_in(account, password)
        assert answer.status_code == 200, answer.text
        proof: str = answer.json["proof"]
        return proof

    @property
    def said(self) -> Json:
        """The last answer."""
        assert self.answer is not None
        read: Json = self.answer.get_json()
        return read

    @property
    def fields(self) -> list[str]:
        """The fields at fault in the last answer."""
        return [fault["field"] for fault in self.said["errors"]]
