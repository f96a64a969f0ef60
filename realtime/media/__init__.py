"""Video, GIF and PNG files: encoders, writers, readers. Knows pictures and times, no faces."""
