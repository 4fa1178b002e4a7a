"""Help at the desk: what an officer writes for a citizen who asks for it (D1)."""
