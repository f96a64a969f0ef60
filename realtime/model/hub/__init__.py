"""Downloads: the known files, their caches, and their verification. Only `fetch` contacts the network."""

from realtime.model.hub.cache import CachedFile, CacheState, CacheStatus, Place, find, status
from realtime.model.hub.fetch import Fetched, fetch
from realtime.model.hub.huggingface import anything
from realtime.model.hub.manifest import remember
from realtime.model.hub.registry import FACE_LANDMARKER, KNOWN, MODELS, PYFEAT, Download, HubFile, WebFile

__all__ = [
    "FACE_LANDMARKER",
    "KNOWN",
    "MODELS",
    "PYFEAT",
    "CacheState",
    "CacheStatus",
    "CachedFile",
    "Download",
    "Fetched",
    "HubFile",
    "Place",
    "WebFile",
    "anything",
    "fetch",
    "find",
    "remember",
    "status",
]
