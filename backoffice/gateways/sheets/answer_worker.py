"""The program that writes answers into one list (`python -m backoffice.gateways.sheets.answer_worker`) and ends.

It is given a line of JSON (`answering.Answers`) and the file, and answers a line of JSON, {} or why the file cannot be
read, and the workbook. It is confined as the reader is (list_worker).
"""

from __future__ import annotations

import json
import signal
import sys

from backoffice.gateways.sheets.answering import Answers, answered
from backoffice.gateways.sheets.list_worker import SECONDS, confine, fault_of
from backoffice.gateways.sheets.refusal import too_big
from backoffice.kernel.errors import InvalidInput


def main() -> None:
    """Write the answers into the list from standard input."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    confine()
    asked = Answers(**json.loads(sys.stdin.buffer.readline()))
    head, made = {}, b""
    try:
        made = answered(sys.stdin.buffer.read(), asked)
    except MemoryError:
        head = fault_of(too_big())
    except InvalidInput as refusal:
        head = fault_of(refusal)
    sys.stdout.buffer.write(json.dumps(head, ensure_ascii=False).encode() + b"\n" + made)


if __name__ == "__main__":
    main()
