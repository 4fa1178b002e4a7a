"""The rules of the house, each in one place: lifecycle, permissions, deadlines, reasons, places, the trail."""
