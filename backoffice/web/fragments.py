"""Showing pages and their parts: the same template answers a plain request whole and HTMX with one block."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request
from flask.wrappers import Response
from jinja2_fragments.flask import render_block, render_blocks


def is_fragment() -> bool:
    """Tell whether HTMX asked for a part of a page (restoring history takes the whole page)."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") != "full"


def show(
    template: str, *, block: str | None = None, also: tuple[str, ...] = (), status: int = 200, **context: Any
) -> Response:
    """Answer with `template`, or with its `block` (and the out-of-band blocks `also`) when HTMX asked for a part."""
    if block is None or not is_fragment():
        return make_response(render_template(template, **context), status)
    if also:
        return make_response(render_blocks(template, [block, *also], **context), status)
    return make_response(render_block(template, block, **context), status)


def go(where: str) -> Response:
    """Send the browser to the local address `where`: 303 for a form, HX-Redirect for HTMX."""
    if is_fragment():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = where
        return response
    return make_response(redirect(where, 303))
