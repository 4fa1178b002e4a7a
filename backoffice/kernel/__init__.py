"""What everything stands on: database, clock, errors, queue, keyed hashes."""
