"""Two replays in one window: the real loop on an offscreen target, worked by its actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import Once, needs_bundled
from recorded import recorded
from replaying import record_two
from two_replays import TwoHands

from realtime.core.commands import Action, Choose, Speed
from realtime.core.frame_result import FrameResult
from realtime.core.view_options import Card, View

pytestmark = needs_bundled


@pytest.fixture(scope="module")
def sessions(once: Once) -> tuple[Path, Path]:
    folder = once("two-sessions", record_two)
    return folder / "anna", folder / "ben"


@pytest.fixture
def start() -> Iterator[Callable[..., TwoHands]]:
    with ExitStack() as stack:
        yield lambda folders, *sets, **asked: TwoHands(folders, stack, *sets, **asked)


def nme(result: FrameResult | None) -> str:
    assert result is not None and result.residual is not None
    return f"{result.residual.nme:.1f} %"


def test_keys_and_seeks_act_on_both_and_the_shorter_one_ends(
    start: Callable[..., TwoHands], sessions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = start(sessions, "view.width=1280", "view.height=720", "view.panel=false", 'view.views=["camera"]')
    hand.rest_at(20)
    assert hand.rows() == [20, 20] and hand.pair.paired
    for action, tick in ((Action.STEP, 21), (Action.STEP_BACK, 20), (Action.JUMP, 30), (Action.FIRST, 0)):
        hand.ask(action)
        hand.both_show(tick)
        assert hand.rows() == [tick, tick]
    hand.rest_at(35)
    poses = [side.result.predicted.pose for side in hand.pair.sides]  # type: ignore[union-attr]
    assert poses[0] is not None and poses[1] is None, "each as it was recorded"
    with recorded(monkeypatch) as texts:
        hand.picture()
    assert {"A", "B", "anna", "ben", *(nme(side.result) for side in hand.pair.sides)} <= set(texts.texts)
    assert "A and B on one clock, aligned on their first frames" in texts.texts
    hand.ask(Action.LAST)
    hand.both_show(71)
    assert hand.rows() == [71, len(hand.other) - 1] and [side.state for side in hand.pair.sides] == ["runs", "ended"]
    with recorded(monkeypatch) as texts:
        hand.picture()
    ended_s = hand.pair.sides[1].ends_s
    assert f"ended at 0:{ended_s:05.2f}" in texts.texts and "end of source" in texts.texts
    assert "No difference: B has ended" in texts.texts
    assert nme(hand.pair.sides[0].result) in texts.texts and nme(hand.pair.sides[1].result) not in texts.texts
    pair = hand.pair
    del hand.said[:]
    hand.ask(Action.COPY)  # into the terminal, where there is no clipboard
    copied = "\n".join(hand.said)
    assert "source\tA anna" in copied and "source\tB ben" in copied
    hand.replay._kept.clear()  # type: ignore[attr-defined]  # so many were computed since
    with recorded(monkeypatch) as texts:
        hand.picture()
    assert nme(pair.sides[0].result) in texts.texts, "it is drawn again"
    hand.ask(Action.FIRST, Speed(4.0), Action.PAUSE)
    hand.until(lambda: not hand.playback.playing, "the end")
    assert hand.playback.speed == 4.0
    hand.both_show(71)


def test_what_belongs_to_one_recording_is_refused_and_pictures_are_saved(
    start: Callable[..., TwoHands], sessions: tuple[Path, Path], tmp_path: Path
) -> None:
    hand = start(sessions, f"record.folder={tmp_path}")
    hand.rest_at(10)
    for asked in (Action.NEXT_MODEL, Action.CALIBRATE, Action.POSE, Choose("emotion", "pyfeat"), Action.DISAGREE):
        del hand.said[:]
        hand.ask(asked)
        assert [line for line in hand.said if line.startswith("Two replays are compared")], asked
    assert hand.rows() == [10, 10] and not hand.mirror.ui.disagreement
    shorter = start((sessions[1], sessions[0]), "view.panel=false")
    shorter.ask(Action.LAST)
    shorter.both_show(71)
    shorter.ask(Action.EVENT)
    assert shorter.said[-1] == "Annotations are of A, which has no frame at this time."
    assert not (sessions[1] / "annotations.csv").exists()
    hand.ask(Action.MODEL)
    assert hand.mirror.ui.model == 1, "the plots of one of the two are those of B now"
    hand.ask(Action.RECORD, Action.STEP)
    hand.both_show(11)
    hand.ask(Action.STEP)
    hand.both_show(12)
    hand.ask(Action.RECORD, Action.SCREENSHOT)
    hand.until(lambda: bool([*tmp_path.glob("*.png")] and [*tmp_path.glob("*.mp4")]), "both files")
    hand.mirror.close()
    [video], [picture] = tmp_path.glob("*.mp4"), tmp_path.glob("*.png")
    assert int(cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FRAME_COUNT)) == 2
    assert cv2.imread(str(picture)).shape == (360, 640, 3)


@pytest.mark.parametrize("size", [(1280, 720), (640, 400)])
def test_both_have_the_size_of_the_faces_and_the_colours_and_nothing_is_cut(
    start: Callable[..., TwoHands], sessions: tuple[Path, Path], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One session beside itself: both halves are the same picture, down to the pixel."""
    hand = start((sessions[0], sessions[0]), f"view.width={size[0]}", f"view.height={size[1]}", "view.colour_auto=true")
    hand.rest_at(50)
    ui, view = hand.mirror.ui, hand.view
    ui.panel, ui.views, ui.cards = False, (View.OBSERVED, View.HEAT), (Card.FEATURES, Card.RESIDUAL, Card.NUMBERS)
    with recorded(monkeypatch) as texts:
        image = hand.picture()
    assert not texts.faults(size), texts.faults(size)
    assert view._tiles.scene.highest == view._tiles_b.scene.highest
    tiles = view.layout.tiles
    assert len(tiles) == 4
    for one, other in zip(tiles[:2], tiles[2:], strict=True):
        assert (one.body.w, one.body.h) == (other.body.w, other.body.h)
        halves = [image[tile.body.y : tile.body.bottom, tile.body.x : tile.body.right] for tile in (one, other)]
        assert halves[0].std() > 5 and np.abs(halves[0] - halves[1]).max() <= 2, "the same face"


def test_the_larger_residual_sets_the_colours_of_both(
    start: Callable[..., TwoHands], sessions: tuple[Path, Path]
) -> None:
    hand = start(sessions, "view.colour_auto=true")
    tiles = hand.view._tiles, hand.view._tiles_b
    for tick in range(38, 10, -4):  # scales end at steps, and may end at the same one
        hand.rest_at(tick)
        hand.picture()
        own = [
            each._build_scene(side.result, hand.mirror.ui).highest
            for each, side in zip(tiles, hand.pair.sides, strict=True)
        ]
        if len(set(own)) == 2:
            break
    assert len(set(own)) == 2, own
    assert {each.scene.highest for each in tiles} == {max(own)}
