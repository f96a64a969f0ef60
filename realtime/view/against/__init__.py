"""The window of two replays: the mirror twice, on one clock."""
