"""The engine as a process of its own, started as its service starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pedal.kernel.chain import RAMP_FRAMES
from pedal.kernel.library import Library
from pedal.kernel.pack import store
from pedal.link import OFF, RUNNING, WORDS, Link
from pedal.measure.bench import random_model
from pedal.model import reference as oracle
from tests.usbsim.interface import Interface

Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.usefixtures("kernels")

ORDINARY = "[engine]\npriority = 0\ncpu = -1\nlock_memory = false\n"
"""On the virtual clock a real-time engine would never leave the processor to anyone."""
ON_SIM = f'[card]\ncapture = "sim"\nplayback = "sim"\n{ORDINARY}'


@pytest.fixture
def start(places: Path) -> Iterator[Start]:
    """Starts engines with these arguments and a pedal.toml of this text; kills what is left of them.

    The file is named to the engine; where `found`, it is the player's own, which it has to find.
    """
    engines: list[subprocess.Popen[str]] = []

    def started(
        *arguments: str, configuration: str = ORDINARY, found: bool = False, **environment: str
    ) -> "subprocess.Popen[str]":
        file = places / "config" / "pedal" / "pedal.toml" if found else places / "pedal.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(configuration)
        command = [sys.executable, "-m", "pedal.engine", *(() if found else ("--config", str(file))), *arguments]
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


def test_its_service_hears_that_it_is_ready_and_alive_and_stopping(start: Start, places: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(places / "notify"))
        manager.settimeout(20.0)
        engine = start(configuration=f'[card]\nname = "Nowhere"\n{ORDINARY}', NOTIFY_SOCKET=str(places / "notify"))
        assert [manager.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        engine.terminate()
        while (last := manager.recv(100)) == b"WATCHDOG=1":
            pass
        assert last == b"STOPPING=1"


def test_its_service_hears_that_opening_a_card_may_take_longer(start: Start, places: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(places / "notify"))
        manager.settimeout(20.0)
        absent = f'[card]\nname = "Nowhere"\n{ORDINARY}'
        start(configuration=absent, NOTIFY_SOCKET=str(places / "notify"), WATCHDOG_USEC="2000000")
        heard = [manager.recv(100) for _ in range(5)]
        assert heard == [b"READY=1", *(b"WATCHDOG_USEC=15000000", b"WATCHDOG_USEC=2000000") * 2]


def until_played(start: Start, places: Path, frames: int, *arguments: str) -> tuple[str, dict[str, float]]:
    """Start an engine on the interface and end it when it has played so much; gives its log and its words before."""
    engine = start(*arguments, configuration=ON_SIM)
    file = places / "run" / "link"
    while not file.exists():  # the engine makes it, not this test
        assert engine.poll() is None
        os.sched_yield()
    with closing(Link(file)) as link:
        while link.get("ring_frames") < frames:
            assert engine.poll() is None
            os.sched_yield()
        words = {word.name: link.get(word.name) for word in WORDS}
    engine.terminate()
    return engine.communicate()[1], words


def test_without_control_it_plays_what_was_saved_from_the_first_sample(
    interface: Interface, start: Start, places: Path, kernels: Library
) -> None:
    tone = 0.25 * np.sin(2 * np.pi * 220 * np.arange(2_000_000) / 44_100)
    interface.record(np.rint(tone * 2**31).astype(np.int32))
    model = random_model("lstm", 8, inputs=3)
    store(model, 0xFEED, places / "state", kernels)
    saved = {"model": "000000000000feed", "input_gain_db": 6.0, "level_db": -6.0, "knob_1": 0.25, "knob_2": 0.75}
    (places / "state" / "words.json").write_text(json.dumps({"version": 1, "words": saved}))
    said, words = until_played(start, places, 4_000)
    assert said.count("\n") == 1  # the card's line
    assert (words["playing"], words["refused"]) == (0xFEED, 0)
    heard = interface.heard()[128:4_000] / 2**31
    wet, _ = oracle.run(model, 10**0.3 * tone[: len(heard)], (0.25, 0.75))
    expected = 10**-0.3 * wet * np.minimum(np.arange(1, len(heard) + 1) / RAMP_FRAMES, 1.0)
    assert np.max(np.abs(heard - expected)) < 1e-6
    assert np.max(np.abs(expected - tone[: len(heard)])) > 0.05


@pytest.mark.parametrize(
    ("saved", "why"),
    [
        ('{"version": 1, "words": {"model": "000000000000feed", "bypass": 0}}', "000000000000feed cannot be mapped"),
        ("{", "words.json cannot be read"),
    ],
)
def test_without_the_model_or_the_words_it_plays_the_guitar_and_says_why(
    interface: Interface, start: Start, places: Path, saved: str, why: str
) -> None:
    interface.record(np.full(2_000_000, 1 << 20, np.int32))
    (places / "state").mkdir()
    (places / "state" / "words.json").write_text(saved)
    said, words = until_played(start, places, 4_000)
    assert why in said.splitlines()[0]
    assert words["playing"] == 0
    assert set(interface.heard()[128 + RAMP_FRAMES : 4_000]) == {1 << 20}


def test_pcms_may_be_named_on_the_command_line(interface: Interface, start: Start) -> None:
    interface.record(np.zeros(100_000, np.int32))
    engine = start("--capture", "sim", "--playback", "sim", configuration=f'[card]\nname = "Nowhere"\n{ORDINARY}')
    assert engine.stderr is not None
    assert engine.stderr.readline().startswith("pedal engine: card sim: 44100 Hz")


def test_a_simulated_recording_may_begin_again_at_its_end(start: Start, places: Path) -> None:
    (places / "capture").write_bytes(bytes(8 * 100))
    start("--sim-capture", str(places / "capture"), "--sim-playback", "/dev/null", "--sim-loop", "1")
    with closing(Link(places / "run" / "link")) as link:
        while link.get("ring_frames") < 2_000:
            os.sched_yield()


def test_a_fault_in_the_players_own_configuration_is_said_and_played_over(
    interface: Interface, start: Start, places: Path
) -> None:
    interface.record(np.zeros(100_000, np.int32))
    for faulty, said in (
        (f"{ON_SIM}[card.x]\n", "expected"),
        (ON_SIM.replace("[card]", "[card]\nrate_hz = 1\nrete_hz = 44100"), "card.rate_hz is 1, expected"),
        (ON_SIM.replace("[card]", "[card]\nprefill_periods = 9"), "card.prefill_periods is 9, expected at most"),
        ("[", "cannot be read"),
    ):
        engine = start("--capture", "sim", "--playback", "sim", configuration=faulty, found=True)
        assert engine.stderr is not None
        lines = [engine.stderr.readline()]
        while "card sim" not in lines[-1]:
            assert lines[-1], lines
            lines.append(engine.stderr.readline())
        assert lines[0].startswith(f"pedal engine: configuration {places / 'config' / 'pedal' / 'pedal.toml'}")
        assert said in "".join(lines[:-1])
        engine.kill()
        engine.wait()


def test_a_configuration_that_cannot_be_looked_for_is_said_and_played_over(start: Start, places: Path) -> None:
    """A name that no file system takes, as root may read everything else."""
    (places / "capture").write_bytes(bytes(8 * 100))
    recordings = ["--sim-capture", str(places / "capture"), "--sim-playback", "/dev/null"]
    engine = start(*recordings, found=True, XDG_CONFIG_HOME=f"/{'x' * 300}")
    _, said = engine.communicate()
    assert engine.returncode == 0
    assert said.splitlines()[0].endswith("pedal.toml cannot be read: File name too long")


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
    assert said.startswith(f"pedal engine: kernel library {places / 'none'}")
    assert said.count("\n") == 1


def test_library_of_another_layout_is_refused(start: Start, places: Path, kernels: Library) -> None:
    broken = places / "kernels" / kernels.path.name
    broken.parent.mkdir()
    broken.write_bytes(b"not a library")
    for service, status in (({}, 1), ({"INVOCATION_ID": "1"}, 78)):  # the service has them built again
        engine = start(PEDAL_KERNELS=str(broken.parent), **service)
        _, said = engine.communicate()
        assert engine.returncode == status
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
        ["--capture", "sim"],
        ["--capture", "sim", "--playback", "sim", "--sim-capture", "in.raw", "--sim-playback", "out.raw"],
        ["--sim-capture", "in.raw", "--sim-playback", "out.raw", "--sim-loop", "yes"],
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
