"""Comparing the ID presented with an account, of which the screen shows no whole number (K9). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.desk.compare import LABELS
from backoffice.identity.difference import Difference, Field, Verdict, differences
from backoffice.identity.said import Said, said_by_scan
from backoffice.identity.scan import Scan
from backoffice.models import Account, IdType

_NUMBERS = (Field.NUMBER, Field.OLD_NUMBER, Field.PASSPORT, Field.BHXH_CODE)
_FIELDS = (*_NUMBERS, Field.NAME, Field.DATE_OF_BIRTH)
_SENTENCES = {
    "good": "Giấy tờ trùng với chủ tài khoản.",
    "bad": "Số trên giấy tờ khác chủ tài khoản: không cấp lại mật khẩu. Nếu đây là người tiếp theo, bấm / rồi quét "
    "vào ô tìm.",
    "warn": "Cần xem kỹ: có mục khác, hoặc chưa so được số giấy tờ. Xin đối chiếu bằng mắt với giấy tờ bản gốc.",
}


def compared(account: Account, scan: Scan) -> dict[str, Any]:
    """Return the values of the block `compared`: kind and text of the whole, and lines.

    Each line: field and verdict (their code words), label, scanned (what the card says), kind and word of the verdict.
    What only one side has is left out.
    """
    lines = [line for line in differences(_said(account), Said(), said_by_scan(scan), _FIELDS) if _is_compared(line)]
    kind = _kind(lines)
    return {"kind": kind, "text": _SENTENCES[kind], "lines": [_shown(line) for line in lines]}


def _said(account: Account) -> Said:
    born, code = account.date_of_birth, account.bhxh_code
    number = account.id_number if account.id_type is IdType.CITIZEN_ID else code if len(code) == 12 else None
    return Said(
        number=number,
        old_number=account.id_number if account.id_type is IdType.OLD_ID else None,
        passport=account.id_number if account.id_type is IdType.PASSPORT else None,
        bhxh_code=code,
        name=account.full_name,
        date_of_birth=(born, born.year) if born else None,
    )


def _is_compared(line: Difference) -> bool:
    return line.verdict is not Verdict.UNKNOWN


def _kind(lines: Sequence[Difference]) -> str:
    """Return "good" when a number is equal and nothing differs, "bad" when the numbers differ, else "warn"."""
    numbers = {line.verdict for line in lines if line.field in _NUMBERS}
    if Verdict.SAME in numbers:
        return "warn" if any(line.verdict is Verdict.DIFFERENT for line in lines) else "good"
    return "bad" if Verdict.DIFFERENT in numbers else "warn"


def _shown(line: Difference) -> dict[str, str]:
    return {
        "field": line.field.value,
        "verdict": line.verdict.value,
        "label": LABELS[line.field],
        "scanned": line.scanned.text,
        "kind": line.verdict.kind,
        "word": line.verdict.word,
        "why": "" if line.verdict is Verdict.DIFFERENT else line.why,
    }
