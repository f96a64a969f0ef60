"""What is shown: a window or an offscreen target, and the mirror that is drawn into either."""
