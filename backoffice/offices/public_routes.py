"""What everybody may ask of offices: /declare/offices finds the office to go to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request

from backoffice.kernel import rates
from backoffice.offices import public
from backoffice.rules.places import provinces, wards
from backoffice.web.fragments import show
from backoffice.web.guard import public as anybody

pages = Blueprint("declare", __name__, url_prefix="/declare")

SEARCHES_A_MINUTE = 120
"""From one address: a whole office and all who wait in it may share one."""


@pages.url_value_preprocessor
def _look(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    g.refusal_page = "offices/declare_refused.html"


@pages.get("/offices")
@anybody
def find_page() -> Response:
    """Find an office by name, code or place; with a ward chosen the nearest come first."""
    rates.count("declare_offices", request.remote_addr or "", SEARCHES_A_MINUTE, 60)
    asked = {name: request.args.get(name, "")[: public.LONGEST_SEARCH] for name in ("q", "province", "ward")}
    asked["province"] = asked["province"] or public.province_of_ward(asked["ward"])
    there = wards(asked["province"])
    if asked["ward"] and there and not any(ward.code == asked["ward"] for ward in there):
        asked["ward"] = ""  # the province was chosen anew
    answer = public.find(**asked)
    is_asked = any(text.strip() for text in asked.values())
    return show(
        "offices/find.html", asked=asked, answer=answer, provinces=provinces(), ward_choices=there, is_asked=is_asked
    )
