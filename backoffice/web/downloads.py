"""Files that are made for whoever asked and that the browser saves."""

from __future__ import annotations

from flask import Response


def download(data: bytes, kind: str, name: str) -> Response:
    """Answer with `data` of the media type `kind`, to be saved as `name`: ASCII, no personal data."""
    response = Response(data, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
