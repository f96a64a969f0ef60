"""What imgui's text fields and menus need of the keyboard, from glfw's numbers to imgui's."""

from __future__ import annotations

import glfw
from imgui_bundle import imgui

_KEYS = {
    glfw.KEY_LEFT: imgui.Key.left_arrow,
    glfw.KEY_RIGHT: imgui.Key.right_arrow,
    glfw.KEY_UP: imgui.Key.up_arrow,
    glfw.KEY_DOWN: imgui.Key.down_arrow,
    glfw.KEY_PAGE_UP: imgui.Key.page_up,
    glfw.KEY_PAGE_DOWN: imgui.Key.page_down,
    glfw.KEY_INSERT: imgui.Key.insert,
    glfw.KEY_TAB: imgui.Key.tab,
    glfw.KEY_SPACE: imgui.Key.space,
    glfw.KEY_HOME: imgui.Key.home,
    glfw.KEY_END: imgui.Key.end,
    glfw.KEY_DELETE: imgui.Key.delete,
    glfw.KEY_BACKSPACE: imgui.Key.backspace,
    glfw.KEY_ENTER: imgui.Key.enter,
    glfw.KEY_KP_ENTER: imgui.Key.keypad_enter,
    glfw.KEY_ESCAPE: imgui.Key.escape,
    glfw.KEY_A: imgui.Key.a,
    glfw.KEY_C: imgui.Key.c,
    glfw.KEY_V: imgui.Key.v,
    glfw.KEY_X: imgui.Key.x,
    glfw.KEY_Y: imgui.Key.y,
    glfw.KEY_Z: imgui.Key.z,
}
_MODIFIERS = {
    glfw.MOD_CONTROL: imgui.Key.mod_ctrl,
    glfw.MOD_SHIFT: imgui.Key.mod_shift,
    glfw.MOD_ALT: imgui.Key.mod_alt,
    glfw.MOD_SUPER: imgui.Key.mod_super,
}
# Of the keys that are modifiers themselves X11 reports the state before the press.
_OWN_MODIFIER = {
    glfw.KEY_LEFT_CONTROL: glfw.MOD_CONTROL,
    glfw.KEY_RIGHT_CONTROL: glfw.MOD_CONTROL,
    glfw.KEY_LEFT_SHIFT: glfw.MOD_SHIFT,
    glfw.KEY_RIGHT_SHIFT: glfw.MOD_SHIFT,
    glfw.KEY_LEFT_ALT: glfw.MOD_ALT,
    glfw.KEY_RIGHT_ALT: glfw.MOD_ALT,
    glfw.KEY_LEFT_SUPER: glfw.MOD_SUPER,
    glfw.KEY_RIGHT_SUPER: glfw.MOD_SUPER,
}


def feed_key(key: int, down: bool, mods: int) -> None:
    """Forward a key press (or repeat) or release to the current imgui context, with the modifiers."""
    if imgui.get_current_context() is None:
        return
    own = _OWN_MODIFIER.get(key, 0)
    mods = mods | own if down else mods & ~own
    io = imgui.get_io()
    for bit, name in _MODIFIERS.items():
        io.add_key_event(name, bool(mods & bit))
    if key in _KEYS:
        io.add_key_event(_KEYS[key], down)


def feed_character(character: int) -> None:
    """Forward a typed character to the current imgui context."""
    if imgui.get_current_context() is not None:
        imgui.get_io().add_input_character(character)
