"""What can be downloaded, where it lies, and whether it is still what came. Only `fetch` contacts the network."""

from realtime.model.hub.cache import Found, Place, State, Status, find, status
from realtime.model.hub.fetch import Fetched, fetch
from realtime.model.hub.huggingface import anything
from realtime.model.hub.manifest import remember
from realtime.model.hub.registry import FACE_LANDMARKER, KNOWN, MODELS, PYFEAT, Download, HubFile, WebFile

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
