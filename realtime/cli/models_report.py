"""What `meshmirror models list`, `show` and `fetch` report with `--json`."""

from __future__ import annotations

from typing import Annotated, Any

from realtime.core.report import Report, SparseReport, described

_Name = Annotated[str, described("name, as commands take it")]
_Path = Annotated[str | None, described("its file; null where there is none")]
_Bytes = Annotated[int | None, described("size of the file", "bytes")]
_AboutBytes = Annotated[int | None, described("approximate size of the download", "bytes")]
_Sha256 = Annotated[str | None, described("SHA-256 of the file")]
_Revision = Annotated[str | None, described("commit of the hub that it came from")]
_State = Annotated[str, described("whether it is on this machine, and whether its SHA-256 was verified")]
_Place = Annotated[str | None, described("where it was found")]


class ModelEntry(Report):
    """A model of the catalogue."""

    name: _Name
    family: Annotated[str, described("what its features are")]
    features: Annotated[int, described("number of features")]
    state: _State
    place: _Place
    path: _Path
    bytes: _Bytes
    about_bytes: _AboutBytes
    sha256: _Sha256
    revision: _Revision
    licence: Annotated[str, described("licence, in short")]


class NetworkEntry(Report):
    """A network for landmarks or emotions."""

    name: _Name
    state: _State
    place: _Place
    path: _Path
    bytes: _Bytes
    sha256: _Sha256
    revision: _Revision
    about_bytes: _AboutBytes
    licence: Annotated[str, described("licence, in short")]


class CatalogReport(Report):
    """`models list`."""

    models: Annotated[tuple[ModelEntry, ...], described("models of the mesh")]
    networks: Annotated[tuple[NetworkEntry, ...], described("networks")]


class FetchReport(SparseReport):
    """`models fetch`."""

    name: _Name
    path: _Path
    bytes: _Bytes
    sha256: _Sha256
    revision: _Revision
    downloaded: Annotated[bool, described("whether it was downloaded now")]
    licence: Annotated[str, described("licence")]
    prepared: Annotated[
        str | None, described("py-feat's network: folder of its conversion for this machine; null where that failed")
    ] = None


class FeatureEntry(Report):
    """A feature of a model."""

    name: Annotated[str, described("name of the column")]
    p99: Annotated[float | None, described("99th percentile in the training data", "the feature's own")]
    supported: Annotated[bool, described("whether a source of features gives it")]


class FrameEntry(Report):
    """The canonical frame of a model."""

    unit: Annotated[float, described("distance between the outer canthi of the mean mesh", "model units")]
    left: Annotated[tuple[float, ...], described("direction to the subject's left, unit vector")]
    up: Annotated[tuple[float, ...], described("direction up, unit vector")]
    forward: Annotated[tuple[float, ...], described("direction forward, unit vector")]


class PersonalEntry(Report):
    """What a model of one person says of itself: R2 on frames that it was not fit on."""

    of: Annotated[str, described("the model towards which it was shrunk")]
    folds_of: Annotated[str, described("what was held out")]
    personal: Annotated[float, described("R2 of the way it was fit")]
    own_neutral: Annotated[float, described("R2 of that model with the person's own neutral, on the same frames")]
    model_itself: Annotated[float, described("R2 of that model as it is, on the same frames")]
    better: Annotated[bool, described("whether personal is above own_neutral by more than chance may do")]


class ModelContents(Report):
    """`models show` of a model."""

    name: _Name
    family: Annotated[str, described("what its features are")]
    features: Annotated[tuple[FeatureEntry, ...], described("features, in the order of its columns")]
    features_are: Annotated[
        str | None,
        described('"amplitudes" where 1 is a full expression and no probability; null: as their source has it'),
    ]
    pose_columns: Annotated[tuple[str, ...], described("pose angles, in the order of its columns")]
    label_repair: Annotated[dict[str, str], described("repaired labels of its features: as filed, to as used")]
    depth_factor: Annotated[
        float, described("factor by which the z of its file was scaled; 1: as filed, see docs/methods.md", "1")
    ]
    shapes: Annotated[dict[str, tuple[int, ...]], described("shape of each array")]
    anchor_indices: Annotated[tuple[int, ...], described("vertices with which a face is aligned")]
    frame: Annotated[FrameEntry, described("canonical frame")]
    personal: Annotated[
        PersonalEntry | None, described("of a model of one person: its held-out scores; null for all others")
    ]
    default_pose: Annotated[str, described('pose that it is given by default: "zero" or "live"')]
    pose_identified: Annotated[
        bool,
        described("whether its file has the interactions of features and pose, without which the pose rows are not"),
    ]
    metadata: Annotated[dict[str, Any], described("training metadata, as filed")]
    card: Annotated[str, described("model card")]
    sha256: _Sha256
    revision: _Revision
    path: _Path


class NetworkContents(Report):
    """`models show pyfeat`."""

    name: _Name
    heads: Annotated[dict[str, int], described("number of outputs of each head")]
    names: Annotated[
        dict[str, tuple[str, ...] | None] | None, described("names of the outputs; null until it is converted")
    ]
    prepared: Annotated[str | None, described("folder of its conversion for this machine; null until then")]
    measured: Annotated[
        dict[str, dict[str, Any] | None] | None,
        described("by precision: `ms` a face, and largest `difference` to `reference` by output, as filed"),
    ]
    reference: Annotated[str | None, described("what computed the numbers that it was compared with; null until then")]
    path: Annotated[str, described("file of its weights")]
    sha256: Annotated[str, described("SHA-256 of its weights")]
    licence: Annotated[str, described("licence")]


class ClassifierContents(Report):
    """`models show appearance`."""

    name: _Name
    outputs: Annotated[tuple[str, ...], described("names of its outputs, in their order; their sum is 1")]
    input: Annotated[str, described("what it is given")]
    limits: Annotated[str, described("faces for which it gives no emotions")]
    ability: Annotated[str, described("how far its answers are to be believed")]
    package: Annotated[str, described("the package, and its version, whose wheel holds the file")]
    path: Annotated[str, described("its file")]
    sha256: Annotated[str, described("SHA-256 of its file")]
    licence: Annotated[str, described("licence")]
