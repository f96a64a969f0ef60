"""A recorded session opened: lazy streams, rows, tables."""
