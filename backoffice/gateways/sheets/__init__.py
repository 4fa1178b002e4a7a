"""Spreadsheets: a table read safely from an .xlsx or .csv file, whoever made it; `writing` makes one of text cells.

Nothing that reads needs openpyxl, whose import takes longer than the start of a confined reader.
"""

from backoffice.gateways.sheets.table import XLSX, Column, Line, Table, line_of, read_table

__all__ = ["XLSX", "Column", "Line", "Table", "line_of", "read_table"]
