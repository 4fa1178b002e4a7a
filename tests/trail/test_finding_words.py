"""What a check found reads in Vietnamese on the page, whatever it is."""

from __future__ import annotations

import pytest

from backoffice.trail.finding_words import WRONG, told
from backoffice.trail.findings import Finding, Findings, Kind


def said(*found: Finding) -> str:
    findings = Findings()
    for place, one in enumerate(found):
        findings.add(one, place)
    findings.flush()
    (kept,) = findings.named
    return told(kept)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_its_sentence(kind: Kind):
    sentence = said(Finding(kind, seal=3))
    assert sentence == f"Niêm phong số 3: {WRONG[kind]}."
    assert kind.value not in sentence


def test_rows_are_named_with_their_month_and_seal():
    assert said(Finding(Kind.ROW_CHANGED, 1, 7, "2026-03")).startswith("Dòng số 7 (tháng 03/2026, niêm phong số 1): ")
    assert said(Finding(Kind.ROW_INSERTED, row=-5, month="2026-03")).startswith("Dòng số -5 (tháng 03/2026): ")


def test_neighbours_are_one_line():
    run = [Finding(Kind.ROW_REMOVED, 1, number, "2026-03") for number in (4, 5, 6)]
    assert said(*run).startswith("3 dòng, từ số 4 đến số 6 (tháng 03/2026, niêm phong số 1): ")
    assert said(Finding(Kind.SEAL_MISSING, 2, last=4, count=3)).startswith("3 niêm phong, từ số 2 đến số 4: ")


def test_a_head_that_was_noted_is_named_by_its_beginning():
    assert said(Finding(Kind.HEAD_MISSING, head="ab" * 32)).startswith("Dấu niêm phong đã ghi lại abababababababab…: ")
