"""Offices: the tree, its history, merges, import and export, and the public's search for one (D8)."""
