"""The machines that call the API: who lets them in, for what, for which offices, and with which keys (design 5)."""
