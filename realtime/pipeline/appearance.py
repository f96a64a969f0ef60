"""The classifier `appearance` as a stage of the step: whether it is a source, and what it makes of a face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from realtime.core.config import DetectConfig
from realtime.core.errors import ModelFileError, NetworkError
from realtime.core.process import Notify
from realtime.core.run_report import AppearanceReport
from realtime.core.types import AppearanceOutput, Frame
from realtime.core.wording import APPEARANCE_ABILITY
from realtime.detect.appearance import APPEARANCE_COMMAND, AT_ONCE, AppearanceClassifier, find_appearance
from realtime.detect.feature_sources import takes_emotions
from realtime.model import LinearMeshModel
from realtime.model.hub import APPEARANCE
from realtime.pipeline.network_sync import Observation


class AppearanceOutputs(Protocol):
    """The source of the classifier's outputs: the classifier itself, or a recording of them."""

    def read(self, seen: Observation, shown: Frame) -> AppearanceOutput:
        """The output for an aligned face; `shown` is the frame beside which it is shown, which may be newer."""
        ...

    def read_ahead(self, faces: Sequence[Observation]) -> None:
        """That `read` is going to be asked for these aligned faces, of one frame or of several: cheaper at once."""
        ...

    def report(self) -> AppearanceReport:
        """What a run reports of the classifier."""
        ...


class LiveAppearance:
    """The classifier itself: it reads the face in its own frame."""

    def __init__(self, classifier: AppearanceClassifier) -> None:
        self._classifier = classifier
        self._ahead: dict[Observation, AppearanceOutput] = {}

    def read(self, seen: Observation, shown: Frame) -> AppearanceOutput:
        """The emotions in the picture of the face, or why there are none."""
        if seen not in self._ahead:
            self.read_ahead([seen])
        return self._ahead.pop(seen)

    def read_ahead(self, faces: Sequence[Observation]) -> None:
        """Read these faces, as many at once as the classifier takes."""
        faces = [seen for seen in faces if seen not in self._ahead]
        for some in (faces[at : at + AT_ONCE] for at in range(0, len(faces), AT_ONCE)):
            given = [(one.frame, one.landmarks, one.aligned[0].pose) for one in some]
            self._ahead.update(zip(some, self._classifier.read_many(given), strict=True))

    def report(self) -> AppearanceReport:
        """The file and what runs it."""
        return AppearanceReport(
            package=f"{APPEARANCE.package} {APPEARANCE.version}",
            sha256=APPEARANCE.sha256,
            runtime=self._classifier.runtime,
            ability=APPEARANCE_ABILITY[0],
        )


def open_appearance(
    detect: DetectConfig, models: Sequence[LinearMeshModel], notify: Notify, *, network: bool
) -> LiveAppearance | None:
    """Start the classifier where the settings have a use for it: asked for by name, or as the choice of `auto` where
    py-feat's network is none (`network`) and a model is driven by emotions. None where it is not used or not here.

    Raises ModelFileError where it was asked for and is not here, or where another file is in its place, and
    NetworkError where it was asked for and cannot be started.
    """
    asked_for = detect.emotion == "appearance"
    if not asked_for and (detect.emotion != "auto" or network or not any(map(takes_emotions, models))):
        return None
    file = find_appearance()
    if file is None:
        if asked_for:
            raise ModelFileError(
                f"The classifier '{APPEARANCE.name}' is not installed. `{APPEARANCE_COMMAND}` downloads it "
                f"({APPEARANCE.about_bytes / 1e6:.1f} MB, {APPEARANCE.licence.short}); --emotion inverse needs nothing."
            )
        return None
    try:
        return LiveAppearance(AppearanceClassifier(file))
    except NetworkError as error:
        if asked_for:
            raise
        notify(f"{error} Emotions are fitted to the mesh (inverse) instead.")
        return None
