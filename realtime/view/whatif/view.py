"""The what-if window: sliders, the predicted face, and a live face beside it; in a window or offscreen."""

from __future__ import annotations

import time

import moderngl
from imgui_bundle import imgui

from realtime.core.status import Notification
from realtime.model import LinearMeshModel
from realtime.view.gl.backdrop import Backdrop
from realtime.view.gl.imgui_renderer import ImguiRenderer
from realtime.view.gl.meshes import MeshPass
from realtime.view.gl.orbit_camera import OrbitCamera
from realtime.view.gl.styled_face import StyledFace
from realtime.view.mirror.model_facts import Caption
from realtime.view.paint import theme
from realtime.view.paint.help_overlay import HelpOverlay
from realtime.view.paint.imgui_style import apply_style
from realtime.view.paint.layout import Rect, around
from realtime.view.paint.painter import Fonts, Painter
from realtime.view.paint.theme_of_view import use_theme
from realtime.view.paint.toasts import draw_toasts, toast_area
from realtime.view.screen import Screen
from realtime.view.whatif import captions as whatif_words
from realtime.view.whatif.controls import FILTER, Controls
from realtime.view.whatif.layout import arrange_whatif
from realtime.view.whatif.state import WhatIfAction, WhatIfScene, WhatIfState

_LETTERS = {
    "C": WhatIfAction.COPY,
    "V": WhatIfAction.PASTE,
    "X": WhatIfAction.RANDOM,
    "Z": WhatIfAction.REST,
    "T": WhatIfAction.TAKE_OVER,
}
_LETTERS |= {"Ctrl+C": WhatIfAction.COPY, "Ctrl+V": WhatIfAction.PASTE}
_PATIENCE = 3  # frames until a clicked text field has the keyboard focus


class WhatIfView:
    """Draws a Scene and the controls for a state, on a window or an offscreen target.

    `live` makes room for a second face; `highest` is the upper end of the colour scale, % of the outer-canthal
    distance. Each frame is `begin`, which applies what was done to the controls, then `finish` with what that gives.
    """

    def __init__(
        self,
        screen: Screen,
        model: LinearMeshModel,
        state: WhatIfState,
        highest: float,
        *,
        live: bool = False,
        samples: int | None = None,
    ) -> None:
        self._screen = screen
        self._ctx = screen.ctx
        self._caption = Caption.of(model)
        self._state = state
        self._highest = highest
        self._live = live
        self._closed = False
        self._backdrop = Backdrop(self._ctx)
        self._meshes = MeshPass(self._ctx, model.mean_mesh, model.neutral_mesh, 2 if live else 1, samples)
        self._imgui = ImguiRenderer(self._ctx)
        self._imgui.use_clipboard(screen.paste, screen.copy)
        self._fonts = Fonts.load()
        self._help = HelpOverlay(whatif_words.KEYS)
        self._drawn_at = time.monotonic()
        self._size, self._scale = (0, 0), 0.0
        self._typing_soon = 0  # frames
        self.controls = Controls(model)
        self.resize(screen.size_px, screen.scale)
        screen.listener = self

    def resize(self, size_px: tuple[int, int], scale: float) -> None:
        """Lay everything out for a framebuffer of this size, which is not 0."""
        if (size_px, scale) == (self._size, self._scale):
            return
        self._size, self._scale = size_px, scale
        use_theme(self._state.view)
        self.layout = arrange_whatif(size_px, scale, live=self._live)
        self._backdrop.build_cards(size_px, self.layout.unit, self.layout.cards)
        body = self.layout.predicted.body
        self._meshes.resize((body.w, body.h))

    # Listener -------------------------------------------------------------------------------------------------------

    @property
    def typing(self) -> bool:
        """Whether a text field has the keyboard focus, from the click on it and not only from the next frame."""
        return self._typing_soon > 0 or self.controls.widgets.editing or bool(imgui.get_io().want_text_input)

    def claims(self, x: float, y: float) -> bool:
        """Whether this place belongs to the controls; everything does while the help overlay is open."""
        return self._state.view.help or self.layout.controls.frame.contains(x, y)

    def pressed(self, x: float, y: float) -> bool:
        """The left button went down."""
        places = self.controls.widgets.places
        fields = [box for name, box in places.items() if name == FILTER or name.endswith(".number")]
        hit = not self._state.view.help and any(box.contains(x, y) for box in fields)
        self._typing_soon = _PATIENCE if hit else 0
        return False

    def key(self, name: str) -> bool:
        """Handle a letter key; True if it is a command of this window. Ignored while the help overlay is open."""
        if self._state.view.help:
            if name == "Escape":
                self._state.view.help = False
            return name == "Escape"
        if name in _LETTERS:
            self._state.actions.append(_LETTERS[name])
        elif name == "D":
            self._state.colored = not self._state.colored
        return name in _LETTERS or name == "D"

    @property
    def pending(self) -> bool:
        """Whether some of what the user did waits for another frame."""
        return self._imgui.pending

    # One frame ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Apply mouse and keyboard input since the last frame to the state."""
        use_theme(self._state.view)
        now = time.monotonic()
        self._imgui.begin(self._size, now - self._drawn_at)
        self._drawn_at = now
        apply_style(self.layout.unit)
        self._painter = Painter(self._fonts, self.layout.unit)
        self.controls.draw(self._painter, self.layout.controls, self._state, live=self._live)
        if not imgui.is_mouse_down(imgui.MouseButton_.left):
            self._typing_soon = max(0, self._typing_soon - 1)

    def finish(self, target: moderngl.Framebuffer, scene: WhatIfScene) -> None:
        """Draw everything into a framebuffer of the size given to `resize`."""
        target.use()
        self._ctx.viewport = (0, 0, *self._size)
        self._ctx.scissor = None
        self._backdrop.copy_to(target)
        self._draw_faces(target, scene)
        p, state, layout = self._painter, self._state, self.layout
        whatif_words.header(p, layout.header, self._caption, scene, state)
        whatif_words.faces(p, layout, scene, state, self._highest)
        whatif_words.numbers(p, layout.numbers, scene, self._highest)
        if scene.message:
            tiles = [panel for panel in (layout.predicted, layout.observed) if panel is not None]
            area = toast_area(layout.header, around([panel.frame for panel in tiles]), tiles)
            draw_toasts(p, area, [Notification("window", scene.message, error=scene.failed)], state.view)
        if state.view.help:
            self._help.draw(self._fonts, layout.unit, self._size)
        target.use()
        self._ctx.viewport = (0, 0, *self._size)
        self._imgui.end()

    def _draw_faces(self, target: moderngl.Framebuffer, scene: WhatIfScene) -> None:
        colored, highest = self._state.colored, self._highest
        predicted = StyledFace(scene.mesh_canon, scene.moved.distance if colored else None, highest)
        rects: list[Rect] = [self.layout.predicted.body]
        styled_faces: list[StyledFace | None] = [predicted]
        if self.layout.observed is not None:
            live, observed = scene.live, None
            if live is not None and live.mesh_canon is not None:
                values = live.distance.distance if colored and live.distance is not None else None
                observed = StyledFace(live.mesh_canon, values, highest, theme.UNCOLORED)
            rects.append(self.layout.observed.body)
            styled_faces.append(observed)
        view = self._state.view
        self._meshes.draw(
            target, self._size, rects, styled_faces, OrbitCamera(view.orbit_deg, view.zoom, view.mirrored)
        )

    def close(self) -> None:
        """Release everything; may be called twice."""
        if self._closed:
            return
        self._closed = True
        self._screen.listener = None
        for thing in (self._imgui, self._meshes, self._backdrop):
            thing.close()
