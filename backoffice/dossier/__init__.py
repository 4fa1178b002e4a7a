"""A declaration's papers: its photos as they are kept, and form 01 as it is printed."""

from __future__ import annotations

from backoffice.dossier.house import configure, faults
from backoffice.dossier.keys_check import demand_keys, key_faults

__all__ = ["configure", "demand_keys", "faults", "key_faults"]
