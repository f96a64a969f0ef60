"""The columns of a session's table, each declared once."""
