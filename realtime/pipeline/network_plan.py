"""Decides whether py-feat's network runs beside the pipeline, and with which weights."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.core.config import DetectConfig
from realtime.core.errors import ModelFileError
from realtime.core.process import Notify
from realtime.detect.pyfeat.weights import WEIGHTS_COMMAND, Weights, find_weights
from realtime.pipeline.network_sync import NetworkSync, Observation

# Of a file: enough that every core has a face while the answers are used, few enough that memory stays small.
FACES_AHEAD = 8


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """What the settings require of py-feat's network, and the weights that were found."""

    detect: DetectConfig
    weights: Weights | None  # None: not installed, or not wanted
    hint: str  # how to get it, where it would be used if it were there
    asked_for: bool  # by its name, and not by "auto"
    notify: Notify  # called with lines for the user about its process

    def open(self, live: bool) -> NetworkSync:
        """Start its process."""
        from realtime.detect.worker import WorkerSupervisor, network_command

        assert self.weights is not None
        detect, weights = self.detect, self.weights
        command = network_command(weights.path, weights.sha256, detect.device, detect.precision, detect.threads)
        supervisor: WorkerSupervisor[Observation]
        supervisor = WorkerSupervisor(command, live=live, slots=FACES_AHEAD, notify=self.notify)
        return NetworkSync(supervisor, detect.sync, FACES_AHEAD, weights.sha256, self.asked_for)


def plan_network(detect: DetectConfig, notify: Notify) -> NetworkPlan:
    """Look for its weights where the settings have a use for them.

    Raises ModelFileError where the network was asked for and its weights are not there or are not what they were.
    """
    asked_for = detect.emotion == "pyfeat" or detect.pose_source == "pyfeat"
    if not asked_for and detect.emotion != "auto":
        return NetworkPlan(detect, None, "", asked_for, notify)
    weights = find_weights(detect.pyfeat_weights)
    if weights is None and asked_for:
        raise ModelFileError(
            f"The weights of py-feat's network are not installed. `{WEIGHTS_COMMAND}` downloads them (153 MB, not "
            "cleared for commercial use); --emotion inverse needs none."
        )
    return NetworkPlan(detect, weights, "" if weights is not None else WEIGHTS_COMMAND, asked_for, notify)
