"""What-if: a model's features and pose set with sliders, the predicted face, and a live one beside it."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from realtime.app.draw_scheduler import IDLE_S, SETTLE_FRAMES, DrawScheduler
from realtime.app.run_options import MESSAGE_S, RunOptions, stopping_signals
from realtime.capture import SourceOptions, check_source, open_source
from realtime.core.commands import Action, CloseWindow, Request
from realtime.core.config import Config
from realtime.core.errors import DisplayError, DisplayLostError, MeshmirrorError, RecordError, SettingError
from realtime.core.frame_result import FrameResult, Residual
from realtime.core.types import FloatArray
from realtime.core.view_state import ViewState
from realtime.core.whatif_report import DisplacementReport, WhatIfReport, WhatIfSetting
from realtime.geometry import CanonicalFrame, region_of, residual
from realtime.media.png import write_picture
from realtime.model import (
    InputRanges,
    LinearMeshModel,
    ManualInput,
    format_manual_input,
    load_model,
    parse_manual_input,
    read_manual_input,
)
from realtime.pipeline.build import Pipeline
from realtime.pipeline.run import PipelineRun
from realtime.session.write import Recorder
from realtime.view import Screen, open_offscreen, open_window
from realtime.view.whatif.state import LiveFace, WhatIfAction, WhatIfScene, WhatIfState

if TYPE_CHECKING:
    from realtime.view.whatif.view import WhatIfView

FACE_S = 10.0  # a headless run waits this long for a face
_SCALES = (2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 100.0)


@dataclass(frozen=True)
class WhatIfOptions:
    """What the command asks for beyond the settings and the options of every run."""

    live: bool = False  # show a live face from the source of the settings
    set_from: Path | None = None  # the input to begin with
    out: Path | None = None  # a picture of the window as it is at the end


def run_whatif(config: Config, options: WhatIfOptions, run: RunOptions) -> WhatIfReport:
    """Run the window until it is closed; headless, one picture. The input at the end and its prediction.

    Raises the documented errors: a DisplayError where a window is wanted and there is no display.
    """
    if options.live:
        check_source(config.source.path)
    model = load_model(config.model.names[0], config.model.labels, config.model.frame)
    with ExitStack() as stack:
        start, notice = InputRanges(model).rest, ""
        if options.set_from is not None:
            start, made_with = read_manual_input(options.set_from, model)
            notice = made_with.unlike(model)
        pipeline = source = None
        if options.live:
            with stopping_signals(run, at_once=True):
                # The newest face is shown beside the sliders, whatever the emotions' age; and nothing waits.
                pipeline = Pipeline.from_config(config.with_detect(sync="latest"), [model], run.notify)
                stack.callback(pipeline.close)
                source = stack.enter_context(open_source(config.source.path, SourceOptions.from_config(config.source)))
                pipeline.begin(live=True)
        stack.enter_context(stopping_signals(run))
        screen = _open_screen(config, options, run)
        if screen is not None:
            stack.callback(screen.close)
        live = None
        if source is not None and pipeline is not None:
            wake = screen.wake if screen is not None else lambda: None
            live = PipelineRun(config, source, pipeline, wake, newest_only=True, paced=True)
        whatif = WhatIf(config, options, run, model, start, screen, live)
        stack.callback(whatif.close)
        if notice:
            whatif.notify(notice)
        whatif.run()
        return whatif.report()


def _open_screen(config: Config, options: WhatIfOptions, run: RunOptions) -> Screen | None:
    size = (config.view.width, config.view.height)
    if run.headless:
        return None if options.out is None else open_offscreen(size)
    try:
        return open_window(run.title, size, config.view.vsync, fullscreen=config.view.fullscreen)
    except DisplayError as error:
        raise DisplayError(f"{error} `meshmirror whatif --headless --out face.png` draws one picture.") from error


class WhatIf:
    """The manual input, what is predicted for it, and the loop that draws it when something has changed."""

    def __init__(
        self,
        config: Config,
        options: WhatIfOptions,
        run: RunOptions,
        model: LinearMeshModel,
        start: ManualInput,
        screen: Screen | None,
        live: PipelineRun | None,
    ) -> None:
        self._options = options
        self._run_options = run
        self._model = model
        self._screen = screen
        self._live = live
        self._input_ranges = InputRanges(model)
        self._neutral = model.predict_neutral(clip=False)
        self._canonical = CanonicalFrame.of(model.mean_mesh)
        self._recorder = Recorder(config.record, self.notify)
        self._failures: list[str] = []
        self._message = ("", 0.0, False)
        self._scheduler = DrawScheduler()
        self._scheduler.settle()
        self._rng = np.random.default_rng()
        self._seen: FrameResult | None = None
        self._known_failure: BaseException | None = None  # of the live run; the user was notified of it
        self._source_state: tuple[str, str, bool] | None = None  # as it was drawn last
        self._predicted: tuple[ManualInput, FloatArray, Residual] | None = None
        self._compared: tuple[FrameResult, FloatArray, Residual] | None = None
        view = ViewState(
            mirrored=live is not None and config.source.mirrored(live.source.info.live), theme=config.view.theme
        )
        share = self._input_ranges.probabilities and self._input_ranges.sums_to_one(start)
        self.state = WhatIfState(start, share, view=view)
        highest = config.view.colour_max
        if "colour_max" not in config.view.model_fields_set:
            highest = max(highest, self._usual_displacement())
        self._view: WhatIfView | None = None
        if screen is not None:
            from realtime.view.whatif.view import WhatIfView  # OpenGL, which a run without pictures does not load

            samples = config.view.samples
            self._view = WhatIfView(screen, model, self.state, highest, live=live is not None, samples=samples)

    def run(self) -> None:
        """Run until the window is closed or a signal comes; headless, until there is something to report."""
        if self._live is not None:
            self._live.start()
        if self._run_options.headless:
            self._wait_for_face()
            return
        try:
            while not self._run_options.stop.is_set():
                self.turn()
            self._save_last()
        except DisplayLostError as error:
            self._failures.append(str(error))
            self._screen = self._view = None  # nothing of a lost display can be freed

    def turn(self) -> None:
        """One round of the window's loop: sleep while nothing happens, take what the user did, draw what it changed."""
        screen = self._screen
        if screen is None:
            return
        text, until, _ = self._message
        remaining = max(until - time.monotonic(), 0.0) if text else IDLE_S
        input_came = screen.wait(self._scheduler.sleep_s(most=min(remaining, IDLE_S)))
        before = (screen.size_px, self.state.view.orbit_deg, self.state.view.zoom)
        actions = screen.poll(self.state.view)
        for action in actions:
            self._act(action, screen)
        if text and remaining <= 0:
            self._message, input_came = ("", 0.0, False), True
        if input_came or actions or before != (screen.size_px, self.state.view.orbit_deg, self.state.view.zoom):
            self._scheduler.settle()
        if self._take_result() or (self._view is not None and self._view.typing):
            self._scheduler.request()  # the newest face; the cursor of a text field
        if self._scheduler.due():
            self._scheduler.drawn()
            if self._draw():
                self._scheduler.settle()

    def report(self) -> WhatIfReport:
        """The input as it is at the end, and its prediction."""
        self.close()
        scene, manual = self._scene(), self.state.manual_input
        live = scene.live
        failures = (*self._failures, *self._recorder.failures)
        return WhatIfReport(
            model=self._model.name,
            label_repair=dict(self._model.label_repair),
            depth_factor=self._model.depth_factor,
            sha256=self._model.sha256 or None,
            setting=WhatIfSetting(features=dict(manual.features), pose_deg=dict(manual.pose_deg)),
            toml=format_manual_input(manual, self._model),
            displacement=DisplacementReport(
                mean=round(scene.moved.nme, 4),
                largest=round(scene.largest, 4),
                region=scene.region or None,
                regions={name: round(value, 4) for name, value in scene.moved.regions.items()},
            ),
            source=None if live is None else live.source,
            nme=None if live is None or live.distance is None else round(live.distance.nme, 4),
            outputs=tuple(self._recorder.outputs),
            failures=failures,
            error=next(iter(failures), None),
            interrupted=self._run_options.interrupted,
        )

    def close(self) -> None:
        """Stop the run, free the view; may be called twice."""
        if self._live is not None:
            self._live.close()
        if self._view is not None:
            self._view.close()
            self._view = None

    def notify(self, text: str, *, failed: bool = False) -> None:
        """Show a text in the window for some seconds; failures, and without a window all of it, in the terminal too."""
        self._message = (text, time.monotonic() + MESSAGE_S * (2 if failed else 1), failed)
        if failed or self._run_options.headless:
            self._run_options.notify(text)

    # The live face.

    def _take_result(self) -> bool:
        """Take the newest result; whether there is anything new."""
        if self._live is None:
            return False
        result = self._live.take()
        if result is not None:
            self._seen = result
        source = self._live.source
        state = (source.state, source.note, self._live.running)
        changed = state != self._source_state
        self._source_state = state
        failure = self._live.failure
        if failure is self._known_failure:
            failure = None
        if failure is not None:
            self._known_failure = failure
            if (self._run_options.headless and self._seen is None) or not isinstance(failure, MeshmirrorError):
                raise failure
            self._failures.append(str(failure))
            self.notify(str(failure), failed=True)
        return result is not None or changed or failure is not None

    def _wait_for_face(self) -> None:
        """Headless: wait for a face that the tracker has settled on; then draw."""
        run, deadline = self._live, time.monotonic() + FACE_S
        while run is not None and not self._run_options.stop.is_set() and time.monotonic() < deadline:
            running = run.running  # before `take`, so that the last result is not missed
            self._take_result()
            settled = self._seen is not None and self._seen.aligned is not None and not self._seen.warm_up
            if settled or not running:
                break
            time.sleep(0.002)
        self._save_last()

    def _live_face(self, mesh_canon: FloatArray) -> LiveFace | None:
        run, seen = self._live, self._seen
        if run is None:
            return None
        source = run.source
        if source.info.live and source.state == "lost":
            return LiveFace(source.info.name, f"lost: {source.note}" if source.note else "lost")
        if seen is None:
            return LiveFace(source.info.name, f"opening {source.info.name}")
        if seen.aligned is None:
            return LiveFace(source.info.name, "no face")
        if self._compared is None or self._compared[0] is not seen or self._compared[1] is not mesh_canon:
            self._compared = (seen, mesh_canon, self._distance(seen.aligned.mesh_canon, mesh_canon))
        ended = "" if source.info.live or run.running else "the source has ended"
        return LiveFace(source.info.name, ended, seen.aligned.mesh_canon, self._compared[2])

    # The predicted face.

    def _predict(self) -> tuple[ManualInput, FloatArray, Residual]:
        manual = self.state.manual_input
        if self._predicted is None or self._predicted[0] is not manual:
            mesh = self._model.predict_unlimited(manual.features, manual.pose)
            self._predicted = (manual, mesh, self._distance(mesh, self._neutral))
        return self._predicted

    def _distance(self, mesh_canon: FloatArray, from_canon: FloatArray) -> Residual:
        return residual(mesh_canon, from_canon, frame=self._canonical, mean_mesh=self._model.mean_mesh)

    def _usual_displacement(self) -> float:
        """The upper end of a colour scale that contains three quarters of the features, each at full intensity."""
        rest = self._input_ranges.rest
        every = []
        for name, high in self._input_ranges.upper.items():
            full = self._input_ranges.put(rest, name, high, share=self._input_ranges.probabilities)
            every.append(
                float(self._distance(self._model.predict_unlimited(full.features), self._neutral).distance.max())
            )
        wanted = float(np.percentile(every, 75))
        return next((scale for scale in _SCALES if wanted <= scale), float(math.ceil(wanted)))

    def _scene(self) -> WhatIfScene:
        _, mesh, moved = self._predict()
        most = int(moved.distance.argmax())
        region = region_of(most) if moved.distance[most] > 0 else ""
        text, _, failed = self._message
        live = self._live_face(mesh)
        return WhatIfScene(mesh, moved, float(moved.distance[most]), region, live, text, failed)

    # The window.

    def _draw(self) -> bool:
        """One frame; whether more are to follow, since something was changed or some input is left."""
        screen, view = self._screen, self._view
        if screen is None or view is None or 0 in screen.size_px:
            return False
        view.resize(screen.size_px, screen.scale)
        before = self.state.manual_input
        view.begin()
        actions, self.state.actions = self.state.actions, []
        for action in actions:
            self._do(action, screen)
        view.finish(screen.framebuffer, self._scene())
        screen.swap()
        return view.pending or bool(actions) or before is not self.state.manual_input or bool(self.state.view.actions)

    def _act(self, action: Request, screen: Screen) -> None:
        view = self.state.view
        if action is Action.QUIT or isinstance(action, CloseWindow):
            self._run_options.stop.set()
        elif action is Action.HELP:
            view.help = not view.help
        elif action is Action.FULLSCREEN:
            screen.toggle_fullscreen()
        elif action in (Action.RESET, Action.FIRST):  # there is nothing to replay, and Home is free
            view.orbit_deg, view.zoom = (0.0, 0.0), 1.0
        elif action is Action.SCREENSHOT and 0 not in screen.size_px:
            self._recorder.save_picture(screen.read())

    def _do(self, action: WhatIfAction, screen: Screen) -> None:
        state, input_ranges = self.state, self._input_ranges
        if action is WhatIfAction.COPY:
            self._copy(screen)
        elif action is WhatIfAction.PASTE:
            self._paste(screen)
        elif action is WhatIfAction.REST:
            state.manual_input = input_ranges.rest
        elif action is WhatIfAction.RANDOM:
            state.manual_input = input_ranges.random(state.manual_input, self._rng, share=state.share)
        elif action is WhatIfAction.TAKE_OVER and self._live is not None:
            self._take_over()

    def _copy(self, screen: Screen) -> None:
        document = format_manual_input(self.state.manual_input, self._model)
        if screen.copy(document):
            self.notify("Input copied as TOML.")
        else:
            self.notify("There is no clipboard; the input is in the terminal.", failed=True)
            self._run_options.notify(document)

    def _paste(self, screen: Screen) -> None:
        text = screen.paste()
        if text is None:
            self.notify("The clipboard has no text to paste.", failed=True)
            return
        try:
            manual, made_with = parse_manual_input(text, self._model, self.state.manual_input)
        except SettingError as error:
            self.notify(str(error), failed=True)
            return
        self._put(manual)
        self.notify(made_with.unlike(self._model) or "Pasted.")

    def _take_over(self) -> None:
        seen = self._seen
        if seen is None or seen.features is None or seen.predicted is None:
            self.notify("There is no live face to take features from.", failed=True)
            return
        pose = seen.predicted.pose
        degrees = dict.fromkeys(self._input_ranges.rest.pose_deg, 0.0) if pose is None else pose.degrees()
        try:
            vector = self._model.feature_vector(seen.features)
        except MeshmirrorError as error:
            self.notify(str(error), failed=True)
            return
        values = {
            name: min(max(float(value), 0.0), self._input_ranges.highest(name))
            for name, value in zip(self._input_ranges.names, vector, strict=True)
        }
        self._put(self._input_ranges.tidied(ManualInput(values, degrees)))
        self.notify("Live features taken over.")

    def _put(self, manual: ManualInput) -> None:
        """Set exactly this; an input that does not sum to one turns that constraint off."""
        self.state.manual_input = manual
        self.state.share = self.state.share and self._input_ranges.sums_to_one(manual)

    def _save_last(self) -> None:
        path, screen = self._options.out, self._screen
        if path is None or screen is None:
            return
        if 0 in screen.size_px or self._view is None:
            self._failures.append(f"{path}: the window was minimised, there is no picture of it.")
            return
        self._message = ("", 0.0, False)
        for _ in range(SETTLE_FRAMES):
            self._draw()
        try:
            self._recorder.outputs.append(str(write_picture(path, screen.read(), mode=0o600)))
        except RecordError as error:
            self._failures.append(str(error))
