"""The hotline: an agent with a voice on the line, and the virtual assistant, for accounts alone (A4, A7)."""
