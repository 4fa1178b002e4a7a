"""E-transaction accounts: opening them (K2, D6), and what the desk does for their owners (K9, K10)."""
