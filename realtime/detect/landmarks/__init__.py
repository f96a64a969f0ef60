"""MediaPipe's face trackers behind one interface."""
