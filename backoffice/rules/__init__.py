"""What is allowed: lifecycle, permissions, deadlines, reasons, places. Pure functions and tables."""
