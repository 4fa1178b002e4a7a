"""The answers of one HTTP connection, put together from what comes (RFC 9112; parsed by httptools, Node.js' llhttp)."""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MOST_BYTES = 64 * 1024
"""Of an answer's body; what is longer is cut off. Its head may have as many."""


class Answers:
    """One answer after the other: `expect` one, and `take` what comes until it `is_whole`."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)  # RFC 9112, 2.2 allows it
        self.keeps_open = True
        """The connection may carry another request."""
        self.expect()

    def expect(self) -> None:
        """Begin anew."""
        self.code = 0
        """Of the answer whose head has come; 0 before."""
        self.body = bytearray()
        self.is_whole = False
        self._came = 0

    def take(self, data: bytes) -> None:
        """Take what was received, b"" for the connection's end; raises ValueError when it makes no answer."""
        if not data:
            self._ended()
            return
        self._came += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.keeps_open = False
            if not self.is_whole:
                raise ValueError("that is no answer") from error
        if len(self.body) > MOST_BYTES:
            self.is_whole, self.keeps_open = True, False
        elif self._came > 2 * MOST_BYTES and not self.is_whole:
            raise ValueError("the answer has no end")

    def _ended(self) -> None:
        """Let what has come be all: an answer counts from its head on."""
        if not self.code:
            raise ValueError("hung up without an answer")
        self.is_whole, self.keeps_open = True, False

    def on_message_begin(self) -> None:
        """Do not go on with a peer that talks out of turn."""
        if self.is_whole:
            self.keeps_open = False

    def on_headers_complete(self) -> None:
        """Keep the status, unless it only promises an answer (1xx)."""
        status = self._parser.get_status_code()
        if status >= 200 and not self.is_whole:
            self.code = status

    def on_body(self, data: bytes) -> None:
        """Keep a piece of the body."""
        if not self.is_whole and len(self.body) <= MOST_BYTES:
            self.body += data

    def on_message_complete(self) -> None:
        """Let the answer be whole, unless another was promised."""
        if self.code and not self.is_whole:
            self.is_whole = True
            self.keeps_open = self._parser.should_keep_alive()
