"""A machine declares for its offices, and asks about them; the rest is as if it were not (issue 7)."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.expiry import actions as expiry
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Office, Role, TrailEvent, TrailRow
from backoffice.offices import merging
from tests.factories import make_actor, make_client, make_declaration, make_office
from tests.intake.sending import PORTRAIT, URL, quick, send


@pytest.fixture
def offices(database: None) -> dict[str, Office]:
    with transaction() as session:
        return {code: make_office(session, code) for code in ("001", "00114", "00115", "079", "07901")}


def key_for(*codes: str) -> str:
    with transaction() as session:
        return make_client(session, office_codes=list(codes))[1]


def sent_to(client: FlaskClient, key: str, office: str) -> TestResponse:
    return send(client, key, quick(office_code=office), PORTRAIT)


def ask(client: FlaskClient, key: str, receipt_code: str) -> TestResponse:
    return client.get(f"{URL}/{receipt_code}", headers={"Authorization": f"Bearer {key}"})


def declared(office: Office, **values: object) -> str:
    with transaction() as session:
        return make_declaration(session, office=session.merge(office), **values).receipt_code


@pytest.mark.parametrize("limits", [(), ("001",), ("00114", "079"), ("000",)])
def test_within_its_limits_a_machine_declares(
    client: FlaskClient, offices: dict[str, Office], limits: tuple[str, ...]
) -> None:
    assert sent_to(client, key_for(*limits), "00114").status_code == 201


@pytest.mark.parametrize("limits", [("079",), ("00115",), ("07901", "00115")])
def test_outside_of_them_the_office_is_a_fault_and_nothing_is_kept(
    client: FlaskClient, offices: dict[str, Office], limits: tuple[str, ...]
) -> None:
    refused = sent_to(client, key_for(*limits), "00114")
    assert refused.status_code == 422
    (fault,) = refused.get_json()["errors"]
    assert (fault["field"], fault["code"]) == ("office_code", "office_not_permitted")
    with transaction() as session:
        assert session.query(Declaration).count() == 0


def test_what_is_at_other_offices_answers_as_what_is_not(client: FlaskClient, offices: dict[str, Office]) -> None:
    key = key_for("00115")
    theirs, nothing = ask(client, key, declared(offices["00114"])), ask(client, key, "7K4M92QX3A0")
    assert (theirs.status_code, theirs.data) == (404, nothing.data)
    with transaction() as session:
        assert session.query(TrailRow).filter_by(event=TrailEvent.STATUS_READ).count() == 0
    assert ask(client, key, declared(offices["00115"])).status_code == 200


def test_what_is_left_of_an_expired_one_is_limited_too(client: FlaskClient, offices: dict[str, Office]) -> None:
    long_ago = clock.now().replace(year=2025)
    codes = [declared(offices[code], declared_at=long_ago) for code in ("00114", "00115")]
    expiry.sweep()
    assert [ask(client, key_for("00115"), code).status_code for code in codes] == [404, 200]


def test_what_it_sent_itself_it_may_ask_about_wherever_it_was_taken_over(
    client: FlaskClient, offices: dict[str, Office]
) -> None:
    """The citizen asks the portal that was used; another office may have the declaration by then (K8)."""
    key = key_for("00114")
    receipt_code = sent_to(client, key, "00114").get_json()["receipt_code"]
    with transaction() as session:
        session.query(Declaration).update({"office_id": offices["07901"].id})
    assert ask(client, key, receipt_code).status_code == 200
    assert ask(client, key_for("00114"), receipt_code).status_code == 404


def test_the_office_into_which_one_of_them_was_merged_counts_in_its_place(
    client: FlaskClient, offices: dict[str, Office]
) -> None:
    with transaction() as session:
        former = session.get_one(Office, offices["00114"].id)
        former.closed_at, former.successor_id = clock.now(), offices["00115"].id
        former.path = f"{offices['00115'].path}00114."
    assert sent_to(client, key_for("00114"), "00115").status_code == 201
    assert sent_to(client, key_for("07901"), "00115").status_code == 422


def test_an_office_merged_out_of_the_limits_is_within_them_still(
    client: FlaskClient, offices: dict[str, Office]
) -> None:
    """Else a portal of a province could no more declare for its people, whose office another province serves now."""
    with transaction() as session:
        admin = make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "000"))
    plan = merging.Plan("07901", clock.today().isoformat(), "391/QĐ-BTC")
    assert merging.plan("00114", admin, plan).done
    for limits, status in {("001",): 201, ("00114",): 201, ("00115",): 422}.items():
        assert sent_to(client, key_for(*limits), "00114").status_code == status
        assert sent_to(client, key_for(*limits), "07901").status_code == status
    assert sent_to(client, key_for("001"), "079").status_code == 422
