"""Another source, other models, another source of the features: opened while the present run continues.

The user is notified of what fails, and the present run continues. Sources and pipelines are opened independently of
each other, in threads of their own; the newest choice of a kind wins.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from realtime.app.camera_settings import camera_offers, camera_setting
from realtime.app.inventory import (
    EMOTIONS,
    POSES,
    Inventory,
    after,
    camera_label,
    emotions_of,
    models_of,
    sources_of,
)
from realtime.capture import OpenSource, SourceOptions, open_source, reconfigure, source_label
from realtime.core.background import BackgroundTask
from realtime.core.commands import Action, Choose
from realtime.core.config import MOST_MODELS, Config, SourceConfig
from realtime.core.errors import MeshmirrorError
from realtime.core.process import Notify
from realtime.core.status import Choice, Offers
from realtime.core.wording import POSE_NOT_IDENTIFIED
from realtime.model import LinearMeshModel
from realtime.pipeline.build import Pipeline
from realtime.pipeline.run import Opened

log = logging.getLogger("meshmirror")

# Builds a pipeline for settings, with these models unless there are none; the last argument gets lines for the user.
Build = Callable[[Config, Sequence[LinearMeshModel] | None, Notify], Pipeline]
OPEN_S = 30.0  # a camera's first picture may take 5 s, weights on a slow disk take long to read
_LISTED = sys.platform.startswith("linux")  # elsewhere the cameras are opened one after the other to find them
_SEARCH_AGAIN_S = 5.0
_CLOSE_S = 2.0
_REPLAY = "This is a replay; `meshmirror --source` shows a camera or another file."
_CAMERA = re.compile(r"[0-9]{1,4}")


class SourceSwitcher:
    """Knows what can be chosen and what is, and opens new choices in the background; for the main thread only."""

    def __init__(
        self,
        config: Config,
        source: OpenSource,
        pipeline: Pipeline,
        notify: Notify,
        notify_terminal: Notify,
        wake: Callable[[], None],
        build: Build | None = None,
        notify_error: Notify | None = None,
    ) -> None:
        """`config`, `source` and `pipeline` are the present ones. `notify` shows a text in the window and in the
        terminal, `notify_terminal` in the terminal alone, `notify_error` what failed (default: as `notify`).

        `build` opens the pipelines of a replay, whose source stays.
        """
        self.config = config  # as it runs
        self._build: Build = build or Pipeline.from_config
        self._fixed_source = build is not None
        self._source_now, self._pipeline_now = source, pipeline
        self._given = Choice(config.source.path, source.info.name)
        self._named = tuple(name for name in self._names() if name not in ("", "auto"))
        self._wanted = config  # as it will be when all is open
        self._notify, self._notify_terminal, self._wake = notify, notify_terminal, wake
        self._notify_error = notify_error or notify
        self._source: BackgroundTask[OpenSource] | None = None
        self._pipeline: BackgroundTask[Pipeline] | None = None
        self._abandoned: list[BackgroundTask[Any]] = []
        self._abandoned_sources: dict[str, BackgroundTask[OpenSource]] = {}
        self._here = Inventory()
        self._search: BackgroundTask[Inventory] | None = None
        self._searched_at = 0.0

    @property
    def opening(self) -> str:
        """What is being opened; empty while nothing is."""
        return ", ".join(task.name for task in (self._source, self._pipeline) if task is not None and task.name)

    def offers(self) -> Offers:
        """What can be chosen and what is."""
        names = self._names()
        offers = Offers(
            sources=self._sources(),
            source=self.config.source.path,
            models=models_of(self._here, *self._named, *names),
            chosen_models=names,
            emotions=emotions_of(self._here),
            emotion=self.config.detect.emotion,
            pose=self.config.model.pose,
            opening=self.opening,
        )
        if not _CAMERA.fullmatch(self.config.source.path):
            return offers
        return replace(offers, **camera_offers(self.config.source))

    def refresh(self) -> None:
        """Search this machine for cameras and models again, unless that is being done."""
        if self._search is None:
            self._searched_at = time.monotonic()
            cameras_too = not self._fixed_source
            self._search = BackgroundTask(
                "", lambda: Inventory.search(self.config, cameras_too=cameras_too), lambda _: None, self._wake
            )

    def keep_fresh(self) -> None:
        """Search from time to time, while the list is on screen, where a search opens no camera."""
        if _LISTED and time.monotonic() - self._searched_at >= _SEARCH_AGAIN_S:
            self.refresh()

    # Requests

    def choose(self, request: Choose) -> None:
        """Open what was chosen."""
        value = request.value
        one = value if isinstance(value, str) else next(iter(value), "")
        if request.what == "source" and self._fixed_source:
            self._notify(_REPLAY)
        elif request.what == "source":
            self._choose_source(one)
        elif request.what in ("resolution", "rate", "exposure"):
            self._set_camera(request.what, one)
        elif request.what == "models":
            self._choose_models((value,) if isinstance(value, str) else value)
        elif request.what == "emotion" and one in EMOTIONS:
            self._open_pipeline(self._wanted.with_detect(emotion=one))
        elif request.what == "pose" and one in POSES:
            self.config = _with(self.config, "model", pose=one)
            self._wanted = _with(self._wanted, "model", pose=one)
            self._pipeline_now.choose_pose(self.config.model.pose)
            unknown = [p.model.name for p in self._pipeline_now.predictors if not p.model.has_interactions]
            identity = self._pipeline_now.identity
            if identity is not None and identity.response is not None:
                self._notify("Your own response to the head pose replaces the model's pose input; N calibrates anew.")
            elif one == "live" and unknown:
                self._notify(f"{', '.join(unknown)}: {POSE_NOT_IDENTIFIED}.")
        else:
            self._notify(f"There is no {request.what} '{one}'.")

    def next(self, action: Action, model: int) -> None:
        """Choose the next one; `model` is the number of the model that is replaced by the next."""
        if action is Action.POSE:
            self.choose(Choose("pose", after(POSES, self.config.model.pose) or "auto"))
        elif action is Action.NEXT_SOURCE and self._fixed_source:
            self._notify(_REPLAY)
        elif action is Action.NEXT_SOURCE:
            if _LISTED:
                self.refresh()
            chosen = after([choice.value for choice in self._sources()], self._wanted.source.path)
            if chosen is None:
                self.refresh()
                self._notify("There is no other camera.")
            else:
                self._choose_source(chosen)
        elif action is Action.NEXT_EMOTION:
            there = [kind for kind in EMOTIONS if kind not in self._here.missing]
            self.choose(Choose("emotion", after(there, self._wanted.detect.emotion) or "auto"))
        elif action is Action.NEXT_MODEL:
            self._choose_next_model(model)

    def _choose_next_model(self, at: int) -> None:
        names = list(self._names(self._wanted))
        at = min(at, len(names) - 1)
        others = [
            choice.value for choice in self.offers().models if choice.value not in names or choice.value == names[at]
        ]
        chosen = after(others, names[at])
        if chosen is None:
            self._notify("There is no other model on this machine. `meshmirror models list` shows what to download.")
        else:
            names[at] = chosen
            self._choose_models(tuple(names))

    def go_back(self, before: Config) -> None:
        """The present run has failed: open the models and the source of the features of the run before."""
        self._open_pipeline(self._with_models_of(before))

    # Opening

    def _choose_source(self, path: str) -> None:
        if not path.strip():
            self._notify("The source is empty; give a camera's number, a file, a folder or an address.")
            return
        if self._source is not None:
            if path == self._wanted.source.path:
                return
            self._abandon_source()
        if self._source_now.info.live and self._source_now.state != "ended" and self._is_now(path):
            self._abandon_unneeded_pipeline()
            self._notify(f"{self._source_now.info.name} is the source already.")
            return
        # A source that is missing is an error here; it is not waited for.
        self._wanted = wanted = _with(self._wanted, "source", path=path, wait=False)
        before = self._abandoned_sources.pop(path, None)
        if before is not None and before.uncancel():  # a device cannot be opened a second time beside
            self._source = before
        else:
            self._source = BackgroundTask(
                self._label(path),
                lambda: open_source(path, SourceOptions.from_config(wanted.source)),
                lambda made: made.close(),
                self._wake,
            )
        if self._pipeline is None:
            self._begin_pipeline("")

    def _set_camera(self, what: str, value: str) -> None:
        """Open the present camera again with another resolution, rate or exposure."""
        path = self.config.source.path
        try:
            wanted = SourceConfig.model_validate({**self.config.source.model_dump(), **camera_setting(what, value)})
        except ValueError:
            self._notify(f"There is no {what} '{value}'.")
            return
        if not _CAMERA.fullmatch(path) or not reconfigure(
            self._source_now, int(path), SourceOptions.from_config(wanted)
        ):
            self._notify("This source is no camera: it has its own size, rate and exposure.")
            return
        settings = {key: getattr(wanted, key) for key in ("width", "height", "fps", "exposure_ms")}
        self.config = _with(self.config, "source", **settings)
        self._wanted = _with(self._wanted, "source", **settings)
        self._notify(f"The camera is opened again with another {what}.")

    def _choose_models(self, names: tuple[str, ...]) -> None:
        if not 0 < len(names) <= MOST_MODELS:
            self._notify(f"Between one and {MOST_MODELS} models can run side by side, {len(names)} were chosen.")
        elif names != self._names(self._wanted):
            wanted = self.config.model.names if names == self._names() else names
            self._open_pipeline(_with(self._wanted, "model", names=wanted))

    def _open_pipeline(self, wanted: Config) -> None:
        """A pipeline of its own for these settings, unless it is there or on its way."""
        if wanted == self._wanted and (wanted == self.config or self._pipeline is not None):
            return
        if self._pipeline is not None:
            self._abandon(self._pipeline)
            self._pipeline = None
        self._wanted = wanted
        if self._source is None and wanted == self.config:
            return  # back to the present run
        emotion = wanted.detect.emotion
        other_models = wanted.model.names != self.config.model.names
        names = ", ".join(Path(name).stem if name.endswith(".npz") else name for name in wanted.model.names)
        self._begin_pipeline(names if other_models else f"emotions: {emotion}" if self._other_emotion() else "")

    def _begin_pipeline(self, name: str) -> None:
        wanted = self._wanted
        same = all(
            getattr(wanted.model, key) == getattr(self.config.model, key) for key in ("names", "labels", "frame")
        )
        models = [predictor.model for predictor in self._pipeline_now.predictors] if same else None
        self._pipeline = BackgroundTask(
            name,
            lambda: self._build(wanted, models, self._notify_terminal),
            lambda made: made.close(),
            self._wake,
        )

    def poll(self) -> Opened | None:
        """What was chosen, once all of it is open; notifies of what failed. To be polled."""
        if self._search is not None and self._search.done:
            self._here, self._search = self._search.made or self._here, None
        self._abandoned = [task for task in self._abandoned if not task.settled]
        source, pipeline = self._source, self._pipeline
        if source is not None and (problem := _problem(source)):
            self._abandon_source()
            self._abandon_unneeded_pipeline()
            self._notify_error(problem)
        elif pipeline is not None and (problem := _problem(pipeline)):
            self._abandon(pipeline)
            self._pipeline = None
            failed, self._wanted = self._wanted, self._with_models_of(self.config)
            if source is not None and failed != self._wanted:
                self._begin_pipeline("")  # the new source with the present models
            elif source is not None:
                self._abandon_source()
            self._notify_error(problem)
        elif pipeline is not None and pipeline.made is not None and (source is None or source.made is not None):
            return self._opened(source.made if source is not None else None, pipeline.made)
        return None

    def _opened(self, source: OpenSource | None, pipeline: Pipeline) -> Opened:
        pipeline.choose_pose(self._wanted.model.pose)  # it may have been changed meanwhile
        self._source = self._pipeline = None
        self.config = self._wanted
        self._source_now, self._pipeline_now = source or self._source_now, pipeline
        return Opened(self.config, source, pipeline)

    def follow(self, config: Config, pipeline: Pipeline) -> None:
        """A replay has continued with another pipeline than the one that was chosen."""
        if self._pipeline is not None:
            self._abandon(self._pipeline)
        self._pipeline = None
        self.config = self._wanted = config
        self._pipeline_now = pipeline

    def close(self) -> None:
        """Abandon what is being opened; what hangs is left behind."""
        for task in (self._source, self._pipeline):
            if task is not None:
                self._abandon(task)
        self._source = self._pipeline = None
        deadline = time.monotonic() + _CLOSE_S
        for task in (*self._abandoned, *([self._search] if self._search is not None else [])):
            task.join(max(0.0, deadline - time.monotonic()))
        self._abandoned = []

    def _abandon(self, task: BackgroundTask[Any]) -> None:
        task.cancel()
        self._abandoned.append(task)

    def _abandon_source(self) -> None:
        """Abandon the source that is being opened; the present one stays."""
        if self._source is not None:
            self._abandoned_sources[self._wanted.source.path] = self._source
            self._abandon(self._source)
        self._source = None
        now = self.config.source
        self._wanted = _with(self._wanted, "source", path=now.path, wait=now.wait)

    def _abandon_unneeded_pipeline(self) -> None:
        """Abandon a pipeline that was only opened for a source that is not wanted any more."""
        if self._pipeline is not None and self._wanted == self.config:
            self._abandon(self._pipeline)
            self._pipeline = None

    # What can be chosen

    def _names(self, config: Config | None = None) -> tuple[str, ...]:
        """The chosen models by name or path, "auto" by the name that it resolves to."""
        config = config or self.config
        if config.model.names != self.config.model.names:
            return config.model.names
        models = [predictor.model.name for predictor in self._pipeline_now.predictors]
        return tuple(model if name == "auto" else name for name, model in zip(config.model.names, models, strict=True))

    def _with_models_of(self, other: Config) -> Config:
        """The wanted settings, with the models and the source of the features of others."""
        wanted = _with(self._wanted, "model", names=other.model.names)
        return wanted.with_detect(emotion=other.detect.emotion)

    def _other_emotion(self) -> bool:
        return self._wanted.detect.emotion != self.config.detect.emotion

    def _sources(self) -> tuple[Choice, ...]:
        now = self.config.source.path
        return sources_of(self._here, self._given, Choice(now, self._label(now)))

    def _label(self, path: str) -> str:
        if path == self._given.value:
            return self._given.label
        if path == self.config.source.path:
            return self._source_now.info.name
        camera = next((camera for camera in self._here.cameras if str(camera.index) == path), None)
        if camera is not None:
            return camera_label(camera)
        return source_label(path)

    def _is_now(self, path: str) -> bool:
        """Whether this is the present source under any of its names: a device can be opened only once."""
        return _device(path) == _device(self.config.source.path)


def _device(path: str) -> str:
    """One name for all names of a Linux camera: its number, its node, its links in /dev/v4l."""
    if _CAMERA.fullmatch(path):
        return f"/dev/video{int(path)}"
    return str(Path(path).resolve()) if path.startswith("/dev/") else path


def _problem(task: BackgroundTask[Any]) -> str:
    """Why it cannot be opened; empty while it still may be."""
    if task.error is not None:
        if isinstance(task.error, MeshmirrorError):
            return str(task.error)
        log.debug("opening %s", task.name, exc_info=task.error)
        return f"{task.name or 'The pipeline'} could not be opened: {task.error!r}."
    if not task.done and task.age_s > OPEN_S:
        return f"{task.name or 'The pipeline'} does not respond; abandoned after {OPEN_S:g} s."
    return ""


def _with(config: Config, section: str, **values: Any) -> Config:
    """The same settings with others in a section; they are not validated."""
    changed = getattr(config, section).model_copy(update=values)
    return config.model_copy(update={section: changed})
