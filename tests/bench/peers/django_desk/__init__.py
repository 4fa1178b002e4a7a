"""Django admin on the desk's table; DJANGO_TUNED=1 tunes it."""
