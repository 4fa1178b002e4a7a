"""Workbooks written part by part, as no careful program would write them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = (
    '<row><c t="inlineStr"><is><t>Mã số BHXH</t></is></c><c t="inlineStr"><is><t>Họ và tên</t></is></c>'
    '<c t="inlineStr"><is><t>Ngày sinh</t></is></c><c t="inlineStr"><is><t>Số điện thoại</t></is></c></row>'
)


def cells(*texts: str, row: int | None = None) -> str:
    """A row of inline texts, without addresses as Apache POI's streaming writers leave them."""
    made = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>' for text in texts)
    where = f' r="{row}"' if row else ""
    return f"<row{where}>{made}</row>"


def sheet(*rows: str, before: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{"".join(rows)}</sheetData></worksheet>'


def parts(sheet_xml: str, **more: str) -> dict[str, str]:
    """The parts of a workbook with one sheet; `more` by names with "__" for "/" and "_" for "."."""
    made = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets><sheet name="Danh sách" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELS}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>'
        ),
        "xl/worksheets/sheet1.xml": sheet_xml,
    }
    return made | more


def packed(files: Mapping[str, str | bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def raw(*rows: str, before: str = "") -> bytes:
    """A workbook of the headings and these rows."""
    return packed(parts(sheet(HEAD, *rows, before=before)))
