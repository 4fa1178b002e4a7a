"""After a life by the app nothing clear is kept: no password, token, code or secret in rows, in Redis or in logs."""

from __future__ import annotations

import json
import re

import pyotp
import pytest
from flask.testing import FlaskClient

from backoffice.config import Settings
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus
from backoffice.notices import doors, jobs
from backoffice.notices.credentials import issue_credentials, make_attempt
from tests.factories import make_account
from tests.mobile.phone import Phone
from tests.notices.test_secrecy import queue_as_text, rows_as_text
from tests.portal.owners import MINE, NEW


class Life:
    """An owner's life by the app, with messages really sent to the sandbox; `clear` is all that must be nowhere."""

    def __init__(self, settings: Settings, phone: Phone, other: Phone) -> None:
        self.settings, self.phone, self.other = settings, phone, other
        with transaction() as session:
            self.account = make_account(session, status=AccountStatus.ISSUED, phone="0981234567")
            self.temporary = make_attempt(session, issue_credentials(session, self.account, 7))
        self.clear: set[str] = {MINE, NEW, self.temporary, "sai mật khẩu rồi", phone.device, other.device}

    def sms(self) -> str:
        jobs.drain_counter()
        texts = [json.loads(line)["text"] for line in (self.settings.sandbox / "sms.jsonl").read_text().splitlines()]
        return self.keep(re.findall(r"OTP (\d{6})", " ".join(texts))[-1])

    def letter(self) -> str:
        jobs.drain_counter()
        newest = max((self.settings.sandbox / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return newest.read_text()

    def keep(self, secret: str) -> str:
        self.clear.add(secret)
        return secret

    def keep_tokens(self, phone: Phone) -> None:
        self.clear |= {phone.tokens["access"], phone.tokens["refresh"]}

    def live(self) -> None:
        self.begin()
        self.change()
        self.move()
        self.reset()
        self.enrol()

    def begin(self) -> None:
        self.phone.sign_in(self.account, "sai mật khẩu rồi")
        proof = self.keep(self.phone.due(self.account, self.temporary))
        self.phone.call("POST", "/password/first", {"proof": proof, "new": MINE, "repeat": MINE})
        self.keep_tokens(self.phone)
        self.phone.call("POST", "/sessions/refresh", {"refresh": self.phone.tokens["refresh"]})
        self.keep_tokens(self.phone)

    def change(self) -> None:
        answer = self.phone.call("POST", "/password/code")
        assert answer.status_code == 202, answer.text
        body = {"old": MINE, "new": NEW, "repeat": NEW, "otp": self.sms()}
        assert self.phone.call("PUT", "/password", body).status_code == 204

    def move(self) -> None:
        proof = self.keep(self.other.due(self.account, NEW))
        self.other.call("POST", "/sessions/code", {"proof": proof})
        assert self.other.call("POST", "/sessions/device", {"proof": proof, "otp": self.sms()}).status_code == 201
        self.keep_tokens(self.other)

    def reset(self) -> None:
        with transaction() as session:
            mine = session.get_one(Account, self.account.id)
            mine.email = mine.email_confirmed = "chu@example.vn"
        self.other.call("POST", "/email-reset", {"bhxh_code": self.account.bhxh_code})
        (code,) = set(re.findall(r"\b\d{8}\b", self.letter()))
        body = {"bhxh_code": self.account.bhxh_code, "code": self.keep(code), "device_id": self.other.device}
        new = self.keep("cây đa bến nước sân đình")
        answer = self.other.call("POST", "/email-reset/confirm", body | {"new": new, "repeat": new})
        assert answer.status_code == 204, answer.text
        assert self.other.sign_in(self.account, new).status_code == 201
        self.keep_tokens(self.other)
        self.password = new

    def enrol(self) -> None:
        secret = self.keep(self.other.call("POST", "/smart-otp", {"password": self.password}).json["secret"])
        code = self.keep(pyotp.TOTP(secret).at(clock.now()))
        assert self.other.call("POST", "/smart-otp/confirm", {"code": code}).status_code == 204


@pytest.fixture
def life(settings: Settings, client: FlaskClient, phone: Phone, other: Phone) -> Life:
    doors.use(None)
    return Life(settings, phone, other)


def test_nothing_clear_is_kept_after_a_life_by_the_app(
    life: Life, addresses: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    life.live()
    dump, output = rows_as_text(addresses["super"]), capsys.readouterr()
    assert life.account.full_name in dump
    assert len(life.clear) > 15
    for text in (dump, queue_as_text(), output.out, output.err):
        place = re.sub(r"\.\d{3,6}(?=[+Z])", "", text)  # a microsecond may look like a code
        found = [secret for secret in life.clear if re.search(rf"(?<![0-9a-f]){re.escape(secret)}(?![0-9a-f])", place)]
        assert found == []


def test_nothing_personal_stands_in_an_address(life: Life) -> None:
    rules = [rule for rule in life.phone.client.application.url_map.iter_rules() if rule.endpoint.startswith("mobile")]
    assert len(rules) >= 18
    assert [rule.rule for rule in rules if rule.arguments] == []


def test_what_tokens_and_secrets_are_told_in_is_kept_by_nobody_on_the_way(life: Life) -> None:
    life.begin()
    assert life.phone.answer is not None
    assert life.phone.answer.headers["Cache-Control"] == "no-store"


def test_a_temporary_password_given_in_error_is_in_no_log(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    life.phone.call("POST", "/sessions", {"bhxh_code": MINE, "password": 5, "device_id": NEW, MINE: NEW})
    output = capsys.readouterr()
    assert MINE not in output.out + output.err
    assert NEW not in output.out + output.err
