"""What `meshmirror bench --json` reports. Times are in milliseconds unless a key's name says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from realtime.app.bench.comparing import CompareSpeedReport
from realtime.app.bench.extracting import ExtractSpeedReport
from realtime.app.bench.fitting import FitSpeedReport
from realtime.app.bench.landmarks import LandmarkSpeedReport
from realtime.app.bench.repeatability import RepeatabilitiesReport
from realtime.app.bench.stream_speed import StreamSpeedReport
from realtime.app.bench.tracker_offset import TrackerOffsetReport
from realtime.app.bench.truth_report import TruthReport
from realtime.core.report import Report, SparseReport, described
from realtime.core.run_report import Quantiles


class MachineReport(Report):
    """Where the figures come from."""

    cpus: Annotated[int | None, described("logical processors")]
    system: Annotated[str, described("operating system")]
    python: Annotated[str, described("version of Python")]
    load: Annotated[float | None, described("load average of the last minute; null on Windows")]


class StartReport(Report):
    """What the program's start takes, each time in a process of its own, beside bare imports and a bare script."""

    starts: Annotated[int, described("processes of each kind that were measured")]
    emotions: Annotated[str, described('source of the emotions of the first frame: "appearance" or "inverse"')]
    seconds: Annotated[dict[str, Quantiles], described("from the start of a process to its end", "s")]
    processor_s: Annotated[
        dict[str, Quantiles] | None, described("the same of the processor; null where it is not counted", "s")
    ]
    ratios: Annotated[dict[str, float], described("ratios of the medians", "1")]
    processor_ratios: Annotated[dict[str, float] | None, described("ratios of the medians of `processor_s`", "1")]
    imports_ms: Annotated[
        dict[str, dict[str, float]],
        described("importing each package, without what it imports itself; the largest first", "ms"),
    ]


class BatchReport(Report):
    """Many frames in one prediction, beside numpy's matrix product alone."""

    frames: Annotated[int, described("frames of the batch")]
    numpy_matmul_ms: Annotated[Quantiles, described("the bare product `inputs @ coef` in float32", "ms")]
    predict_ms: Annotated[Quantiles, described("the prediction", "ms")]
    predict_to_matmul: Annotated[float, described("ratio of the two medians", "1")]


class BusyCoresReport(Report):
    """A prediction of one frame while every core is busy."""

    one_thread_ms: Annotated[Quantiles, described("with one thread for linear algebra, as the mirror has it", "ms")]
    all_threads_ms: Annotated[Quantiles, described("with as many threads as there are cores", "ms")]


class PredictionReport(Report):
    """What a prediction costs."""

    inputs: Annotated[int, described("features and pose angles of the model")]
    by_name_us: Annotated[Quantiles, described("one frame, features by name", "microseconds")]
    array_us: Annotated[Quantiles, described("one frame, features as an array", "microseconds")]
    unchecked_vector_us: Annotated[Quantiles, described("one frame, a vector without checks", "microseconds")]
    on_busy_cores: Annotated[BusyCoresReport, described("one frame while every core is busy")]
    batch: Annotated[BatchReport, described("many frames at once")]
    load_ms: Annotated[Quantiles, described("loading the model", "ms")]
    first_load_ms: Annotated[Quantiles, described("the first load of a process, imports excluded", "ms")]


class StagesReport(Report):
    """The clip through the pipeline, and through bare MediaPipe in turn."""

    bare_mediapipe_ms: Annotated[Quantiles, described("a frame through MediaPipe alone", "ms")]
    pipeline_ms: Annotated[Quantiles, described("a frame through the pipeline", "ms")]
    pipeline_to_bare: Annotated[float, described("ratio of the two medians", "1")]
    stages_ms: Annotated[dict[str, Quantiles], described("each stage of the pipeline", "ms")]
    after_tracking_ms: Annotated[Quantiles, described("all stages after the tracker together", "ms")]


class SceneReport(SparseReport):
    """The window drawn offscreen; `error` alone where there is no OpenGL."""

    error: Annotated[str | None, described("why it was not measured")] = None
    size: Annotated[tuple[int, int] | None, described("width and height", "px")] = None
    renderer: Annotated[str | None, described("OpenGL renderer")] = None
    draw_ms: Annotated[Quantiles | None, described("drawing a frame", "ms")] = None
    read_back_ms: Annotated[Quantiles | None, described("reading it back for a video", "ms")] = None


class CameraLoopReport(Report):
    """A source of 30 Hz through the pipeline; the newest frame wins."""

    capture_to_prediction_ms: Annotated[Quantiles | None, described("arrival of a frame to its prediction", "ms")]
    max_ms: Annotated[float, described("the longest of these times", "ms")]
    frames: Annotated[int, described("frames that were computed")]
    skipped: Annotated[int, described("frames that a newer one replaced")]


class SoakStateReport(Report):
    """Medians of the first and of the last half of the samples of one state, after the warm-up."""

    samples: Annotated[int, described("measurements")]
    mb: Annotated[tuple[float, float] | None, described("resident memory", "MB")]
    files: Annotated[tuple[float, float] | None, described("open files")]
    threads: Annotated[tuple[float, float] | None, described("threads, those of libraries included")]


