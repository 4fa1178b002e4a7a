"""About whom a request is: the code and the papers that were shown, kept sealed while the request is open."""

from __future__ import annotations

import json
from dataclasses import dataclass

from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.sealing import seal, unseal
from backoffice.models import Asker

_PURPOSE = "person request"


@dataclass(frozen=True)
class Whom:
    """A person: `code` their BHXH code, `numbers` those of the papers shown (a child's: of the guardian's papers)."""

    code: str
    numbers: tuple[str, ...]
    asker: Asker

    @property
    def subject(self) -> bytes:
        """Return the keyed hash under which the trail knows them."""
        return lookup_hash("bhxh_code", self.code)


def sealed(whom: Whom) -> bytes:
    """Return the person sealed for a request of theirs."""
    known = {"code": whom.code, "numbers": whom.numbers}
    return seal(_PURPOSE, whom.subject.hex(), json.dumps(known).encode())


def opened(held: bytes, subject: bytes, asker: Asker) -> Whom:
    """Return what `sealed` was given; raises BrokenSeal when SECRET_KEY was changed since."""
    known = json.loads(unseal(_PURPOSE, subject.hex(), held))
    return Whom(known["code"], tuple(known["numbers"]), asker)
