"""Addresses of people's requests. Nothing in them names anybody: a request has a number of its own."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("rights", __name__, url_prefix="/rights")
