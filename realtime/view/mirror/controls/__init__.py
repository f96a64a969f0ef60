"""What answers to the mouse in the mirror: the panel of controls, the titles' menus, the line of the wipe."""
