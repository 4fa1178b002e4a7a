"""The web application: settings in, blueprints by surface, everything else in the rooms."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import import_module
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from backoffice import config, dossier
from backoffice.config import ROOT, Settings
from backoffice.identity.redaction import redact_event
from backoffice.kernel.start import start
from backoffice.notices import doors
from backoffice.web import errors, filters, guard, macros, menu, presses, security, uploads

BLUEPRINTS: dict[str, tuple[str, ...]] = {
    "desk": (
        "backoffice.signin.routes:pages",
        "backoffice.signin.switch_routes:pages",
        "backoffice.signin.enrolment_routes:pages",
        "backoffice.signin.own_routes:pages",
        "backoffice.assisted.routes:pages",
        "backoffice.assisted.photo_routes:pages",
        "backoffice.assisted.scan_routes:pages",
        "backoffice.assisted.sample_routes:pages",
        "backoffice.desk.routes:pages",
        "backoffice.desk.opening_routes:pages",
        "backoffice.desk.account_routes:pages",
        "backoffice.assisted.account_routes:pages",
        "backoffice.desk.decision_routes:pages",
        "backoffice.desk.claim_routes:pages",
        "backoffice.desk.supervise_routes:pages",
        "backoffice.desk.ledger_routes:pages",
        "backoffice.desk.outcome_routes:pages",
        "backoffice.desk.retake_routes:pages",
        "backoffice.batches.bundle_routes:pages",
        "backoffice.batches.result_routes:pages",
        "backoffice.batches.routes:pages",
        "backoffice.batches.review_routes:pages",
        "backoffice.batches.unit_routes:pages",
        "backoffice.followup.routes:pages",
        "backoffice.hotline.routes:pages",
        "backoffice.hotline.log_routes:pages",
        "backoffice.hotline.alarm_routes:pages",
        "backoffice.clients.routes:pages",
        "backoffice.officers.permits_routes:pages",
        "backoffice.dashboards.routes:pages",
        "backoffice.offices.routes:pages",
        "backoffice.offices.import_routes:pages",
        "backoffice.trail.alarm_routes:pages",
        "backoffice.expiry.routes:pages",
        "backoffice.rights.routes:pages",
        "backoffice.notices.catalogue_pages:pages",
        "backoffice.notices.sandbox_pages:pages",
        "backoffice.notices.metrics:pages",
        "backoffice.officers.routes:pages",
    ),
    "portal": (
        "backoffice.intake.routes:pages",
        "backoffice.intake.photo_page:pages",
        "backoffice.portal.account_routes:pages",
        "backoffice.portal.sign_in_routes:pages",
        "backoffice.portal.email_routes:pages",
        "backoffice.portal.forgotten_routes:pages",
        "backoffice.portal.declare_routes:pages",
        "backoffice.portal.declare_begin:pages",
        "backoffice.portal.declare_data:pages",
        "backoffice.portal.declare_phone:pages",
        "backoffice.portal.declare_stop:pages",
        "backoffice.portal.declare_photos:pages",
        "backoffice.portal.declare_qr:pages",
        "backoffice.portal.declare_paper:pages",
        "backoffice.portal.declare_paper:later",
        "backoffice.portal.declare_office:pages",
        "backoffice.portal.declare_look:pages",
        "backoffice.portal.status_routes:pages",
        "backoffice.portal.status_own:pages",
        "backoffice.portal.again_routes:pages",
        "backoffice.portal.human_routes:pages",
        "backoffice.offices.public_routes:pages",
    ),
    "api": (
        "backoffice.intake.api:api",
        "backoffice.mobile.api:api",
        "backoffice.mobile.more_api:api",
        "backoffice.notices.receipt_routes:api",
        "backoffice.hotline.api:api",
    ),
}
EVERYWHERE = ("backoffice.web.health:pages",)
NOT_IN_PRODUCTION = ("backoffice.notices.sandbox_pages:pages",)

MAX_FORM_BYTES = 1024 * 1024
"""A form of words. Who takes files says so (web.uploads.takes_files, intake.api): nobody else's are even read."""


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for `settings` (default: the environment's); raises Misconfigured."""
    settings = settings or config.load(checks=(dossier.faults, doors.faults))
    start(settings, processors=[redact_event])
    dossier.configure(settings)
    dossier.demand_keys(settings)
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    _configure(app, settings)
    for part in (security, presses, errors, filters, menu, guard, uploads):
        part.install(app)
    _join_rooms(app, settings)
    macros.install(app)
    guard.complete(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        SESSION_COOKIE_NAME="__Host-form" if secure else "form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        DESK=settings,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_defaults(_version_static)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["app_env"] = settings.app_env
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )


def _version_static(endpoint: str, values: dict[str, Any]) -> None:
    """Name each static file by its content, so that browsers may keep it for a year and never an old one."""
    if endpoint == "static" and "filename" in values:
        values["v"] = _fingerprint(values["filename"])


@cache
def _fingerprint(filename: str) -> str:
    path = ROOT / "static" / filename
    return sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""


def _join_rooms(app: Flask, settings: Settings) -> None:
    csrf = security.FormTokens(app)
    if "desk" in settings.surfaces:
        import_module("backoffice.signin.loader").install(app)
    names = [*EVERYWHERE, *(name for surface in settings.surfaces for name in BLUEPRINTS[surface])]
    for name in names:
        if settings.is_production and name in NOT_IN_PRODUCTION:
            continue
        module, _, attribute = name.partition(":")
        blueprint = getattr(import_module(module), attribute)
        app.register_blueprint(blueprint)
        if name in BLUEPRINTS["api"]:
            csrf.exempt(blueprint)
