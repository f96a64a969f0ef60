"""The strip and the boxes of several faces: where they are, what they show, what a click on them asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hand import Hand
from recorded import recorded

from realtime.core.commands import BY_KEY, Action, ChooseFace
from realtime.core.frame_result import Chosen, FrameResult
from realtime.core.view_options import View
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.people.strip import picture_of, places_of
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.screen.offscreen import Offscreen

SIZE = (1280, 720)


def beside(result: FrameResult, *shifts: float, chosen: int = 1, by_user: bool = False) -> FrameResult:
    """The face of a frame in several places of its picture, with the numbers 1, 2 and so on."""
    face = result.faces[0]
    found = [
        replace(
            face, track_id=at,
            landmarks=replace(face.landmarks, points_px=face.landmarks.points_px + np.float32([shift, 0, 0])),
        )
        for at, shift in enumerate(shifts, start=1)
    ]  # fmt: skip
    several = replace(result, faces=tuple(found), chosen=None).of_face(chosen)
    return replace(several, chosen=Chosen(chosen, by_user))


@pytest.fixture
def hand(faces: Any, model_facts: ModelFacts) -> Iterator[Hand]:
    with Offscreen(SIZE) as screen:
        view = MirrorView(screen.ctx, SIZE, 1.0, [model_facts], samples=0)
        view.listen(screen)
        yield Hand(screen, view, beside(faces.result(500), -80, 80), panel=False)
        view.close()


def places(hand: Hand) -> tuple[Rect, ...]:
    layout = hand.view.layout
    assert layout.people is not None
    return places_of(layout.people, layout.unit, len(hand.view.roster.strip), choice=not hand.ui.stage)[0]


def test_one_face_changes_nothing(faces: Any, model_facts: ModelFacts) -> None:
    pictures = []
    for result in (faces.result(1), replace(faces.result(1), chosen=Chosen(faces.result(1).faces[0].track_id, False))):
        with Offscreen(SIZE) as screen:
            view = MirrorView(screen.ctx, SIZE, 1.0, [model_facts], samples=0)
            hand = Hand(screen, view, result, panel=False)
            assert view.layout.people is None
            pictures.append(screen.read())
            hand.result = beside(faces.result(2000), 0, 60)
            hand.frame()
            assert view.layout.people is not None and not np.array_equal(pictures[-1], screen.read())
            view.close()
    np.testing.assert_array_equal(*pictures)


def test_a_click_chooses_and_on_the_own_choice_gives_it_back(hand: Hand) -> None:
    first, second = places(hand)
    hand.click(second)
    hand.click(first)
    assert hand.asked == [ChooseFace(2), ChooseFace(1)]
    hand.result = beside(hand.result, -80, 80, by_user=True)  # type: ignore[arg-type]
    hand.frame()
    hand.click(first)
    assert hand.asked[-1] == ChooseFace(None)
    hand.ui.help = True
    hand.click(second)
    assert len(hand.asked) == 3


def test_the_place_beside_them_says_who_chooses_and_offers_the_other(
    hand: Hand, faces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = hand.view.layout
    assert layout.people is not None
    choice = places_of(layout.people, layout.unit, 2, choice=True)[1]
    assert choice is not None
    for by_user, words, key, asked in (
        (False, "automatic: the largest", "Tab", Action.NEXT_FACE),
        (True, "the choice is yours", "Shift+F", Action.AUTOMATIC_FACE),
    ):
        hand.result = beside(faces.result(900 + by_user), -80, 80, by_user=by_user)
        with recorded(monkeypatch) as shown:
            hand.frame()
        texts = [text for _, text, _ in shown.drawn]
        assert words in texts and key in texts and BY_KEY[key] is asked
        hand.click(choice)
        assert hand.asked[-1] is asked


def test_each_has_its_face_of_the_picture_in_a_frame_of_its_colour(hand: Hand) -> None:
    """Left of the picture is red, right is blue (`Faces.image`)."""
    image = hand.screen.read().astype(int)
    unit = hand.view.layout.unit
    for place, record, red in zip(places(hand), hand.view.roster.strip, (True, False), strict=True):
        square = picture_of(place, unit)
        assert square is not None
        middle = image[square.y + square.h // 2 - 4 : square.y + square.h // 2 + 4, square.x + 20 : square.right - 20]
        assert middle[..., 0 if red else 2].mean() > 150 > 50 > middle[..., 2 if red else 0].mean()
        edge = image[square.y + 12 : square.bottom - 12, square.x - 1]
        np.testing.assert_allclose(edge, [theme.FACES[record.color].bytes()[:3]] * len(edge), atol=12)


def test_a_click_on_a_face_in_the_whole_picture_chooses_it(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.ui.whole = True
    with recorded(monkeypatch) as shown:
        hand.frame()
    body = hand.view.layout.tiles[0].body
    labels = {text: box for _, text, box in shown.drawn if text.startswith("face") and body.contains(box.x, box.y)}
    assert set(labels) == {"face 1", "face 2"}
    picture = hand.view._tiles.picture_place(body, hand.result)
    other = Rect(picture.x + round(picture.w * 0.75) - 2, picture.y + picture.h // 2, 4, 4)
    own = Rect(picture.x + round(picture.w * 0.25) - 2, picture.y + picture.h // 2, 4, 4)
    hand.click(other)
    assert hand.asked == [ChooseFace(2)] and hand.view.input.claims(other.x, other.y) and not hand.ui.pins
    hand.click(own)
    assert hand.asked == [ChooseFace(2)] and not hand.view.input.claims(own.x, own.y)


@pytest.mark.parametrize(
    ("size", "look", "high"),
    [
        ((1280, 720), {}, 58), ((1920, 1080), {}, 58), ((640, 400), {}, 26), ((480, 320), {}, 26),
        ((1280, 720), {"stage": True}, 26), ((1280, 720), {"views": (View.CAMERA,), "views_before": (View.HEAT,)}, 58),
    ],
)  # fmt: skip
def test_it_folds_in_small_windows_and_the_faces_keep_their_size(
    hand: Hand, size: tuple[int, int], look: dict[str, Any], high: float
) -> None:
    for name, value in look.items():
        setattr(hand.ui, name, value)
    hand.view.resize(size, 1.0)
    view = hand.view
    view._arrange(hand.ui, replayed=False)
    layout = view.layout
    assert layout.people is not None and layout.people.h == round(high * layout.unit)
    assert layout.people.overlap(layout.header) == 0 == layout.people.overlap(layout.faces)
    assert layout.people.bottom <= layout.faces.y and layout.tiles[0].body.h > 60
    shown, _ = places_of(layout.people, layout.unit, 4, choice=True)
    assert all(place.w >= 52 * layout.unit for place in shown) and shown[-1].right <= layout.people.right
