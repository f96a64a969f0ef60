"""What `meshmirror bench` measures, a file a part."""
