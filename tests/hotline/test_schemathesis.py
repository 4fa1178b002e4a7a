"""The telephone system's doors behave as the document says, whatever is sent (by schemathesis, every default check)."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, StopReason, events, from_schema
from werkzeug.serving import make_server

from backoffice.config import ROOT as HOUSE
from backoffice.rules.actors import Actor

ROOT = "/api/v1/hotline"
DOORS = {f"POST {ROOT}/resets", f"POST {ROOT}/calls"}


@pytest.fixture
def address(app: Flask, database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the application is served: its test client cannot carry every check of schemathesis."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_request_gets_an_answer_that_the_document_does_not_know(
    app: Flask, address: str, telephone: tuple[Actor, str]
) -> None:
    config = SchemathesisConfig.from_path(str(HOUSE / "schemathesis.toml"))
    config.projects.default.update(headers={"Authorization": f"Bearer {telephone[1]}"}, base_url=address)
    config.projects.default.generation.update(max_examples=6)
    described = app.test_client().get("/api/v1/openapi.json").get_json()
    described["paths"] = {path: said for path, said in described["paths"].items() if path.startswith(ROOT)}

    seen = list(from_schema(schemathesis.openapi.from_dict(described, config=config)).execute())

    scenarios = [event for event in seen if isinstance(event, events.ScenarioFinished)]
    assert {event.recorder.label for event in scenarios if event.recorder.cases} == DOORS
    assert _failures(scenarios) == []
    assert [event.value for event in seen if isinstance(event, events.NonFatalError)] == []
    assert isinstance(seen[-1], events.EngineFinished)
    assert seen[-1].stop_reason is StopReason.COMPLETED


def _failures(scenarios: list[events.ScenarioFinished]) -> list[str]:
    """What failed, in words, so that a failing run can be read."""
    return [
        f"{event.recorder.label}: {check.failure_info.failure if check.failure_info else check.name}"
        for event in scenarios
        for checks in event.recorder.checks.values()
        for check in checks
        if check.status is not Status.SUCCESS
    ]
