"""From a recorded page to a small Jinja template that gives the same bytes: its skeleton, and an expression a text."""

from __future__ import annotations

import html
import re

from jinja2 import Environment
from markupsafe import escape

_MAIN = re.compile(r"<main.*</main>", re.DOTALL)
_TEXT = re.compile(r"(?<=>)[^<>]*[^\s<>][^<>]*(?=<)")


def template_of(page: str) -> tuple[str, list[str]]:
    """Return the template of `page` and the list `v` it shows: every text within <main> is an expression.

    Raises ValueError when the template would not give the very page.
    """
    found = _MAIN.search(page)
    start, end = found.span() if found else (0, len(page))
    values: list[str] = []

    def expression(text: re.Match[str]) -> str:
        value = html.unescape(text[0])
        if str(escape(value)) != text[0]:
            return text[0]
        values.append(value)
        return f"{{{{ v[{len(values) - 1}] }}}}"

    template = page[:start] + _TEXT.sub(expression, page[start:end]) + page[end:]
    if environment().from_string(template).render(v=values) != page:
        raise ValueError("the template does not give the recorded page")
    return template, values


def environment() -> Environment:
    """Return the Jinja environment of the limit's templates."""
    return Environment(autoescape=True, keep_trailing_newline=True)
