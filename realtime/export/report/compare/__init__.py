"""The page of a comparison: a file a section, composed in `compare_page`."""
