"""Which face is chosen, and whose turn the network is at: rules without pictures."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.frame_result import Chosen
from realtime.pipeline.face_choice import HYSTERESIS, LiveFaceChoice
from realtime.pipeline.face_tracks import Track
from realtime.pipeline.network_turns import NetworkTurns


def track(track_id: int, still: bool = False) -> Track:
    return Track(track_id, False, 0, still)


def chosen(
    choice: LiveFaceChoice, areas: dict[int, float], alive: tuple[int, ...] = (), still: int = 0
) -> Chosen | None:
    tracks = [track(track_id, track_id == still) for track_id in areas]
    return choice.update(tracks, list(areas.values()), alive or tuple(areas))


def test_two_faces_of_like_size_do_not_alternate_and_one_that_is_much_larger_takes_over() -> None:
    choice = LiveFaceChoice()
    seen = {chosen(choice, {1: 50.0 + 2 * (at % 2), 2: 51.0}) for at in range(20)}
    assert seen == {Chosen(2, by_user=False)}
    assert chosen(choice, {1: 51 * HYSTERESIS, 2: 51.0}) == Chosen(2, by_user=False)
    assert chosen(choice, {1: 52 * HYSTERESIS, 2: 51.0}) == Chosen(1, by_user=False)


def test_a_face_that_does_not_move_gives_way_at_once_and_is_taken_where_there_is_no_other() -> None:
    choice = LiveFaceChoice()
    assert chosen(choice, {1: 900.0, 2: 50.0}) == Chosen(1, by_user=False)
    assert chosen(choice, {1: 900.0, 2: 50.0}, still=1) == Chosen(2, by_user=False)
    assert chosen(choice, {1: 900.0}, still=1) == Chosen(1, by_user=False)
    choice.choose(1)
    assert chosen(choice, {1: 900.0, 2: 50.0}, still=1) == Chosen(1, by_user=True), "the user may"


def test_a_lost_face_stays_chosen_while_it_can_come_back() -> None:
    choice = LiveFaceChoice()
    chosen(choice, {1: 90.0, 2: 50.0})
    assert chosen(choice, {2: 50.0}, alive=(1, 2)) == Chosen(1, by_user=False)
    assert chosen(choice, {2: 50.0}) == Chosen(2, by_user=False)
    assert choice.update([], [], ()) is None
    choice.choose_next(1)  # of nobody
    assert chosen(choice, {3: 50.0}) == Chosen(3, by_user=False)


@pytest.mark.parametrize("slow_ms", [5, 20, 45, 120])
@pytest.mark.parametrize("others", [0, 1, 3])
def test_the_first_face_has_half_of_the_networks_answers_and_the_others_share_the_rest(
    slow_ms: int, others: int
) -> None:
    """A network that takes `slow_ms`, and one picture that waits for it, as the worker's queue has it; frames come
    every 33 ms.
    """
    turns = NetworkTurns()
    ids = list(range(1, others + 2))
    random = np.random.default_rng(slow_ms)
    answers = dict.fromkeys(ids, 0)
    works: tuple[int, float] | None = None
    waits: int | None = None
    given: int | None = None
    for frame in range(1500):
        now = 33.0 * frame
        while works is not None and works[1] <= now:
            given, free = works[0], works[1]
            answers[given] += 1
            works = None if waits is None else (waits, free + slow_ms * random.uniform(0.7, 1.3))
            waits = None
        offered = turns.next(ids, None if works is None else works[0])
        if works is None:
            works = offered, now + slow_ms * random.uniform(0.7, 1.3)
        else:
            waits = offered
        if given is not None:
            turns.answered(given)
            given = None
    total = sum(answers.values())
    assert total > 200 and answers[1] >= 0.5 * total - 2
    if others and slow_ms > 33:
        shares = [answers[track_id] / total for track_id in ids[1:]]
        assert min(shares) > 0.8 * 0.5 / others and max(shares) < 1.2 * 0.5 / others
