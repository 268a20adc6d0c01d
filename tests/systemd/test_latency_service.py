"""The engine comes back whatever the measuring service ends by: the real unit's dependencies under a real systemd.

The engine is a stand-in that says so when it is started and, where there is a fifo to hold it, when it stops. What a
service of the system's has beside (its user, its confinement) is no part of it.
"""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.measure.latency import history
from pedal.measure.latency.request import REPORT
from pedal.measure.latency.unit import UNIT
from tests.engine.conftest import interface, plugin
from tests.systemd.manager import PATIENCE_S, Manager, managed
from tests.usbsim.interface import Interface

if TYPE_CHECKING:
    from tests.conftest import WriteModel

__all__ = ("interface", "plugin")

pytestmark = pytest.mark.usefixtures("kernels")

UNITS = Path(__file__).parents[2] / "systemd" / "units"
ENGINE = "pedal-engine.service"
STAND_IN = """
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh -c 'echo engine >{said}; exec sleep 1000'
ExecStop=/bin/sh -c '[ ! -p {held} ] || {{ echo stops >{said}; read -r line <{held}; }}'
Restart=always
RestartSec=100ms
"""
HELD = "held"
"""The fifo, beside the other folders."""
KEPT = ("Type=", "ExecStart=", "Environment=", "Restart=", "TimeoutStopSec=")
"""Of the unit's second part."""
CONFIG = """
[card]
capture = "sim"
playback = "sim"
[engine]
priority = 0
cpu = -1
lock_memory = false
"""
CLIENT = """
import sys
from pathlib import Path
from pedal.cli import latency
from pedal.cli.main import _parser
from pedal.measure.latency import unit
from pedal.model.loaded import load
unit.SYSTEMCTL = sys.argv[1]
survey = latency._by_service(_parser().parse_args(["latency", *sys.argv[3:]]), load(Path(sys.argv[2])))
print(survey.model_name)
"""
OPTIONS = ["--periods", "64", "--counts", "2", "--restarts", "2", "--seconds", "0.2"]


class Pedal:
    """An engine that plays, and whoever measures."""

    def __init__(self, manager: Manager, said: int, run: Path, command: list[str]) -> None:
        self.manager, self.run, self.command = manager, run, command
        self.environment = {**os.environ, "PATH": f"{manager.bin}:{os.environ['PATH']}"}
        self._said = said

    def engine_says(self, word: bytes) -> bool:
        """Wait until it does."""
        return bool(select.select([self._said], [], [], PATIENCE_S)[0]) and os.read(self._said, 100) == word + b"\n"

    def engine_starts(self) -> bool:
        """Wait until it does."""
        return self.engine_says(b"engine")

    def active(self, unit: str) -> bool:
        """Whether it is."""
        return self.manager("is-active", unit) == "active"

    def measuring(self) -> bool:
        """Wait until the service has reported something; whether it then is at work and the engine is not."""
        report, end = self.run / REPORT, time.monotonic() + PATIENCE_S
        while not (report.exists() and report.stat().st_size) and time.monotonic() < end:
            select.select([], [], [], 0.05)
        return self.active(UNIT) and not self.active(ENGINE)


def own_unit() -> str:
    """The real unit, but for what only the system's manager can do."""
    first, second = (UNITS / UNIT).read_text().split("[Service]\n")
    kept = [line for line in second.splitlines() if line.startswith(KEPT)]
    assert len(kept) == len(KEPT)
    return "\n".join((first, "[Service]", *kept)).replace("/opt/pedal/current/bin/python", sys.executable)


@pytest.fixture
def pedal(places: Path, interface: Interface, write_model: "WriteModel") -> Iterator[Pedal]:
    """The engine plays; the card stands still, so that a measurement lasts until the test lets it go on."""
    interface.describe(sim={"infile": "/nonexistent", "delay": 77, "channels": 2})
    (places / "run").mkdir()
    (places / "pedal.toml").write_text(CONFIG)
    fifo = places / "said"
    os.mkfifo(fifo)
    said = os.open(fifo, os.O_RDWR)  # its other end too, so that there always is one
    with managed({UNIT: own_unit(), ENGINE: STAND_IN.format(said=fifo, held=places / HELD)}, os.environ) as manager:
        manager("start", ENGINE)
        model = str(write_model("Plexi"))
        config = ["--config", str(places / "pedal.toml")]
        command = [sys.executable, "-c", CLIENT, str(manager.systemctl), model, *OPTIONS, *config]
        found = Pedal(manager, said, places / "run", command)
        assert found.engine_starts()
        yield found
    os.close(said)


