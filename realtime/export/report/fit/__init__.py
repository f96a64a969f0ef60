"""The page of a fit: from its report and its model to the sections of a page."""
