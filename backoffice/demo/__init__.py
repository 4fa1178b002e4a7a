"""The demo: invented people, drawn papers, a country of offices and declarations in every state."""
