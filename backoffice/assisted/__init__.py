"""Help at the desk: officers enter declarations for citizens; a supervisor checks a sample (issue 10, point 10)."""
