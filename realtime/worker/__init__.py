"""py-feat's network in a process of its own, beside the pictures and never in their way."""

from realtime.worker.command import network_command
from realtime.worker.desk import Answer, Counts
from realtime.worker.keeper import Keeper, State

__all__ = ["Answer", "Counts", "Keeper", "State", "network_command"]
