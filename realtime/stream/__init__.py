"""Values sent to other programs while they happen: LSL, OSC, VMC and Live Link Face.

One file a format, behind one small protocol; nothing waits for whoever receives. Imports `core` alone.
"""
