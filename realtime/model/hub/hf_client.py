"""The Hugging Face hub's client: imported late, and quietly."""

from __future__ import annotations

import contextlib
import os
import sys
from types import ModuleType

from realtime.core.errors import SourceError


def client() -> ModuleType:
    """The client with its usage headers off (it would also look up who calls it at the hub).

    Raises SourceError where HF_ENDPOINT is no address, which the client finds out in the middle of its import.
    """
    unsaid = "HF_HUB_DISABLE_TELEMETRY" not in os.environ
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        with contextlib.redirect_stdout(sys.stderr):  # it complains on stdout, where results belong
            import huggingface_hub
            from huggingface_hub import constants, file_download  # noqa: F401
    except ValueError as error:
        address = os.environ.get("HF_ENDPOINT", "")
        raise SourceError(f"HF_ENDPOINT={address}: this is no address ({error}). Correct it, or unset it.") from error
    if unsaid:  # it may have been imported before, and it reads the variable once
        constants.HF_HUB_DISABLE_TELEMETRY = True
    module: ModuleType = huggingface_hub
    return module
