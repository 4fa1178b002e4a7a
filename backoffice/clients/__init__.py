"""Machine clients: who calls the API, with which keys, for which offices and how often."""
