"""The prepared network is there whole or not at all, whatever happens while it is made."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from common import environment
from made_up_weights import inputs as made_up_inputs
from pyfeat_network import Network, header_only

from realtime.core.errors import ModelFileError, NetworkError
from realtime.detect.pyfeat import Weights, ensure_converted, find_converted, find_weights
from realtime.detect.pyfeat.converted import ABOUT, BINARY, CONVERTER, PROGRESS_PREFIX, TOPOLOGY
from realtime.detect.pyfeat.openvino_runtime import OpenVinoRuntime
from realtime.model.hub.cache import sha256_of

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX systems")
CODE = f"""
import logging, sys
from pathlib import Path
from realtime.detect.pyfeat import find_weights, ensure_converted
from realtime.core.errors import MeshmirrorError
logging.basicConfig(stream=sys.stdout, format="waits: %(message)s")
try:
    notify = lambda line: print({PROGRESS_PREFIX!r} + line, flush=True)
    print("at", ensure_converted(find_weights(Path(sys.argv[1])), notify).folder)
except MeshmirrorError as error:
    print(f"{{type(error).__name__}} {{error}}")
    sys.exit(error.exit_code)
"""


def started(network: Network, home: Path, **options: object) -> subprocess.Popen[str]:
    """A program that prepares the network in a home of its own."""
    around = environment() | {"MESHMIRROR_HOME": str(home)}
    command = [sys.executable, "-c", CODE, str(network.weights.path)]
    return subprocess.Popen(
        command, env=around, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )  # fmt: skip


def until_it_says(program: subprocess.Popen[str], text: str) -> psutil.Process:
    """Read on to a line; the conversion that runs then."""
    for line in program.stdout:
        if text in line:
            (conversion,) = psutil.Process(program.pid).children()
            return conversion
    pytest.fail(f"it never said '{text}'")


def folder_of(home: Path) -> Path:
    return home / "cache" / "pyfeat"


def visible(home: Path) -> list[str]:
    return sorted(path.name for path in folder_of(home).iterdir() if not path.name.startswith("."))


def is_gone(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.wait(timeout=10)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home where nothing is prepared."""
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def copied(home, prepared_network: Network) -> Path:
    """The prepared network, in a home of its own."""
    folder = folder_of(home) / prepared_network.converted.folder.name
    shutil.copytree(prepared_network.converted.folder, folder)
    return folder


def test_it_is_found_with_its_names_and_measurements(prepared_network: Network):
    converted = find_converted(prepared_network.weights.sha256)
    assert (
        converted.folder == prepared_network.converted.folder and converted.layout == prepared_network.converted.layout
    )
    assert {path.name for path in converted.folder.iterdir()} == {TOPOLOGY, BINARY, ABOUT}
    assert (
        ensure_converted(prepared_network.weights, pytest.fail).folder == converted.folder
    )  # not made again, and nothing said
    bf16 = converted.about["bf16"]
    assert converted.bf16_gain == (pytest.approx(converted.about["f32"]["ms"] / bf16["ms"]) if bf16 else 0)
    assert find_converted("0" * 64) is None


def damage_about(**changes: object):
    def damage(folder: Path) -> None:
        about = json.loads((folder / ABOUT).read_text())
        (folder / ABOUT).write_text(json.dumps(about | changes))

    return damage


def flipped(folder: Path) -> None:
    with (folder / BINARY).open("r+b") as file:
        file.seek(70_000_000)
        byte = file.read(1)[0]
        file.seek(70_000_000)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(
    "damage",
    [
        flipped,
        lambda folder: os.truncate(folder / BINARY, 1000),
        lambda folder: (folder / BINARY).unlink(),
        lambda folder: (folder / TOPOLOGY).write_text("<net/>"),
        lambda folder: (folder / ABOUT).unlink(),
        lambda folder: (folder / ABOUT).write_text('{"format": 1'),
        lambda folder: (folder / ABOUT).write_text("[" * 100_000),
        damage_about(format=2),
        damage_about(converter=0),
        damage_about(weights_sha256="0" * 64),
        damage_about(heads={"emotions": 7}),
        damage_about(files={}),
        damage_about(bf16={"ms": "fast"}),
    ],
)
def test_what_is_damaged_is_not_taken(copied: Path, prepared_network, damage):
    assert find_converted(prepared_network.weights.sha256).folder == copied
    damage(copied)
    assert find_converted(prepared_network.weights.sha256) is None


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_its_conversion_and_leaves_nothing_that_looks_prepared(home, prepared_network, number):
    program = started(prepared_network, home)
    conversion = until_it_says(program, "building py-feat")
    program.send_signal(number)
    assert program.wait(timeout=10) != 0
    is_gone(conversion)
    assert visible(home) == []
    if number == signal.SIGINT:  # by TERM this program ends at once; a command of the program as by INT
        assert list(folder_of(home).glob(".making-*")) == []


