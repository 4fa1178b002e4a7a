"""What identifies a person, as pure functions: codes, phones, names, papers, QR cards, receipt codes, redaction."""
