"""Nothing leaves the machine unasked: told by the kernel, not by the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from common import contacts, environment, give_appearance, needs_appearance, needs_bundled
from data_sets import NAMES, people, write
from pyfeat_network import Network

from realtime.core.resources import pyfeat_file
from realtime.model import built_in

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace is a Linux program")


@needs_bundled
def test_demo_contacts_nobody_and_looks_up_no_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "realtime", "demo", "--headless", "--frames", "20", "--json"]
    assert contacts(command, tmp_path) == []


@needs_bundled
@needs_appearance
def test_the_classifier_contacts_nobody(tmp_path: Path) -> None:
    """It runs in the program's own process, with OpenVINO, which would."""
    give_appearance(tmp_path)
    command = [sys.executable, "-m", "realtime", "demo", "--headless", "--frames", "20", "--emotion", "appearance"]
    assert contacts(command, tmp_path, MESHMIRROR_HOME=str(tmp_path)) == []


@pytest.mark.parametrize(
    "command",
    [
        ["models", "list"],
        ["models", "show", "emotion@built-in"],
        ["models", "check", "au@v4"],
        ["doctor"],
        ["atlas", "--features", "happiness", "--size", "160"],
        ["whatif", "--headless", "--model", "emotion@built-in"],
    ],
)
def test_looking_at_models_contacts_nobody(tmp_path: Path, command: list[str]) -> None:
    assert contacts([sys.executable, "-m", "realtime", *command, "--json"], tmp_path) == []


@pytest.mark.slow
def test_a_dask_cluster_of_this_machine_contacts_nobody(tmp_path: Path) -> None:
    mesh, emotions, pose, recording, person = people(built_in(), np.random.default_rng(51), 300, 12, 6)
    write(tmp_path / "faces", mesh, emotions, NAMES, pose, recording, person, group=75)
    command = [sys.executable, "-m", "realtime", "evaluate", "faces", "--scheduler", "local", "--workers", "2"]
    assert contacts(command, tmp_path) == []


def test_the_same_watch_sees_a_connection_and_a_lookup(tmp_path: Path) -> None:
    """The check above can fail: an address of the documentation range, and a name that cannot exist."""
    knock = "import socket; s = socket.socket(); s.setblocking(False); s.connect_ex(('192.0.2.1', 80))"
    assert contacts([sys.executable, "-c", knock], tmp_path)
    servers = Path("/etc/resolv.conf")
    if servers.is_file() and "nameserver" in servers.read_text():
        ask = "import socket\ntry: socket.getaddrinfo('nowhere.invalid', 80)\nexcept OSError: pass"
        assert contacts([sys.executable, "-c", ask], tmp_path)


def test_preparing_and_asking_py_feats_network_contacts_nobody(prepared_network: Network) -> None:
    assert prepared_network.contacts == []


def test_the_same_watch_sees_openvinos_telemetry_where_nothing_blocks_it(tmp_path: Path) -> None:
    servers = Path("/etc/resolv.conf")
    if not (servers.is_file() and "nameserver" in servers.read_text()):
        pytest.skip("no name server is set here, so that no look-up can be seen")
    assert contacts([sys.executable, "-c", "import openvino"], tmp_path)
    quiet = "from realtime.detect.openvino_import import import_openvino_without_telemetry as quiet; quiet()"
    assert contacts([sys.executable, "-c", quiet], tmp_path) == []


@needs_bundled
def test_no_socket_listens_while_it_runs(tmp_path: Path) -> None:
    code = (
        "import psutil, threading, time\n"
        "from realtime.app.run_options import RunOptions\n"
        "from realtime.app.live import run_mirror\n"
        "from realtime.core.config import load_config\n"
        "from realtime.core.resources import pyfeat_file\n"
        "seen = []\n"
        "stop = threading.Event()\n"
        "def watch():\n"
        "    while not stop.is_set():\n"
        "        seen.extend(c for c in psutil.Process().net_connections() if c.status == psutil.CONN_LISTEN)\n"
        "        time.sleep(0.02)\n"
        "watcher = threading.Thread(target=watch)\n"
        "watcher.start()\n"
        "clip = str(pyfeat_file('tests/data/single_face.mp4'))\n"
        "run_mirror(load_config(None, [], {'source.path': clip}), RunOptions(headless=True))\n"
        "stop.set()\n"
        "watcher.join()\n"
        "print(len(seen))\n"
    )
    around = environment()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=around, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"


@needs_bundled
@pytest.mark.parametrize("stream", ["lsl", "osc", "vmc", "livelink", "osc://[::1]:9000"])
def test_a_stream_stays_on_this_machine_unless_an_address_is_given(tmp_path: Path, stream: str) -> None:
    pytest.importorskip("pythonosc")
    pytest.importorskip("pylsl")
    clip = str(pyfeat_file("tests/data/single_face.mp4"))
    command = [
        sys.executable, "-m", "realtime", "--source", clip, "--headless", "--frames", "10", "--emotion", "inverse",
        "--model", "emotion@built-in", "--set", "detect.tracker=bundled", "--stream", stream, "--share-face",
    ]  # fmt: skip
    assert contacts(command, tmp_path) == []
    if stream == "osc":
        given = contacts([*command[:-2], "osc://192.0.2.78:9000", "--share-face"], tmp_path)
        assert given and all("192.0.2.78" in line for line in given), "to the address that was given, and to no other"
