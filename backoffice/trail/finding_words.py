"""How what a check found reads on the page: which row or seal, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice.trail.findings import Kind

WRONG: dict[Kind, str] = {
    Kind.ROW_CHANGED: "bị sửa sau khi niêm phong",
    Kind.ROW_REMOVED: "bị xóa sau khi niêm phong",
    Kind.ROW_INSERTED: "bị thêm vào, không do hệ thống ghi",
    Kind.ROW_BACKDATED: "mang thời điểm sớm hơn lúc ghi",
    Kind.SEAL_CHANGED: "bị sửa",
    Kind.SEAL_MISSING: "bị xóa",
    Kind.SEAL_MISPLACED: "không ở đúng chỗ",
    Kind.KEY_UNKNOWN: "làm bằng khóa mà TRAIL_KEY không có",
    Kind.HEAD_MISSING: "không còn trong chuỗi: niêm phong cuối bị cắt bỏ hoặc làm lại",
}


def told(finding: Mapping[str, Any]) -> str:
    """Return a finding, as a check keeps it (findings.Finding.as_ids), in a sentence."""
    return f"{_subject(finding)}: {WRONG[Kind(finding['kind'])]}."


def _subject(finding: Mapping[str, Any]) -> str:
    if "head" in finding:
        return f"Dấu niêm phong đã ghi lại {finding['head'][:16]}…"
    name, key = ("dòng", "row") if "row" in finding else ("niêm phong", "seal")
    first, count = finding.get(key), finding.get("count", 1)
    subject = f"{name} số {first}" if count == 1 else f"{count} {name}, từ số {first} đến số {finding.get('last')}"
    return (subject[0].upper() + subject[1:]) + _where(finding)


def _where(finding: Mapping[str, Any]) -> str:
    if "row" not in finding:
        return ""
    year, _, month = str(finding.get("month", "")).partition("-")
    parts = [f"tháng {month}/{year}"] if month else []
    parts += [f"niêm phong số {finding['seal']}"] if "seal" in finding else []
    return f" ({', '.join(parts)})" if parts else ""
