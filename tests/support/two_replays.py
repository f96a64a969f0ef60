"""Two replays on one clock, turn by turn."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from replaying import Hand

import realtime.session
from realtime import Pipeline
from realtime.core.against import PairedResult
from realtime.core.commands import Action, Seek
from realtime.core.config import Config
from realtime.pipeline.replay.common_clock import aligned
from realtime.pipeline.replay.compared_replay import ComparedReplay
from realtime.pipeline.replay.control import ReplayControl, ReplayOptions
from realtime.pipeline.replay.second_replay import SecondReplay
from realtime.session import Session
from realtime.view.against.view import AgainstView


class TwoHands(Hand):
    """Two replays, turn by turn."""

    def __init__(
        self,
        folders: tuple[Path, Path],
        stack: ExitStack,
        *sets: str,
        second: ReplayOptions | None = None,
        labels: tuple[str, str] | None = None,
        **asked: Any,
    ) -> None:
        """`second`: options of the second replay, where it is not as it was recorded. `labels`: what they are called,
        where that is not the names of the folders.
        """
        self._labels = labels or (folders[0].name, folders[1].name)
        self._second = second or ReplayOptions()
        self.other = stack.enter_context(realtime.session.open(folders[1]))
        self._same = folders[0] == folders[1]
        self._config: Config | None = None
        super().__init__(folders[0], stack, *sets, **asked)

    def control(self, session: Session, config: Config, options: ReplayOptions) -> ReplayControl:
        self._config = config
        clock = aligned(session, self.other, "start")
        return ComparedReplay(session, config, options, self.said.append, clock, "start")

    def opened(self, pipeline: Pipeline, stack: ExitStack) -> None:
        assert self._config is not None and isinstance(self.replay, ComparedReplay)
        control = ReplayControl(self.other, self._config, self._second, self.said.append)
        second = SecondReplay(control, pictures=True)
        stack.callback(second.close)
        self.replay.follow_with(second, self._labels, same_session=self._same)

    @property
    def pair(self) -> PairedResult:
        assert isinstance(self.replay, ComparedReplay)
        found = self.replay.paired(self.shown)
        assert found is not None
        return found

    @property
    def view(self) -> AgainstView:
        found = self.mirror._drawing.view
        assert isinstance(found, AgainstView)
        return found

    def rows(self) -> list[int]:
        results = [side.result for side in self.pair.sides]
        return [-1 if result is None or result.frame.row is None else result.frame.row for result in results]

    def both_show(self, tick: int) -> None:
        self.until(lambda: self.mirror._shown is not None and self.pair.tick == tick, f"tick {tick} is shown")

    def rest_at(self, tick: int) -> None:
        if self.playback.playing:
            self.ask(Action.PAUSE)
        assert isinstance(self.replay, ComparedReplay)
        self.ask(Seek(float(self.replay._clock.times_ns[tick]) / 1e9))
        self.both_show(tick)

    def picture(self) -> np.ndarray:
        self.mirror._draw(self.mirror.status(), fresh=False)
        assert self.mirror._screen is not None
        return self.mirror._screen.read().astype(int)
