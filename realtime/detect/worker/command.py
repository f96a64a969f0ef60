"""How the worker that runs py-feat's network is started."""

from __future__ import annotations

from pathlib import Path

from realtime.core.process import module_command


def network_command(weights: Path, sha256: str, device: str, precision: str, threads: int | None) -> list[str]:
    """The command for a `WorkerSupervisor`.

    `device`: auto, cpu, cuda or mps; `precision`: auto, f32 or bf16; `threads`: None for the runtime's own choice.
    """
    command = [*module_command("realtime.detect.worker"), "--weights", str(weights), "--sha256", sha256]
    command += ["--device", device, "--precision", precision]
    return command if threads is None else [*command, "--threads", str(threads)]
