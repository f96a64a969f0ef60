"""Keys as they are named in the table of commands, from glfw's numbers."""

from __future__ import annotations

import glfw

_NAMES = {
    glfw.KEY_SPACE: "Space",
    glfw.KEY_TAB: "Tab",
    glfw.KEY_HOME: "Home",
    glfw.KEY_END: "End",
    glfw.KEY_LEFT: "Left",
    glfw.KEY_RIGHT: "Right",
    glfw.KEY_PAGE_UP: "PageUp",
    glfw.KEY_PAGE_DOWN: "PageDown",
    glfw.KEY_DELETE: "Delete",
    glfw.KEY_ESCAPE: "Escape",
    glfw.KEY_ENTER: "Enter",
    glfw.KEY_KP_ENTER: "Enter",
    glfw.KEY_BACKSPACE: "Backspace",
    **{glfw.KEY_F1 + at: f"F{at + 1}" for at in range(12)},
    **{glfw.KEY_0 + at: str(at) for at in range(10)},
    **{glfw.KEY_KP_0 + at: str(at) for at in range(10)},
}


def key_name(key: int, scancode: int) -> str:
    """The name of a key in the table of commands; "" if it has none there.

    Letters are those printed on the key, while glfw numbers keys by their position on a US keyboard. Non-Latin
    keyboards use the US position.
    """
    if not glfw.KEY_A <= key <= glfw.KEY_Z:
        return _NAMES.get(key, "")
    printed = (glfw.get_key_name(key, scancode) or "").upper()
    return printed if len(printed) == 1 and "A" <= printed <= "Z" else chr(key)
