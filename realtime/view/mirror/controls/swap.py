"""Replacing and swapping views and cards."""

from __future__ import annotations

from typing import TypeVar

from realtime.core.view_options import Card, View
from realtime.core.view_state import ViewState

Name = TypeVar("Name")


def put_view(ui: ViewState, at: View, view: View) -> None:
    """Show `view` in the place of `at`; if it is shown elsewhere, the two are swapped."""
    ui.views = _put(ui.views, ui.views.index(at), view)


def put_card(ui: ViewState, place: int, card: Card | None) -> None:
    """Put a card into a slot, or append it; None removes the slot's card."""
    if card is None:
        ui.cards = (*ui.cards[:place], *ui.cards[place + 1 :])
    elif place < len(ui.cards):
        ui.cards = _put(ui.cards, place, card)
    elif card in ui.cards:
        ui.cards = (*(other for other in ui.cards if other is not card), card)
    else:
        ui.cards = (*ui.cards, card)


def _put(shown: tuple[Name, ...], at: int, name: Name) -> tuple[Name, ...]:
    there = shown[at]
    swapped = {name: there, there: name}
    return tuple(swapped.get(other, other) for other in shown)
