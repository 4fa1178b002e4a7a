"""Reading multipart and JSON within bounds: never an unforeseen error, whatever comes (RFC 7578, RFC 8259)."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.test import TestResponse

from backoffice.intake.forms import MAX_JSON_BYTES, MAX_REQUEST_BYTES, MalformedRequest, Sent, read_json, read_sent
from backoffice.kernel.errors import DomainError
from tests.intake.sending import PORTRAIT, URL, faults, quick

BOUNDARY = "xyz"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, data: bytes, extra: str = "") -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
WHOLE = part("declaration", b'{"a": 1}') + part("portrait", b"\xff\xd8\x00", '; filename="p.jpg"') + END


def test_parts_come_apart_with_and_without_a_file_name() -> None:
    sent = read_sent(BytesIO(WHOLE), KIND)
    assert (sent.declaration, sent.photos) == ({"a": 1}, {"portrait": b"\xff\xd8\x00"})
    assert read_sent(BytesIO(part("portrait", b"\xff\xd8\x00") + END), KIND).photos == {"portrait": b"\xff\xd8\x00"}


def test_the_json_may_come_as_a_file() -> None:
    """As `curl -F declaration=@declaration.json` sends it."""
    assert read_sent(BytesIO(part("declaration", b"{}", '; filename="d.json"') + END), KIND).declaration == {}


def test_a_body_that_was_cut_off_is_malformed_wherever_it_was_cut() -> None:
    for length in range(len(WHOLE) - len(END)):
        with pytest.raises(MalformedRequest):
            read_sent(BytesIO(WHOLE[:length]), KIND)


def test_a_part_sent_twice_is_malformed() -> None:
    with pytest.raises(MalformedRequest, match="hai lần"):
        read_sent(BytesIO(part("portrait", b"a") + part("portrait", b"b") + END), KIND)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"{'a': 1}", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'"\\ud800"', b"\xff", b"[" * 60_000,
        b"[" * 9 + b"]" * 9,
    ],
)  # fmt: skip
def test_what_is_no_sound_json_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedRequest):
        read_json(text)


def test_a_byte_order_mark_is_tolerated() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([KIND, "multipart/form-data", "text/plain", "", "multipart/form-data; boundary=é"]),
)
def test_random_bytes_are_read_or_refused_and_nothing_else(data: bytes, kind: str) -> None:
    for body in (data, WHOLE[:40] + data + WHOLE[40:], part("declaration", data) + END):
        assert _read_or_refused(body, kind)


def _read_or_refused(body: bytes, kind: str) -> bool:
    """Read `body`; anything raised that is not a refusal fails the test."""
    try:
        return isinstance(read_sent(BytesIO(body), kind), Sent)
    except (DomainError, RequestEntityTooLarge) as refusal:
        return 400 <= (getattr(refusal, "status", None) or refusal.code) < 500


def test_too_many_parts_are_refused(client: FlaskClient, key: str) -> None:
    body = b"".join(part(f"p{number}", b"x") for number in range(9)) + END
    assert _post(client, key, body).status_code == 413


def test_a_json_part_over_its_bound_is_refused(client: FlaskClient, key: str) -> None:
    for extra in ("", '; filename="d.json"'):
        padded = json.dumps({"full_name": "M" * MAX_JSON_BYTES}).encode()
        response = _post(client, key, part("declaration", padded, extra) + END)
        assert (response.status_code, response.get_json()["code"]) == (413, "too_large")


def test_headers_of_a_part_without_end_are_refused(client: FlaskClient, key: str) -> None:
    assert _post(client, key, f"--{BOUNDARY}\r\n".encode() + b"X: " + b"a" * 600_000).status_code == 413


def test_a_request_over_the_whole_bound_is_refused_before_it_is_read(client: FlaskClient, key: str) -> None:
    class Untouchable(BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("read")

    response = client.post(
        URL,
        input_stream=Untouchable(),
        content_type=KIND,
        environ_overrides={"CONTENT_LENGTH": str(MAX_REQUEST_BYTES + 1)},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert (response.status_code, response.content_type) == (413, "application/problem+json")


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
def test_another_kind_of_body_is_not_taken(client: FlaskClient, key: str, kind: str) -> None:
    response = _post(client, key, b"{}", kind)
    assert (response.status_code, response.get_json()["code"]) == (415, "wrong_content_type")


@pytest.mark.parametrize(
    ("body", "kind"), [(b"\r\n", KIND), (b"{}", "multipart/form-data"), (part("declaration", b"{") + END, KIND)]
)
def test_a_body_that_cannot_be_read_is_malformed(client: FlaskClient, key: str, body: bytes, kind: str) -> None:
    response = _post(client, key, body, kind)
    assert (response.status_code, response.get_json()["code"]) == (400, "malformed")


def test_a_request_without_the_part_declaration_is_told_so(client: FlaskClient, key: str) -> None:
    body = part("portrait", PORTRAIT["portrait"], '; filename="p.jpg"') + END
    assert "Thiếu phần declaration" in faults(_post(client, key, body))["declaration"]


def test_bytes_that_are_no_utf8_are_malformed_and_not_silently_replaced(client: FlaskClient, key: str) -> None:
    latin = (
        json.dumps(quick(full_name="Nguyen"), ensure_ascii=False)
        .replace("Nguyen", "Nguy\xean")
        .encode("latin-1", "replace")
    )
    assert _post(client, key, part("declaration", latin) + END).status_code == 400


def _post(client: FlaskClient, key: str, body: bytes, kind: str = KIND) -> TestResponse:
    return client.post(URL, data=body, content_type=kind, headers={"Authorization": f"Bearer {key}"})
