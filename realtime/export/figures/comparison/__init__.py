"""The figures of a comparison for papers, as PNG and SVG."""
