"""A source of features whose outputs come too late: the first line of the report says of what the numbers are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from common import needs_bundled

from realtime import Pipeline, load_config
from realtime.cli import print_run
from realtime.core.frame_result import FrameResult
from realtime.core.types import Features, Frame
from realtime.core.wording import stand_in_notice
from realtime.pipeline.run import PipelineRun


class NeverInTime:
    """A source named like py-feat's network, of which the first `answers` outputs are there."""

    name = "pyfeat"

    def __init__(self, stand_in: Any, answers: int) -> None:
        self._stand_in, self._left = stand_in, answers

    def features(self, face: Any) -> Features | None:
        found = self._stand_in.features(face)
        self._left -= 1
        return found if self._left < 0 or found is None else Features(found.values, self.name, found.stamp_ns)


@needs_bundled
@pytest.mark.parametrize(("answers", "of"), [(0, "inverse"), (3, "inverse"), (8, "pyfeat"), (99, "pyfeat")])
def test_the_report_of_a_run_begins_with_it(
    single_face: list[Frame], capsys: pytest.CaptureFixture[str], answers: int, of: str
) -> None:
    settings = load_config(None, ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"])
    with Pipeline.from_config(settings) as pipeline:
        predictor = pipeline.predictors[0]
        predictor.source = NeverInTime(predictor.source, answers)
        results: list[FrameResult] = list(pipeline.run(iter(single_face[10:20])))
        source = SimpleNamespace(info=SimpleNamespace(name="camera 0", live=True), damaged=0, corrections=0, skipped=0)
        run = PipelineRun(settings, source, pipeline, lambda: None)  # type: ignore[arg-type]
        for result in results:
            run.statistics.accept(result)
        report = run.report()
    assert report.emotion_source == of
    tree = report.to_json()
    assert next(iter(tree)) == "notice" and tree["notice"] == report.notice
    missed = 10 - min(answers, 10)
    if not missed:
        assert report.notice is None
        return
    assert report.notice is not None and f"in {missed} of 10 frames" in report.notice
    assert ("of another source: fitted to the mesh (inverse)" in report.notice) == (of == "inverse")
    whole = SimpleNamespace(
        **dict(report), earlier=(), outputs=(), streams=(), rules=(), window=SimpleNamespace(failure=None), failures=()
    )
    print_run.print_run(whole)  # type: ignore[arg-type]
    first = next(line for line in capsys.readouterr().out.splitlines()[1:] if line.strip("│ "))
    assert "py-feat's multitask network was missing or too late" in first


def test_the_sentence() -> None:
    assert stand_in_notice("inverse", {"inverse": 9}, 9) is None
    assert stand_in_notice("pyfeat", {"pyfeat": 9}, 9) is None and stand_in_notice("pyfeat", {}, 0) is None
    assert "there are no numbers" in str(stand_in_notice("pyfeat", {}, 9, "py-feat's network is starting"))
    assert "(it was killed)" in str(stand_in_notice("pyfeat", {"inverse": 9, "pyfeat": 1}, 10, "it was killed"))
    assert "of the other 9" in str(stand_in_notice("appearance", {"inverse": 1, "appearance": 9}, 10))
