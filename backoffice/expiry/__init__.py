"""Expiry: what nobody handed in is deleted after its deadline, and the citizen is reminded before it (K4, K5)."""
