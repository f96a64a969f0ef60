"""The current measurements: read back as a table, beside the result that they are of."""

from __future__ import annotations

import csv
import io

from common import needs_bundled
from several_faces import FIRST, LOST, SECOND, one_at_a_time, several_at_a_time

from realtime import Pipeline, load_config
from realtime.app.snapshot_text import measurements_text
from realtime.core.frame_result import FrameResult
from realtime.core.resources import pyfeat_file
from realtime.core.types import Frame

pytestmark = needs_bundled


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter="\t"))


def test_every_number_has_its_name_and_its_unit(single_face: list[Frame]) -> None:
    units = str(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))
    config = load_config(None, ["detect.tracker=bundled"], {"model.names": ["emotion@built-in", units]})
    with Pipeline.from_config(config) as pipeline:
        pipeline.calibrate(0.6)
        result = [pipeline.step(frame) for frame in single_face[:40]][-1]
    rows = table(measurements_text("clip", result))
    assert all(len(row) == 3 for row in rows)
    named = {name: (value, unit) for name, value, unit in reversed(rows)}  # the first of each name
    assert named["source"] == ("clip", "")
    assert float(named["time"][0]) * 1e9 == result.stamp // 1_000_000 * 1_000_000 and named["time"][1] == "s"
    assert result.aligned and result.residual and result.residual_adjusted and result.features
    for name, degrees in result.aligned.pose.degrees().items():
        assert abs(float(named[name][0]) - degrees) <= 0.005 and named[name][1] == "degrees"
    for name, value in result.features.values.items():
        assert abs(float(named[name][0]) - value) <= 5e-5
    for kind, residual in (("raw", result.residual), ("identity-adjusted", result.residual_adjusted)):
        value, unit = named[f"residual, {kind}"]
        assert abs(float(value) - residual.nme) <= 5e-4 and unit.startswith("%")
        assert abs(float(named[f"skill against {residual.baseline_name}, {kind}"][0]) - residual.skill) <= 5e-4
        for region, nme in residual.regions.items():
            assert abs(float(named[f"residual of the {region}, {kind}"][0]) - nme) <= 5e-4
    first = result.models[0]
    assert named["tracker"] == ("bundled", "") and first.floor and first.floor.adjusted and first.gain_line
    assert abs(float(named["floor (fitted), identity-adjusted"][0]) - first.floor.adjusted.nme) <= 5e-4
    assert abs(float(named["gain of the session so far"][0]) - (first.gain_line.gain or 0)) <= 5e-4
    assert [value for name, value, _ in rows if name == "model"] == ["emotion@built-in", "au_to_mesh_pls_v4"]


def test_without_a_face_it_says_so(single_face: list[Frame]) -> None:
    assert ["face", "none", ""] in table(measurements_text("clip", FrameResult(single_face[0])))


def test_of_several_faces_all_are_there_the_chosen_one_first() -> None:
    frames = several_at_a_time(one_at_a_time())
    both = frames[30]
    assert both.chosen is not None and both.chosen.by_user and len(both.faces) == 2
    rows = table(measurements_text("clip", both))
    faces = [value for name, value, _ in rows if name == "face"]
    assert faces == [str(FIRST), str(SECOND)]
    named = {name: value for name, value, _ in reversed(rows)}
    assert (named["faces"], named["chosen by"]) == ("2", "the user")
    residuals = [float(value) for name, value, _ in rows if name == "residual, raw"]
    assert residuals == [round(face.estimate.residual.nme, 3) for face in both.faces if face.estimate.residual]
    assert len(set(residuals)) == 2
    lost = table(measurements_text("clip", frames[LOST]))
    assert ["face", str(FIRST), "lost"] in lost and ["face", str(SECOND), ""] in lost
