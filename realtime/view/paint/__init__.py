"""What every view is painted with: colours, type, rectangles, text, widgets."""
