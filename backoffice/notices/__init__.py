"""Notices: every SMS and e-mail, from the row written with its cause to its fate (design 4, Outbox and Credentials)."""
