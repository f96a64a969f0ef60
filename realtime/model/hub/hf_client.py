"""Imports the Hugging Face hub's client late and without output."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from types import ModuleType

from realtime.core.addresses import without_secrets
from realtime.core.errors import SourceError


def client() -> ModuleType:
    """The client with its usage headers off (it would also look up who calls it at the hub).

    Raises SourceError where HF_ENDPOINT is no address.
    """
    constants()
    with _import_of_the_client():
        import huggingface_hub
        from huggingface_hub import file_download  # noqa: F401
    module: ModuleType = huggingface_hub
    return module


def constants() -> ModuleType:
    """The client's settings alone, a tenth of its import: the path of its cache, its address, whether it is offline.

    Raises SourceError where HF_ENDPOINT is no address.
    """
    unsaid = "HF_HUB_DISABLE_TELEMETRY" not in os.environ
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    with _import_of_the_client():
        from huggingface_hub import constants as settings
    if unsaid:  # it may have been imported before, and it reads the variable once
        settings.HF_HUB_DISABLE_TELEMETRY = True
    module: ModuleType = settings
    return module


@contextlib.contextmanager
def _import_of_the_client() -> Iterator[None]:
    """Its output to stdout, where results belong, goes to stderr; a wrong address, which some of its modules find out
    in the middle of their import, is a SourceError.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except ValueError as error:
        address = os.environ.get("HF_ENDPOINT", "")
        shown = without_secrets(address)
        reason = f" ({error})" if shown == address else ""  # a part of the password may be in it
        raise SourceError(f"HF_ENDPOINT={shown}: this is no address{reason}. Correct it, or unset it.") from error
