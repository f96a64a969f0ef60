"""What `meshmirror bench` measures, one file per part."""