class SoakReport(SparseReport):
    """Hours of the mirror; `error` alone where there is no OpenGL. Null: the system does not tell."""

    error: Annotated[str | None, described("why it was not measured")] = None
    hours: Annotated[float | None, described("time of the last measurement", "hours")] = None
    warm_up_hours: Annotated[float | None, described("left out of all that follows", "hours")] = None
    frames: Annotated[int | None, described("frames that were computed")] = None
    recordings: Annotated[int | None, described("sessions that were recorded")] = None
    rows: Annotated[int | None, described("frames in them")] = None
    rows_dropped: Annotated[int | None, described("frames that were dropped from them")] = None
    mb_an_hour: Annotated[float | None, described("slope of the resident memory: median over all pairs", "MB")] = None
    files_grown: Annotated[float | None, described("open files, from the first half to the last")] = None
    threads_grown: Annotated[float | None, described("threads, from the first half to the last")] = None
    states: Annotated[dict[str, SoakStateReport] | None, described("`idle` and `recording`")] = None
    minutes: Annotated[
        list[tuple[int, bool, float | None, int | None, int | None]] | None,
        described("of each minute: its number, whether it was recording, MB, files, threads"),
    ] = None
    failures: Annotated[tuple[str, ...] | None, described("what went wrong meanwhile")] = None
    interrupted: Annotated[bool | None, described("whether a signal ended it early")] = None


class TargetReport(Report):
    """A figure beside its target for two cores."""

    name: Annotated[str, described("what is measured, and its unit")]
    measured: Annotated[float | None, described("the figure; null where it was not measured")]
    target: Annotated[float, described("its limit")]
    side: Annotated[str, described('"at most" or "at least"')]
    met: Annotated[bool | None, described("whether the target is met")]


@dataclass(frozen=True, slots=True)
class ClipReport:
    """What is measured on a clip; None where it was not requested."""

    clip: str
    tracker: str
    model: str
    stages: StagesReport | None = None
    scene: SceneReport | None = None
    live: dict[str, CameraLoopReport] | None = None  # "idle", and "busy_8" beside eight busy processes
    emotions: dict[str, Any] | None = None  # of py-feat's network, see `network.emotions`; "error" where it is missing

    def to_json(self) -> dict[str, Any]:
        """One object; the keys of the stages are among its own."""
        found: dict[str, Any] = {"clip": self.clip, "tracker": self.tracker, "model": self.model}
        if self.stages is not None:
            found |= self.stages.to_json()
        if self.scene is not None:
            found["scene"] = self.scene.to_json()
        if self.live is not None:
            found["live"] = {name: loop.to_json() for name, loop in self.live.items()}
        if self.emotions is not None:
            found["emotions"] = self.emotions
        return found


@dataclass(frozen=True, slots=True)
class BenchReport:
    """The figures of the measurements that were requested; None where one was not."""

    machine: MachineReport
    import_s: Quantiles | None = None
    start: StartReport | None = None
    model: str | None = None  # of the prediction
    label_repair: dict[str, str] | None = None
    prediction: PredictionReport | None = None
    view: dict[str, Any] | None = None  # see `window_cost.view`
    record: dict[str, Any] | None = None  # see `recording.record`
    soak: SoakReport | None = None
    truth: TruthReport | None = None
    tracker_offset: TrackerOffsetReport | None = None
    repeatability: RepeatabilitiesReport | None = None
    fit: FitSpeedReport | None = None
    extract: ExtractSpeedReport | None = None
    compare: CompareSpeedReport | None = None
    landmarks: LandmarkSpeedReport | None = None
    streams: StreamSpeedReport | None = None
    on_clip: ClipReport | None = None
    targets: tuple[TargetReport, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One object, without the measurements that were not requested; the keys of the clip are among its own."""
        found: dict[str, Any] = {"machine": self.machine.to_json()}
        if self.import_s is not None:
            found["import_s"] = self.import_s.to_json()
        if self.start is not None:
            found["start"] = self.start.to_json()
        if self.prediction is not None:
            found |= {"model": self.model, "label_repair": self.label_repair}
            found["prediction"] = self.prediction.to_json()
        if self.view is not None:
            found["view"] = self.view
        if self.record is not None:
            found["record"] = self.record
        if self.soak is not None:
            found["soak"] = self.soak.to_json()
        if self.truth is not None:
            found["truth"] = self.truth.to_json()
        if self.tracker_offset is not None:
            found["tracker_offset"] = self.tracker_offset.to_json()
        if self.repeatability is not None:
            found["repeatability"] = self.repeatability.to_json()
        if self.fit is not None:
            found["fit"] = self.fit.to_json()
        if self.extract is not None:
            found["extract"] = self.extract.to_json()
        if self.compare is not None:
            found["compare"] = self.compare.to_json()
        if self.landmarks is not None:
            found["landmarks"] = self.landmarks.to_json()
        if self.streams is not None:
            found["streams"] = self.streams.to_json()
        if self.on_clip is not None:
            found |= self.on_clip.to_json()
        found["targets"] = [target.to_json() for target in self.targets]
        return found
