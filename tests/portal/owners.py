"""An owner's browser as the tests use one: it opens pages, presses what is on them, and has a phone for codes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.accounts import passwords
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.passwords import hash_password
from backoffice.models import Account, AccountStatus, OneTimeCode
from backoffice.notices import one_time
from backoffice.notices.credentials import issue_credentials, make_attempt
from tests.factories import know_device, make_account

MINE, NEW = "con thuyền trên sông Hồng", "chiếc nón lá ngày mưa"
HASH = hash_password(passwords.normal(MINE))
FIRST_PHONE, FIRST_BROWSER = "dien-thoai-thu-nhat", "trinh-duyet-thu-nhat".ljust(43, "0")
"""The names by which they are known."""
_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


def account_in_use(*devices: str, **values: Any) -> Account:
    """An account whose owner chose the password MINE, on FIRST_PHONE and in FIRST_BROWSER, unless told on which."""
    with transaction() as session:
        account = make_account(session, **{"password_hash": HASH, "password_set_at": clock.now()} | values)
        know_device(session, account, *(devices or (FIRST_PHONE, FIRST_BROWSER)))
        return account


def account_issued(**values: Any) -> tuple[Account, str]:
    """An account nobody has signed in to yet, and its temporary password."""
    with transaction() as session:
        account = make_account(session, status=AccountStatus.ISSUED, **values)
        return account, make_attempt(session, issue_credentials(session, account, 7))


def code_sent(account: Account) -> str:
    """The digits that the worker would have put into the newest SMS."""
    with transaction() as session:
        code = session.query(OneTimeCode).filter_by(account_id=account.id).order_by(OneTimeCode.id.desc()).first()
        assert code is not None
        return one_time.make_attempt(session, code)


def another(code: str) -> str:
    """Six digits that are not those of `code`."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@dataclass
class Browser:
    """Opens pages and sends their forms, with what stands hidden in them; remembers the addresses it was at."""

    client: FlaskClient
    page: str = ""
    status: int = 0
    addresses: list[str] = field(default_factory=list)

    def open(self, path: str) -> str:
        """Go there, and where it leads; gives what the page says."""
        return self._show(self.client.get(path), path)

    def press(self, path: str, **fields: str) -> TestResponse:
        """Send the form of this page that goes to `path`; gives the answer itself, what it leads to is shown."""
        forms = self.page.split(f'action="{path}"')
        assert len(forms) > 1, self.page
        answer = self.client.post(path, data=dict(_HIDDEN.findall(forms[1].split("</form>")[0])) | fields)
        self._show(answer, path)
        return answer

    def sign_in(self, account: Account, password: str = MINE) -> TestResponse:
        """Fill in the sign-in form and send it."""
        self.open("/account/sign-in")
        return self.press("/account/sign-in", bhxh_code=account.bhxh_code, password=password)

    def _show(self, answer: TestResponse, path: str) -> str:
        self.addresses.append(path)
        while answer.location:
            self.addresses.append(answer.location)
            answer = self.client.get(answer.location)
        self.page, self.status = unescape(answer.text), answer.status_code
        return self.page


def title_of(page: str) -> str:
    """What the page is called."""
    found = re.search(r"<title>(.*?) – BHXH</title>", page)
    assert found, page
    return found[1]
