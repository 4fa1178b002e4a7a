"""An owner's browser as the tests use one: it opens pages, presses what is on them, and has a phone for codes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.accounts import passwords
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.passwords import hash_password
from backoffice.models import Account, AccountStatus, OneTimeCode
from backoffice.notices import one_time
from backoffice.notices.credentials import issue_credentials, make_attempt
from tests.factories import make_account

MINE, NEW = "con thuyền trên sông Hồng", "chiếc nón lá ngày mưa"
HASH = hash_password(passwords.normal(MINE))
_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


def account_in_use(**values: object) -> Account:
    """An account whose owner chose the password MINE."""
    with transaction() as session:
        return make_account(session, **{"password_hash": HASH, "password_set_at": clock.now()} | values)


def account_issued() -> tuple[Account, str]:
    """An account nobody has signed in to yet, and its temporary password."""
    with transaction() as session:
        account = make_account(session, status=AccountStatus.ISSUED)
        return account, make_attempt(session, issue_credentials(session, account, 7))


def code_sent(account: Account) -> str:
    """The digits that the worker would have put into the newest SMS."""
    with transaction() as session:
        code = session.query(OneTimeCode).filter_by(account_id=account.id).order_by(OneTimeCode.id.desc()).first()
        assert code is not None
        return one_time.make_attempt(session, code)


@dataclass
class Browser:
    """Opens pages and sends their forms, with what stands hidden in them."""

    client: FlaskClient
    shown: TestResponse | None = None

    def open(self, path: str) -> TestResponse:
        """Go there, and where it leads."""
        self.shown = self.client.get(path, follow_redirects=True)
        return self.shown

    def press(self, path: str, **fields: str) -> TestResponse:
        """Send a form of the page that is shown; gives the answer itself, the page it leads to is shown."""
        assert self.shown is not None
        assert f'action="{path}"' in self.shown.text, self.shown.text
        form = self.shown.text.split(f'action="{path}"')[1].split("</form>")[0]
        answer = self.client.post(path, data=dict(_HIDDEN.findall(form)) | fields)
        self.shown = self.client.get(answer.location, follow_redirects=True) if answer.location else answer
        return answer

    def sign_in(self, account: Account, password: str = MINE) -> TestResponse:
        """Fill in the sign-in form and send it."""
        self.open("/account/sign-in")
        return self.press("/account/sign-in", bhxh_code=account.bhxh_code, password=password)

    @property
    def text(self) -> str:
        """What the page says."""
        assert self.shown is not None
        return self.shown.text
