"""Seeing to messages that did not arrive: the worklist, what became of a message, how the gateways fare."""
