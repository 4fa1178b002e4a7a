"""What a form that is shown again says of a refusal, and the header of one that asks to wait."""

from __future__ import annotations

from flask import Response

from backoffice.kernel.errors import DomainError, InvalidInput, TooManyRequests


def faults_of(refusal: DomainError) -> dict[str, str]:
    """Return what was wrong by field, as Vietnamese sentences; "" holds what is of no field."""
    if isinstance(refusal, InvalidInput):
        return {fault.field: fault.message for fault in refusal.faults}
    return {"": refusal.message}


def with_wait(response: Response, refusal: DomainError) -> Response:
    """Return `response`, with Retry-After in seconds (RFC 9110, 10.2.3) when the refusal is of too many requests."""
    if isinstance(refusal, TooManyRequests):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
