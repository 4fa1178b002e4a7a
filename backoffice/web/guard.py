"""The guard at every door: each route declares who may come in, and is asked about it before it runs (design 5).

`@public`, `@proven`, `@permit(Do.X)` and `@scoped(Scope.X)` only declare; `install` enforces, and a route that declares
nothing stops the start. Object checks come later, in the action (rules.permissions.require).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask_login import current_user

from backoffice.kernel.errors import Forbidden, Unauthenticated
from backoffice.models import Scope
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require
from backoffice.web import machines

_MARK = "access_rule"
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """Who may come in at a route: anybody, officers permitted to `do`, or machines with `scope` (None: any key)."""

    anybody: bool = False
    do: Do | None = None
    machine: bool = False
    scope: Scope | None = None
    proven: bool = False
    """Anybody, but the address holds a proof that we alone can make, and no cookie counts: so no form token either."""


def public(view: View) -> View:
    """Declare that anybody may call the route."""
    return _declare(view, Rule(anybody=True))


def proven(view: View) -> View:
    """Declare that whoever was given the route's address may call it; the action checks the proof in it."""
    return _declare(view, Rule(anybody=True, proven=True))


def permit(do: Do) -> Callable[[View], View]:
    """Declare that officers whose role may `do` can call the route."""
    return lambda view: _declare(view, Rule(do=do))


def scoped(scope: Scope | None) -> Callable[[View], View]:
    """Declare that machine clients with `scope` can call the route (None: any valid key)."""
    return lambda view: _declare(view, Rule(machine=True, scope=scope))


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Return what the route declares, None when it declares nothing."""
    rule = getattr(app.view_functions[endpoint], _MARK, None)
    return rule if isinstance(rule, Rule) else None


def me() -> Actor:
    """Return who is asking; raises Unauthenticated on a public route with nobody signed in."""
    actor = g.get("actor")
    if not isinstance(actor, Actor):
        raise Unauthenticated("Xin đăng nhập để tiếp tục.")
    return actor


def install(app: Flask) -> None:
    """Ask every route's rule before it runs. Call `complete` once all routes are there."""
    app.before_request(_check)


def complete(app: Flask) -> None:
    """Raise RuntimeError naming the routes that declare no rule."""
    if "static" in app.view_functions:
        setattr(app.view_functions["static"], _MARK, Rule(anybody=True))
    bare = [name for name in app.view_functions if rule_of(app, name) is None]
    if bare:
        raise RuntimeError(f"routes without an access rule: {', '.join(sorted(bare))}")


def _declare(view: View, rule: Rule) -> View:
    setattr(view, _MARK, rule)
    return view


def _check() -> None:
    if request.endpoint is None:
        return
    rule = rule_of(current_app, request.endpoint)
    if rule is None:
        raise Forbidden("Trang này chưa được mở cho ai.")
    if rule.anybody:
        return
    g.actor = _machine(rule.scope) if rule.machine else _officer(rule.do)


def _officer(do: Do | None) -> Actor:
    if not current_user.is_authenticated:
        raise Unauthenticated("Phiên làm việc đã kết thúc. Xin đăng nhập lại; dữ liệu đã lưu không bị mất.")
    actor: Actor = current_user.actor
    g.is_locked = current_user.locked
    if current_user.locked and do is not Do.OWN_SESSION:
        raise Unauthenticated("Màn hình đang khóa. Xin nhập mật khẩu để mở khóa.", code="locked")
    if do is not None:
        require(actor, do)
    return actor


def _machine(scope: Scope | None) -> Actor:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthenticated("Thiếu khóa kết nối. Gửi khóa trong tiêu đề Authorization: Bearer <khóa>.")
    caller = machines.caller_of(key.strip())
    if scope is not None and scope.value not in caller.scopes:
        raise Forbidden(f"Khóa kết nối này không có quyền “{scope.value}”.")
    return caller.actor()