@posix
def test_a_command_ends_by_term_as_by_ctrl_c(home, prepared_network, tmp_path):
    around = environment() | {"MESHMIRROR_HOME": str(home), "HF_HOME": str(tmp_path / "hub")}
    snapshot = (
        tmp_path / "hub/hub/models--py-feat--face_multitask_v2/snapshots/0123456789abcdef0123456789abcdef01234567"
    )
    snapshot.mkdir(parents=True)
    (snapshot / prepared_network.weights.path.name).symlink_to(prepared_network.weights.path)
    remember = home / "data" / "models.json"
    remember.parent.mkdir(parents=True)
    record = {
        "repo": "py-feat/face_multitask_v2", "file": prepared_network.weights.path.name, "revision": snapshot.name,
        "sha256": prepared_network.weights.sha256, "bytes": 1, "date": "2026-01-01",
    }  # fmt: skip
    remember.write_text(json.dumps({"format": 1, "files": {"pyfeat": record}}))
    command = [sys.executable, "-m", "realtime", "models", "fetch", "pyfeat", "--json"]
    program = subprocess.Popen(command, env=around, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    conversion = until_it_says(program, "building py-feat")
    program.terminate()
    assert program.wait(timeout=10) == 130
    is_gone(conversion)
    assert visible(home) == [] and list(folder_of(home).glob(".making-*")) == []


@posix
def test_a_conversion_that_dies_is_an_error(home, prepared_network):
    program = started(prepared_network, home)
    until_it_says(program, "building py-feat").kill()
    told = program.communicate(timeout=10)[0]
    assert program.returncode == NetworkError.exit_code and "the conversion ended with signal 9" in told
    assert visible(home) == [] and list(folder_of(home).glob(".making-*")) == []


@pytest.mark.slow  # three conversions; damage and interruption each have a test above
@posix
def test_killed_half_way_and_then_two_at_once(home, copied, prepared_network):
    """The home has a damaged network and what a killed program left; two programs then start together."""
    os.truncate(copied / BINARY, 1000)
    program = started(prepared_network, home)
    conversion = until_it_says(program, "comparing")  # all but about.json is written
    program.kill()
    program.wait()
    is_gone(conversion)
    (left,) = folder_of(home).glob(".making-*")
    assert (left / BINARY).is_file() and find_converted(prepared_network.weights.sha256) is None

    programs = [started(prepared_network, home) for _ in range(2)]
    told = [program.communicate(timeout=180)[0] for program in programs]
    assert [program.returncode for program in programs] == [0, 0], told
    assert sorted("building py-feat" in text for text in told) == [False, True], told
    assert sorted("waits: Another program" in text for text in told) == [False, True], told
    assert all(f"at {copied}" in text for text in told)
    assert visible(home) == [copied.name] and list(folder_of(home).glob(".making-*")) == []
    converted = find_converted(prepared_network.weights.sha256)
    assert converted.layout == prepared_network.converted.layout


def test_a_file_stands_where_the_folder_should_be(home, prepared_network):
    home.write_text("")
    with pytest.raises(NetworkError, match=r"pyfeat: the converted network cannot be written: .*MESHMIRROR_HOME"):
        ensure_converted(prepared_network.weights, pytest.fail)


@contextlib.contextmanager
def mounted(home: Path, options: str) -> Iterator[None]:
    """A file system of its own at the home; root ignores permissions, and no file system."""
    home.mkdir(exist_ok=True)
    mount = shutil.which("mount")
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or mount is None:
        pytest.skip("needs root on Linux, to mount a file system")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", options, "none", str(home)], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(home)], check=True)


def test_a_folder_that_is_read_only(home, prepared_network):
    with mounted(home, "ro"), pytest.raises(NetworkError, match=r"cannot be written: Read-only.*MESHMIRROR_HOME"):
        ensure_converted(prepared_network.weights, pytest.fail)


def test_a_folder_without_room(home, prepared_network):
    with mounted(home, "size=2m"):
        with pytest.raises(NetworkError, match=r"2 MB are free, 192 MB are needed.*MESHMIRROR_HOME"):
            ensure_converted(prepared_network.weights, pytest.fail)
        assert visible(home) == []


@posix
def test_a_disk_that_is_full_in_the_middle(home, prepared_network):
    """No file may grow beyond 20 MB: the weights' bytes are cut off while they are written."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, 20_000_000))

    program = started(prepared_network, home, preexec_fn=limit)
    told = program.communicate(timeout=180)[0]
    assert program.returncode == NetworkError.exit_code, told
    assert "NetworkError" in told and "cannot be written" in told and "MESHMIRROR_HOME" in told
    assert visible(home) == [] and list(folder_of(home).glob(".making-*")) == []


def test_weights_that_were_changed_are_not_converted(home, prepared_network):
    weights = Weights(prepared_network.weights.path, "0" * 64)
    with pytest.raises(ModelFileError, match="the file was changed"):
        ensure_converted(weights, pytest.fail)
    assert not folder_of(home).exists()


def test_the_network_of_an_earlier_version_is_converted_anew_and_removed(home, copied, prepared_network):
    """0.5.0 wrote converter 1, by torch, and no reference."""
    earlier = copied.with_name(copied.name.replace(f"-{CONVERTER}-", "-1-"))
    copied.rename(earlier)
    damage_about(converter=1, reference=None)(earlier)
    assert find_converted(prepared_network.weights.sha256) is None
    told: list[str] = []
    converted = ensure_converted(prepared_network.weights, told.append)
    assert told == ["building py-feat's network for OpenVINO", "comparing and measuring it"]
    assert visible(home) == [copied.name] and converted.folder == copied
    assert converted.layout == prepared_network.converted.layout
    topology = prepared_network.converted.topology.read_bytes()
    assert sha256_of(converted.folder / BINARY) == sha256_of(prepared_network.converted.folder / BINARY)
    assert len(converted.topology.read_bytes()) == len(topology)


WITHOUT = ("torch", "torchvision", "timm", "feat")


def blocked(folder: Path) -> Path:
    """A folder that, on the module search path, keeps torch and all that needs it from being imported."""
    folder.mkdir()
    for name in WITHOUT:
        (folder / f"{name}.py").write_text(f"raise OSError('{name}: libcublas.so.12 is not here')")
    return folder


def test_conversion_and_inference_without_torch_and_py_feat(home, prepared_network, tmp_path):
    code = "\n".join((
        "import sys",
        "from pathlib import Path",
        "import numpy as np",
        "from realtime.detect.pyfeat import find_weights, open_runtime",
        f"for name in {WITHOUT}:",
        "    try: __import__(name)",
        "    except OSError: continue",
        "    raise AssertionError(f'{name} can be imported, so that nothing is shown')",
        "runtime = open_runtime(find_weights(Path(sys.argv[1])), 'cpu', 'f32', notify=print)",
        "np.save(sys.argv[2], runtime.run(np.load(sys.argv[3])))",
    ))  # fmt: skip
    given, taken = tmp_path / "in.npy", tmp_path / "out.npy"
    np.save(given, made_up_inputs())
    around = environment() | {"MESHMIRROR_HOME": str(home)}
    around["PYTHONPATH"] = f"{blocked(tmp_path / 'path')}{os.pathsep}{around['PYTHONPATH']}"
    command = [sys.executable, "-c", code, str(prepared_network.weights.path), str(taken), str(given)]
    done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "building py-feat's network" in done.stdout and len(visible(home)) == 1
    rows = OpenVinoRuntime(prepared_network.converted).run(made_up_inputs())
    np.testing.assert_allclose(np.load(taken), rows, atol=1e-5)


def test_another_layout_asks_for_torch_and_says_how_to_install_it(home, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(blocked(tmp_path / "path"))
    weights = find_weights(header_only(tmp_path / "w.safetensors", "v2.3"))
    told: list[str] = []
    with pytest.raises(NetworkError, match=r"weights of this layout are converted by py-feat's own code.*pip install"):
        ensure_converted(weights, told.append)
    assert told == ["another layout than today's: loading torch and py-feat (10 s)"]
    assert visible(home) == []


def test_weights_without_a_tensor_are_refused_with_its_name(home, tmp_path):
    weights = find_weights(header_only(tmp_path / "w.safetensors"))
    with pytest.raises(ModelFileError, match=r"w\.safetensors: the tensor 'backbone\.stem_0\.weight' is missing"):
        ensure_converted(weights, lambda _: None)
    assert visible(home) == []
