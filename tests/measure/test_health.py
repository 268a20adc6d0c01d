"""Engines as their links show them, on a clock that only the looks move."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pedal.link import OFF, RUNNING, STARTING, WAITING, Link
from pedal.measure.health import Patience, fault

PATIENCE = Patience(steady_s=10.0, within_s=60.0, confirm_s=30.0)


class Device:
    """A link, and what happens to it in each of the moments between two looks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.process = os.getpid()

    def plays(self, state: int = RUNNING, beats: int = 40, frames: int = 8_000) -> None:
        """An engine is in that state, and its words move so far."""
        with closing(Link(self.path)) as link:
            link.set("process", self.process)
            link.set("state", state)
            link.set("heartbeat", link.get("heartbeat") + beats)
            link.set("ring_frames", link.get("ring_frames") + frames)

    def ended(self) -> None:
        """It says that it has ended."""
        with closing(Link(self.path)) as link:
            link.set("process", 0)
            link.set("state", OFF)

    def examined(self, happens: Callable[[], None], patience: Patience = PATIENCE) -> str:
        """What is found."""

        def sleep(seconds: float) -> None:
            self.now += seconds
            happens()

        return fault(lambda: Link(self.path, look=True), patience, lambda: self.now, sleep)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """One whose engine has not begun yet."""
    return Device(tmp_path / "link")


@pytest.fixture
def other() -> Iterator[int]:
    """The number of a process that runs, and is not this one."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process.pid
        process.kill()


def test_an_engine_that_plays_is_confirmed_after_half_a_minute(device: Device) -> None:
    assert device.examined(device.plays) == ""
    assert 30.0 <= device.now < 30.5


def test_so_is_one_that_waits_for_a_card(device: Device) -> None:
    assert device.examined(lambda: device.plays(state=WAITING, beats=1, frames=0)) == ""
    assert 30.0 <= device.now < 30.5


def test_one_that_began_late_has_to_be_steady_first(device: Device) -> None:
    assert device.examined(lambda: device.plays() if device.now > 45.0 else None) == ""
    assert 55.0 <= device.now < 55.6


def test_one_that_never_begins_is_not_waited_for_longer(device: Device) -> None:
    said = device.examined(lambda: None)
    assert said.startswith("the engine was not well for 10 s in a row within 60 s: link ")
    assert said.endswith("cannot be opened: No such file or directory")
    assert 60.0 <= device.now < 60.5


@pytest.mark.parametrize(
    ("state", "beats", "frames", "why"),
    [
        (RUNNING, 0, 0, "the engine's heartbeat stands still"),
        (WAITING, 0, 0, "the engine's heartbeat stands still"),
        (RUNNING, 40, 0, "the engine runs and no frames come"),
        (STARTING, 1, 0, "the engine is still starting"),
    ],
)
def test_one_that_is_there_and_does_not_play(device: Device, state: int, beats: int, frames: int, why: str) -> None:
    said = device.examined(lambda: device.plays(state=state, beats=beats, frames=frames))
    assert said == f"the engine was not well for 10 s in a row within 60 s: {why}"


def test_one_that_stops_playing_is_not_well_for_having_played(device: Device) -> None:
    said = device.examined(lambda: device.plays() if device.now < 28.0 else device.plays(beats=0, frames=0))
    assert said.endswith("the engine's heartbeat stands still")


def test_one_that_ends_again_and_again_is_not_well_between(device: Device, other: int) -> None:
    """Every nine seconds another process plays; it is not seen to be off."""
    processes = (os.getpid(), other)

    def happens() -> None:
        device.process = processes[int(device.now / 9.0) % 2]
        device.plays()

    said = device.examined(happens)
    assert said == ("the engine was not well for 10 s in a row within 60 s: its present process has been for 6 s")


def test_one_that_ends_is_said_to_be_off(device: Device) -> None:
    assert device.examined(lambda: device.plays() if device.now < 5.0 else device.ended()).endswith("does not run")


def test_the_link_of_an_engine_of_another_version_is_the_one_that_is_looked_at(device: Device) -> None:
    """For ten seconds there is only a file of another layout, then the engine has replaced it."""
    device.path.write_bytes(b"pedalink" + bytes(69_000))
    assert device.examined(lambda: device.plays() if device.now > 10.0 else None) == ""
    assert 30.0 <= device.now < 30.5


def test_as_a_command(places: Path) -> None:
    command = [sys.executable, "-m", "pedal.measure.health", "--steady", "0.3", "--within", "0.5", "--confirm", "0.1"]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stderr.startswith("pedal: the engine was not well for 0.3 s in a row within")
    assert said.stderr.count("\n") == 1
    assert not (places / "run").exists()
    with closing(Link(places / "run" / "link")) as link:
        link.set("process", os.getpid())
        link.set("state", WAITING)
        looking = subprocess.Popen([*command, "--within", "60"])
        with looking:
            while looking.poll() is None:
                link.set("heartbeat", link.get("heartbeat") + 1)
                with suppress(subprocess.TimeoutExpired):
                    looking.wait(0.02)
        assert looking.returncode == 0
