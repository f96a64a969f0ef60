"""Whose face py-feat's network gets next, where there are several: the only place that decides it."""

from __future__ import annotations

from collections.abc import Sequence


class NetworkTurns:
    """The first face gets at least every second turn; the others share the rest, who has waited longest first."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._ahead = 0  # answers for the first face less those for others, since it is the first; one at most
        self._turn = 0
        self._last_turn: dict[int, int] = {}  # of each face

    def next(self, track_ids: Sequence[int], under_way: int | None) -> int:
        """Which of the faces of a frame is offered, the first one first; `under_way`: whose picture the network has.

        What is offered waits until the network is free, unless the next frame offers another in its place.
        """
        first, *others = track_ids
        self._last_turn = {track_id: self._last_turn.get(track_id, 0) for track_id in track_ids}
        if first != self._first:
            self._first, self._ahead = first, 0
        if under_way is not None and under_way != first:
            self._had(under_way)
        if under_way != first or not others or self._ahead < 0:
            return first
        return min(others, key=self._last_turn.__getitem__)

    def answered(self, track_id: int) -> None:
        """The network has answered on a face."""
        if track_id == self._first:
            self._ahead = min(self._ahead + 1, 1)
        else:
            self._ahead -= 1
            self._had(track_id)

    def _had(self, track_id: int) -> None:
        self._turn += 1
        self._last_turn[track_id] = self._turn
