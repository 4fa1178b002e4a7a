"""Who comes in: sign-in, sessions kept on the server, lock and unlock, officers and their second step (design 5)."""
