"""Models by name. Nothing here contacts a network."""

from __future__ import annotations

from pathlib import Path

from realtime.errors import ModelFileError
from realtime.model.builtin import BUILT_IN, built_in
from realtime.model.linear import LinearMeshModel
from realtime.model.names import nearest

AUTO = "auto"
EMOTION_V6 = "emotion@v6"
NAMES = (AUTO, EMOTION_V6, BUILT_IN)

HUB_REPO = "py-feat/emotion_to_mesh"
HUB_FILE = "emotion_to_mesh_pls_v6.npz"


def load_model(name: str | Path = AUTO) -> LinearMeshModel:
    """A model by its name in the catalogue or by the path of its file.

    ``emotion@built-in`` is composed from files that are installed; ``emotion@v6`` is taken from the local Hugging Face
    cache; ``auto`` is ``emotion@v6`` where that is cached, else ``emotion@built-in``. No name downloads anything.

    Raises ModelFileError for an unknown name, a model that is not on this machine, and a file that is not acceptable.
    """
    wanted = str(name)
    if wanted == BUILT_IN:
        return built_in()
    if wanted in (AUTO, EMOTION_V6):
        cached = cached_v6()
        if cached is not None:
            return LinearMeshModel.load(cached).replaced(name=EMOTION_V6)
        if wanted == AUTO:
            return built_in()
        raise ModelFileError(
            f"'{EMOTION_V6}' is not in the Hugging Face cache of this machine, and nothing is downloaded unasked. "
            f"Download {HUB_FILE} from https://huggingface.co/{HUB_REPO} and give its path as the model, "
            f"or use '{BUILT_IN}', which needs no download."
        )
    path = Path(wanted)
    if wanted.lower().endswith(".npz") or path.exists():
        return LinearMeshModel.load(path)
    raise ModelFileError(
        f"There is no model '{wanted}'.{nearest(wanted, NAMES)} "
        f"Known are {', '.join(NAMES)}, and the path of a model file (.npz)."
    )


def cached_v6() -> Path | None:
    """The file of ``emotion@v6`` in the local Hugging Face cache, or None; looks at the disk only."""
    from huggingface_hub import try_to_load_from_cache  # 0.2 s, and needed for this model only

    found = try_to_load_from_cache(HUB_REPO, HUB_FILE)
    return Path(found) if isinstance(found, str) else None  # not a str: never asked for, or known not to exist