def test_when_it_is_done(pedal: Pedal, places: Path) -> None:
    ran = subprocess.run(pedal.command, capture_output=True, text=True, env=pedal.environment)
    assert (ran.stdout, ran.returncode) == ("Plexi\n", 0), ran.stderr
    assert pedal.engine_starts()
    assert pedal.active(ENGINE)
    assert len(history.read(places / "state" / history.NAME).surveys) == 1


def started(pedal: Pedal) -> "subprocess.Popen[bytes]":
    """Somebody who measures, in a session of their own."""
    pipe = subprocess.PIPE
    return subprocess.Popen(pedal.command, stdout=pipe, stderr=pipe, env=pedal.environment, start_new_session=True)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGALRM", "SIGTERM"])
def test_when_the_service_is_killed(pedal: Pedal, interface: Interface, name: str) -> None:
    interface.page.frozen = 1
    with started(pedal) as client:
        assert pedal.measuring()
        pedal.manager("kill", "--signal", name, UNIT)
        assert b"ended without a result" in client.communicate(timeout=PATIENCE_S)[1]
    assert pedal.engine_starts()
    assert pedal.active(ENGINE)
    assert not pedal.active(UNIT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_when_whoever_measures_ends_it(pedal: Pedal, interface: Interface, number: signal.Signals) -> None:
    interface.page.frozen = 1
    with started(pedal) as client:
        assert pedal.measuring()
        client.send_signal(number)
        assert b"ended before everything was measured" in client.communicate(timeout=PATIENCE_S)[1]
    assert pedal.engine_starts()
    assert pedal.active(ENGINE)
    assert not pedal.active(UNIT)


def test_when_ctrl_c_comes_while_the_engine_stops(pedal: Pedal, places: Path, interface: Interface) -> None:
    """A terminal sends it to whoever measures and to all whom they have started."""
    interface.page.frozen = 1
    os.mkfifo(places / HELD)
    with started(pedal) as client:
        assert pedal.engine_says(b"stops")
        os.killpg(client.pid, signal.SIGINT)
        held = os.open(places / HELD, os.O_RDWR)  # which waits for no reader
        os.write(held, b"\n")
        assert b"ended before everything was measured" in client.communicate(timeout=PATIENCE_S)[1]
    assert pedal.engine_starts()
    assert pedal.active(ENGINE)
    (places / HELD).unlink()
    os.close(held)


def test_when_whoever_measures_is_killed(pedal: Pedal, interface: Interface) -> None:
    """Nobody is left to stop the service: it sees so before its next start of the streams."""
    interface.page.frozen = 1
    with started(pedal) as client:
        assert pedal.measuring()
        client.kill()
    interface.page.frozen = 0
    assert pedal.engine_starts()
    assert pedal.active(ENGINE)


@pytest.mark.parametrize("terminal", [True, False])
def test_when_the_connection_is_cut(pedal: Pedal, interface: Interface, terminal: bool) -> None:
    """What sshd does then: it closes the terminal, which hangs up; or the pipes, which nobody reads any more."""
    interface.page.frozen = 1
    ours, theirs = pty.openpty() if terminal else os.pipe()
    client = subprocess.Popen(
        ["setsid", "--ctty", *pedal.command] if terminal else pedal.command,
        stdin=theirs if terminal else subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=pedal.environment,
    )  # fmt: skip
    with client:
        os.close(theirs)
        assert pedal.measuring()
        os.close(ours)
        client.wait(PATIENCE_S)
    assert pedal.engine_starts()
    assert pedal.active(ENGINE)
    assert not pedal.active(UNIT)
