"""Pictures for other programs while they happen: MJPEG over HTTP, and a virtual camera. Imports `core` and `stream`."""
