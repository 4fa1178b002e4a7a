"""Spreadsheets: a table read safely from an .xlsx or .csv file, whoever made it, and one written of text cells."""

from backoffice.gateways.sheets.table import Column, Line, Table, line_of, read_table
from backoffice.gateways.sheets.writing import XLSX, write_table

__all__ = ["XLSX", "Column", "Line", "Table", "line_of", "read_table", "write_table"]
