"""Declarations come in: by the API for machines, each checked whole, kept once, and answered with what to do next."""
