"""E-transaction accounts: opening them (K2, D6); their life and the hotline come with their own issues."""
