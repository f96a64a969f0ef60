"""The residuals of the regions beside the difference."""

from __future__ import annotations

from typing import Any

import pytest
from recorded import recorded

from realtime.core.status import Status
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint.painter import Painter
from realtime.view.screen.offscreen import Offscreen

REGIONS = {"forehead", "brows", "eyes", "nose", "cheeks", "mouth", "jaw"}


@pytest.mark.parametrize(("zoom", "shown"), [(1.0, REGIONS), (1.25, REGIONS - {"forehead"}), (0.5, REGIONS)])
def test_a_region_is_named_where_it_is_seen(
    faces: Any, model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch, zoom: float, shown: set[str]
) -> None:
    rings: list[tuple[float, float]] = []
    real = Painter.ring

    def ring(self: Painter, x: float, y: float, *args: Any) -> None:
        rings.append((x, y))
        real(self, x, y, *args)

    monkeypatch.setattr(Painter, "ring", ring)
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        ui = ViewState(views=(View.CAMERA, View.HEAT), zoom=zoom)
        with recorded(monkeypatch) as words:
            view.draw(screen.framebuffer, faces.result(), Status(source="a clip"), ui)
        body = view.layout.tiles[1].body
        view.close()
    assert REGIONS & set(words.texts) == shown
    assert len(rings) == len(shown) and all(body.contains(x, y) for x, y in rings)
