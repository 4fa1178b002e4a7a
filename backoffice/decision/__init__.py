"""Deciding: the claim, presence, approval, rejection, supplement and escalation of one declaration."""
