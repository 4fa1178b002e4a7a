"""Lists of schools and employers (D12): units, their Excel files, every row of them accounted for."""
