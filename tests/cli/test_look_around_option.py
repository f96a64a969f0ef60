"""`--look-around`: a pose response, or why there is none, in the JSON and on the terminal."""

from __future__ import annotations

import json

from common import Runner, clip, needs_bundled

pytestmark = needs_bundled
RUN = (
    "--source", str(clip("single_face.mp4")), "--headless", "--model", "emotion@built-in", "--emotion", "inverse",
    "--set", "detect.tracker=bundled", "--set", "source.loop=true", "--frames", "110",
)  # fmt: skip


def test_without_a_turned_head_the_neutral_stays_and_the_reason_is_reported(meshmirror: Runner) -> None:
    done = meshmirror(*RUN, "--look-around", "3", "--set", "model.neutral_s=0.6", "--json")
    assert done.returncode == 0, done.stderr
    neutral = json.loads(done.stdout)["neutral"]
    assert neutral["frames"] >= 15 and neutral["pose_response"] is None
    assert neutral["pose_response_refused"].startswith("the head was not turned far enough: pitch ")
    assert "No pose response: the head was not turned far enough" in done.stderr


def test_fewer_seconds_than_three_are_refused(meshmirror: Runner) -> None:
    done = meshmirror(*RUN, "--look-around", "2")
    assert done.returncode == 2 and "--look-around" in done.stderr
