"""The trail: who did and who looked, sealed, searched, watched (design 5)."""
