"""Two decoders of OSC that are not ours: the packages osc and node-osc of npm, listening at a port each."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

PACKAGES = ("osc@2.4.5", "node-osc@11.7.1")
_LISTEN = """
const osc = require('osc'), {Server} = require('node-osc');
const found = {osc: [], 'node-osc': []};
const port = new osc.UDPPort({localAddress: '127.0.0.1', localPort: 0, metadata: false});
port.on('message', m => found.osc.push([m.address, ...m.args]));
const other = new Server(0, '127.0.0.1');
other.on('message', m => found['node-osc'].push(m));
other.on('bundle', b => b.elements.forEach(e => found['node-osc'].push(e)));
let ready = 0;
const begin = () => { if (++ready == 2)
  console.log(JSON.stringify({osc: port.socket.address().port, 'node-osc': other._sock.address().port})); };
port.on('ready', begin);
other.on('listening', begin);
port.open();
process.stdin.resume();
process.stdin.on('end', () => setTimeout(
  () => process.stdout.write(JSON.stringify(found), () => process.exit(0)), 300));
"""


class NodeReceivers:
    """Both, in one process of node; `ports` by package."""

    def __init__(self, modules: Path) -> None:
        self._process = subprocess.Popen(
            ["node", "-e", _LISTEN], cwd=modules.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.ports: dict[str, int] = json.loads(self._process.stdout.readline())

    def received(self) -> dict[str, list[list[Any]]]:
        """By package: address and arguments of every message; ends the process."""
        said, _ = self._process.communicate(timeout=60)
        found: dict[str, list[list[Any]]] = json.loads(said)
        return found

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
