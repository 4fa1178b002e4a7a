"""The account API of the VssID app (scope app): an owner signs in, changes the password, reads the account (A1–A7)."""
