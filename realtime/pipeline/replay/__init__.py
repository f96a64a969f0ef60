"""A recorded session played again: the same window, the same pipeline, the recorded clock."""
