"""What can be downloaded, where it lies, and whether it is still what came. Only `fetch` contacts the network."""

from realtime.fetch.get import Fetched, fetch
from realtime.fetch.hub import anything
from realtime.fetch.known import FACE_LANDMARKER, KNOWN, MODELS, PYFEAT, Download, HubFile, WebFile
from realtime.fetch.local import Found, Place, State, Status, find, status
from realtime.fetch.manifest import remember

__all__ = [
    "FACE_LANDMARKER",
    "KNOWN",
    "MODELS",
    "PYFEAT",
    "Download",
    "Fetched",
    "Found",
    "HubFile",
    "Place",
    "State",
    "Status",
    "WebFile",
    "anything",
    "fetch",
    "find",
    "remember",
    "status",
]
