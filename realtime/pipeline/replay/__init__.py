"""Replay of a recorded session: the same window and pipeline, on the recorded clock."""
