"""What `meshmirror bench` measures, one file per group of measurements."""
