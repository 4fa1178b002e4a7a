"""The macros of templates/ui.html as the Jinja global `ui`; those that say the same each time are rendered once."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask, g
from markupsafe import Markup


class Macros:
    """The module of ui.html; signs and keys are kept (a few words, nobody's data), the form token for a request."""

    def __init__(self, app: Flask) -> None:
        self.sign = cache(lambda kind: self._module.sign(kind))
        self.key = cache(lambda hint: self._module.key(hint))
        # The macros among themselves; the module sees the globals of the moment it is made.
        app.jinja_env.globals.update(sign_once=self.sign, key_once=self.key, csrf_once=self.csrf)
        self._module: Any = app.jinja_env.get_template("ui.html").module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def csrf(self) -> Markup:
        """Return the hidden field with the form token."""
        if "form_token_field" not in g:
            g.form_token_field = self._module.csrf()
        return g.form_token_field  # type: ignore[no-any-return]


def install(app: Flask) -> None:
    """Give the templates of `app` their macros; after everything else that adds globals."""
    app.jinja_env.globals["ui"] = Macros(app)
