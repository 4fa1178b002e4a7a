"""What a password costs whoever guesses (design 4)."""

from __future__ import annotations

from argon2 import Type, extract_parameters

from tests.conftest import TRUE_HASHER


def test_a_hash_costs_what_owasp_asks_at_least():
    cost = extract_parameters(TRUE_HASHER.hash("mat-khau-thu"))
    assert (cost.type, cost.memory_cost, cost.time_cost, cost.parallelism) == (Type.ID, 19 * 1024, 2, 1)
