"""Officers: who may work here, as what and where; and the table of who may do what (design 5)."""
