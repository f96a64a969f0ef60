"""Interactive controls of the mirror: the control panel, title menus, the divider of the wipe."""
