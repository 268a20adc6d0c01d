"""The engine as a process of its own, started as its service starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pedal.kernel.library import Library
from pedal.link import OFF, RUNNING, Link
from tests.usbsim.interface import Interface

Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.usefixtures("kernels")

ORDINARY = "[engine]\npriority = 0\ncpu = -1\nlock_memory = false\n"
"""On the virtual clock a real-time engine would never leave the processor to anyone."""
ON_SIM = f'[card]\ncapture = "sim"\nplayback = "sim"\n{ORDINARY}'


@pytest.fixture
def start(places: Path) -> Iterator[Start]:
    """Starts engines with these arguments and a pedal.toml of this text; kills what is left of them."""
    engines: list[subprocess.Popen[str]] = []

    def started(*arguments: str, configuration: str = ORDINARY, **environment: str) -> "subprocess.Popen[str]":
        (places / "pedal.toml").write_text(configuration)
        command = [sys.executable, "-m", "pedal.engine", "--config", str(places / "pedal.toml"), *arguments]
        engines.append(
            subprocess.Popen(
                command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return engines[-1]

    yield started
    for engine in engines:
        engine.kill()
        engine.communicate()


def status_of(engine: "subprocess.Popen[str]", key: str) -> str:
    """One line of Linux's own account of the process."""
    lines = Path(f"/proc/{engine.pid}/status").read_text().splitlines()
    return next(line.split(maxsplit=1)[1] for line in lines if line.startswith(f"{key}:"))


@pytest.mark.parametrize(
    ("number", "virtual"), [(signal.SIGTERM, 1), (signal.SIGTERM, 0), (signal.SIGINT, 1), (signal.SIGHUP, 1)]
)
def test_signal_ends_it_in_silence(
    interface: Interface, start: Start, places: Path, number: signal.Signals, virtual: int
) -> None:
    interface.describe(sim={"virtual": virtual})
    interface.record(np.full(2_000_000, 1 << 20, np.int32))
    with closing(Link(places / "run" / "link")) as link:
        engine = start(configuration=ON_SIM)
        while link.get("ring_frames") < 2_000:
            assert engine.poll() is None
            os.sched_yield()
        assert link.get("process") == engine.pid
        assert link.get("state") == RUNNING
        assert status_of(engine, "Threads") == "1"
        assert int(status_of(engine, "VmRSS").split()[0]) < 40 * 1024
        engine.send_signal(number)
        _, said = engine.communicate()
        assert said == "pedal engine: card sim: 44100 Hz, S32_LE, 64 frames a period, 128 frames of latency\n"
        assert engine.returncode == 0
        assert link.get("state") == OFF
        assert link.get("process") == 0
    heard = interface.heard()
    assert np.max(heard) > 0
    if virtual:  # on a real clock a busy machine may miss a period of the fade
        assert not np.any(heard[-64:])


def test_nobody_stops_the_sound_by_not_reading_the_log(interface: Interface, places: Path) -> None:
    """Not a pipe that is full, nor one whose reader has gone, nor a full disk."""
    interface.record(np.zeros(2_000_000, np.int32))
    (places / "pedal.toml").write_text(ON_SIM)
    read_end, full = os.pipe()
    os.set_blocking(full, False)
    while True:
        try:
            os.write(full, bytes(4096))
        except BlockingIOError:
            break
    os.set_blocking(full, True)
    closed, orphan = os.pipe()
    os.close(closed)
    disk = os.open("/dev/full", os.O_WRONLY)
    command = [sys.executable, "-m", "pedal.engine", "--config", str(places / "pedal.toml")]
    with closing(Link(places / "run" / "link")) as link:
        for log in (full, orphan, disk):
            link.set("model", 0xBAD + log)  # one more thing to complain about
            with subprocess.Popen(command, stderr=log) as engine:
                while link.get("process") != engine.pid or not link.get("refused") or link.get("ring_frames") < 2_000:
                    assert engine.poll() is None
                    os.sched_yield()
                engine.terminate()
            assert engine.returncode == 0
            os.close(log)
    os.close(read_end)


def test_it_waits_for_a_card_and_says_so_once(start: Start) -> None:
    engine = start(configuration=f'[card]\nname = "Nowhere"\n{ORDINARY}')
    assert engine.stderr is not None
    assert engine.stderr.readline().startswith("pedal engine: waiting: the card Nowhere is not attached; found")
    engine.terminate()
    assert engine.communicate() == ("", "")
    assert engine.returncode == 0


def test_only_one_engine_a_link(start: Start) -> None:
    first = start(configuration=f'[card]\nname = "Nowhere"\n{ORDINARY}')
    assert first.stderr is not None
    assert "waiting" in first.stderr.readline()
    second = start(configuration=ON_SIM)
    _, said = second.communicate()
    assert second.returncode == 1
    assert "engine.lock is held by another process; another engine is running" in said
    assert first.poll() is None


def test_service_without_kernels_asks_for_them(start: Start, places: Path) -> None:
    engine = start(PEDAL_KERNELS=str(places / "none"), INVOCATION_ID="1")
    _, said = engine.communicate()
    assert engine.returncode == 78
    assert said.startswith(f"pedal engine: the kernel library {places / 'none'}")
    assert said.count("\n") == 1


def test_library_of_another_layout_is_refused(start: Start, places: Path, kernels: Library) -> None:
    broken = places / "kernels" / kernels.path.name
    broken.parent.mkdir()
    broken.write_bytes(b"not a library")
    engine = start(PEDAL_KERNELS=str(broken.parent))
    _, said = engine.communicate()
    assert engine.returncode == 1
    assert said.startswith(f"pedal engine: kernel library {broken} cannot be loaded")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ("[card]\nrate_hz = 1\n", "card.rate_hz is 1, expected a whole number"),
        ("[", "cannot be read"),
    ],
)
def test_configuration_at_fault(start: Start, configuration: str, message: str) -> None:
    engine = start(configuration=configuration)
    _, said = engine.communicate()
    assert engine.returncode == 1
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--verbose"],
        ["--verbose", "yes"],
        ["--sim-capture", "in.raw"],
        ["--sim-capture", "in.raw", "--sim-playback", "out.raw", "--sim-channels", "two"],
    ],
)
def test_usage(start: Start, arguments: list[str]) -> None:
    engine = start(*arguments)
    _, said = engine.communicate()
    assert engine.returncode == 2
    assert said.startswith("usage: python -m pedal.engine")


def test_a_simulated_card_has_the_channels_that_are_asked_of_it(start: Start, places: Path) -> None:
    (places / "capture").write_bytes(bytes(800_000))
    recordings = ("--sim-capture", str(places / "capture"), "--sim-playback", str(places / "playback"))
    for setting in ("input_channel = 3", "outputs = [1, 3]"):
        engine = start(*recordings, configuration=f"[card]\n{setting}\n")
        _, said = engine.communicate()
        assert said == "pedal engine: simulated card has 2 channels; expected at least 3, as pedal.toml asks\n"
        assert engine.returncode == 1


def test_missing_recording(start: Start, places: Path) -> None:
    engine = start("--sim-capture", str(places / "missing.raw"), "--sim-playback", str(places / "out.raw"))
    _, said = engine.communicate()
    assert engine.returncode == 1
    assert "missing.raw" in said
    assert said.count("\n") == 1
