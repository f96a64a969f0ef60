"""The window of a replay with several faces: the recorded choice, the user's, and a pause that shows another face."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from common import Once
from replaying import Hand
from several_faces import recorded
from two_people import SECOND_CHOSEN, two_people

from realtime.core.commands import Action, ChooseFace
from realtime.view.mirror.view import MirrorView


def test_a_pause_shows_the_face_that_is_chosen_and_the_recorded_choice_comes_back(once: Once) -> None:
    folder: Path = once("replay-window-faces", lambda place: recorded(place / "s", two_people())) / "s"
    with ExitStack() as stack:
        hand = Hand(folder, stack)
        hand.rests_at(10)
        view = hand.mirror._drawing.view
        assert isinstance(view, MirrorView)
        before = hand.shown.chosen
        assert before is not None and not before.by_user and view.layout.people is not None
        assert [record.face is not None for record in view.roster.strip] == [True, True]
        first, second = before.track_id, hand.shown.others[0].track_id
        past = view.recent
        assert view.roster.shown.track_id == first

        hand.ask(Action.NEXT_FACE)
        hand.until(lambda: hand.shown.chosen is not None and hand.shown.chosen.track_id == second, "the other face")
        assert hand.shown.frame.row == 10 and not hand.playback.playing, "it is the same row, and a pause"
        assert view.roster.shown.track_id == second and view.recent is not past
        assert hand.shown.landmarks is hand.shown.faces[0].landmarks and hand.computed[-2:] == [10, 10]

        hand.ask(Action.UNDO)
        hand.until(lambda: hand.shown.chosen == before, "the recorded choice")
        assert view.roster.shown.track_id == first and view.recent is past
        hand.ask(ChooseFace(first))
        hand.rests_at(SECOND_CHOSEN + 5)
        assert hand.shown.chosen is not None and hand.shown.chosen.track_id == first, "as long as it is there"
        hand.ask(Action.AUTOMATIC_FACE)
        hand.until(lambda: hand.shown.chosen is not None and hand.shown.chosen.track_id == second, "the recorded one")
        assert hand.shown.chosen.by_user, "who recorded it had chosen that face"
