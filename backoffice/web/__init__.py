"""What all pages share: the guard at every door, the one place for errors, fragments, filters, headers."""
