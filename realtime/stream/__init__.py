"""Values sent to other programs while they happen: LSL, OSC, VMC and Live Link Face."""
