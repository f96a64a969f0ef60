"""The files of a comparison: its tables, and its methods and references as texts to paste."""
