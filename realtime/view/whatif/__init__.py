"""The window of sliders: one model, its features and its pose by hand."""
