"""What citizens open in a browser of their own: the account page of an owner who has no app (issue 6, point 3)."""
