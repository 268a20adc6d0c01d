"""The measuring service and whoever asks it, as real processes over real libasound; systemd alone is stood in for."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.config import places as found
from pedal.errors import PedalError
from pedal.link import engine_lock
from pedal.measure.latency import history
from pedal.measure.latency.findings import Survey
from pedal.measure.latency.request import Line, Reader, Request, asked
from pedal.measure.latency.service import main
from pedal.measure.latency.survey import Plan
from pedal.measure.latency.unit import SYSTEMCTL, UNIT, Interrupted, Unit, measured
from tests.usbsim.interface import Interface

if TYPE_CHECKING:
    from tests.conftest import WriteModel

SERVICE = [sys.executable, "-m", "pedal.measure.latency.service"]
CONFIG = """
[card]
capture = "sim"
playback = "sim"
[engine]
priority = 0
cpu = -1
lock_memory = false
"""
PLAN = Plan((64,), (2,), 2, 0.2)

pytestmark = pytest.mark.usefixtures("kernels")


@pytest.fixture
def request_file(places: Path, interface: Interface, write_model: "WriteModel") -> Request:
    """What is asked for, of an interface with a cable in it."""
    interface.describe(sim={"infile": "/nonexistent", "delay": 77, "channels": 2})
    (places / "run").mkdir()
    (places / "pedal.toml").write_text(CONFIG)
    return Request(PLAN, str(write_model("Plexi")), str(places / "pedal.toml"))


def served(run: Path) -> tuple[list[Line], "subprocess.CompletedProcess[str]"]:
    """What one run of the service reports."""
    ran = subprocess.run(SERVICE, capture_output=True, text=True)
    return Reader(run).news(), ran


def test_it_measures_reports_and_keeps(places: Path, request_file: Request) -> None:
    with asked(places / "run", request_file):
        lines, ran = served(places / "run")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [line.progress.done for line in lines if line.progress] == [0, 0, 1, 2, 3]
    survey = lines[-1].survey
    assert survey is not None
    (one,) = survey.settings
    assert one.model is not None
    assert [start.round_trip_frames for start in one.model.starts] == pytest.approx([205.0, 205.0], abs=65.0)
    assert survey.model_name == "Plexi"
    assert history.read(places / "state" / history.NAME) == ((survey,), 0)


def test_a_history_that_cannot_be_written_costs_no_survey(places: Path, request_file: Request) -> None:
    path = places / "state" / history.NAME
    path.mkdir(parents=True)
    with asked(places / "run", request_file):
        lines, _ = served(places / "run")
    assert lines[-1].survey is not None
    assert lines[-2].note == f"this is not kept in the history: [Errno 21] Is a directory: '{path}'"


def test_why_nothing_was_measured_is_reported(places: Path, interface: Interface, request_file: Request) -> None:
    interface.describe(sim={"infile": "/dev/null", "channels": 2})
    with asked(places / "run", request_file):
        lines, ran = served(places / "run")
    assert ran.returncode == 0
    assert lines[-1].refused.startswith("no cable: ")
    assert not (places / "state" / history.NAME).exists()


def test_no_two_have_the_card(places: Path, request_file: Request) -> None:
    with engine_lock(places / "run"), asked(places / "run", request_file):
        lines, _ = served(places / "run")
    assert "another engine is running" in lines[-1].refused


def test_an_installed_pedal_reads_no_configuration_from_elsewhere(places: Path, request_file: Request) -> None:
    with asked(places / "run", request_file):
        assert main(found(), installed=True) == 0
        (line,) = Reader(places / "run").news()
    assert line.refused.startswith(f"configuration {places / 'pedal.toml'} is not in {found().config.parent}; ")


def test_it_ends_when_whoever_asked_has_gone(places: Path, request_file: Request) -> None:
    with asked(places / "run", request_file):
        pass
    lines, ran = served(places / "run")
    assert (lines, ran.returncode) == ([], 0)
    assert "whoever asked for this measurement has gone" in ran.stderr


@pytest.mark.usefixtures("places")
def test_nobody_asked() -> None:
    ran = subprocess.run(SERVICE, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.startswith("pedal latency: there is no request in ")


def test_a_start_that_hangs_ends_the_service(places: Path, interface: Interface, request_file: Request) -> None:
    """By its alarm, of a second here, and not by anything that could hang as well."""
    interface.page.frozen = 1
    script = (
        "from pedal.config import places; from pedal.measure.latency import service; from pedal.measure.latency.survey "
        "import Plan; service.MARGIN_S += 1 - service._longest_s(Plan(seconds=0.2)); service.main(places(), False)"
    )
    with asked(places / "run", request_file):
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert ran.returncode == -signal.SIGALRM


class Systemd:
    """What `systemctl` does with one unit: a process is started, stopped by SIGTERM, and looked after."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.refuses = False

    def __call__(self, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        """Do as the command says; whatever is not permitted or known fails."""
        done = subprocess.CompletedProcess[str]
        if words[:2] == ["sudo", "-n"]:
            words = words[2:]
        elif words[1] != "is-active":
            return done(words, 1, "", "interactive authentication required")
        if words[0] != SYSTEMCTL or words[2:] != [UNIT] or self.refuses:
            return done(words, 1, "", "Unit not found.")
        self.asked.append(words[1])
        if words[1] == "start":
            self.process = subprocess.Popen(SERVICE)
        if words[1] == "stop" and self.process:
            self.process.terminate()
            self.process.wait()
        active = self.process is not None and self.process.poll() is None
        return done(words, 0 if active else 3, "active\n" if active else "inactive\n", "")


@pytest.fixture
def systemd() -> Iterator[Systemd]:
    """It, and nothing of it is left afterwards."""
    stand_in = Systemd()
    yield stand_in
    if stand_in.process:
        stand_in.process.kill()
        stand_in.process.wait()


Ask = Callable[..., Survey]


@pytest.fixture
def ask(places: Path, request_file: Request, systemd: Systemd) -> Ask:
    """Have it measured by the service; `wait` is for the service's end, so that nobody sleeps for nothing."""

    def call(ended: Callable[[], bool] = lambda: False, meanwhile: Callable[[], None] = lambda: None) -> Survey:
        def wait(_seconds: float) -> None:
            meanwhile()
            assert systemd.process is not None
            systemd.process.wait()

        def ignore(_what: object) -> None:
            pass

        run = places / "run"
        return measured(run, request_file, Unit(systemd), tell=ignore, note=ignore, ended=ended, wait=wait)

    return call


def test_a_survey_by_the_service(ask: Ask, systemd: Systemd) -> None:
    assert ask().model_name == "Plexi"
    assert systemd.asked == ["start"]


def test_a_refusal_by_the_service(ask: Ask, interface: Interface) -> None:
    interface.describe(sim={"infile": "/dev/null", "channels": 2})
    with pytest.raises(PedalError, match="no cable"):
        ask()


def test_an_interruption_stops_the_service(ask: Ask, systemd: Systemd) -> None:
    with pytest.raises(Interrupted, match="the engine plays again"):
        ask(ended=lambda: True)
    assert systemd.asked == ["start", "stop"]
    assert systemd.process is not None
    assert systemd.process.returncode == -signal.SIGTERM


def test_whatever_goes_wrong_here_stops_the_service(ask: Ask, systemd: Systemd) -> None:
    def fail() -> None:
        raise BrokenPipeError("nobody reads")

    with pytest.raises(BrokenPipeError):
        ask(meanwhile=fail)
    assert systemd.asked[-1] == "stop"


def test_a_service_that_is_killed_is_noticed(ask: Ask, systemd: Systemd) -> None:
    def kill() -> None:
        assert systemd.process is not None
        systemd.process.kill()

    with pytest.raises(PedalError, match=f"{UNIT} ended without a result; see `journalctl -u {UNIT}`"):
        ask(meanwhile=kill)


def test_a_unit_that_cannot_be_started_is_said(ask: Ask, systemd: Systemd) -> None:
    systemd.refuses = True
    with pytest.raises(PedalError, match=r"cannot be started: Unit not found\.; see `journalctl"):
        ask()
