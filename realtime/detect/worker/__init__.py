"""py-feat's network in a process of its own, for which no frame waits."""

from realtime.detect.worker.command import network_command
from realtime.detect.worker.request_queue import Answer, RequestCounts
from realtime.detect.worker.supervisor import WorkerState, WorkerSupervisor

__all__ = ["Answer", "RequestCounts", "WorkerState", "WorkerSupervisor", "network_command"]
