"""The peers these conversations are held with."""

from tests.peers.fixtures import http_peer, kannel, smpp_peer

__all__ = ["http_peer", "kannel", "smpp_peer"]
