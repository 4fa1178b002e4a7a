"""Two programs that reduce the same photo: the desk's, and libvips's in an environment of its own."""
