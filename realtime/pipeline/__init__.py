"""Frame in, result out: the step, what runs it over a source, its statistics. No window, no cv2."""
