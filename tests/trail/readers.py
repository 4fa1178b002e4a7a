"""Who reads the trail at a browser, and what they find there."""

from __future__ import annotations

import re
from typing import Any

from tests.desk.browser import Desk


def found(desk: Desk, path: str, **form: Any) -> Any:
    """Ask, and return the page that answers."""
    answer = desk.post(path, **form)
    assert answer.status_code == 303, text_of(answer)[:600]
    return desk.get(answer.location)


def text_of(answer: Any) -> str:
    """Return what the page's main part says, without markup."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def token_of(answer: Any) -> str:
    """Return the token the page stands for."""
    match = re.search(r'name="token" value="([^"]+)"', answer.text)
    assert match
    return match[1]
