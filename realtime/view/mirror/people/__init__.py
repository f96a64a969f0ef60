"""Several faces in one window: who is there, what is said of each, and how one of them is chosen."""
