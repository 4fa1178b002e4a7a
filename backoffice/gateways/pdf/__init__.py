"""Documents on paper, as PDF/A made by typst."""
