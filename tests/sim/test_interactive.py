"""`pedal sim` in a terminal: keys pressed, the screen read, the engine's words looked at, and everything given back."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pedal.link import Link
from tests.sim.emulator import Emulator
from tests.usbsim.interface import Interface, compiled

pytestmark = pytest.mark.usefixtures("kernels")

CONFIGURATION = """
[card]
period_frames = 512
periods = 16
prefill_periods = 16

[engine]
priority = 0
cpu = -1
lock_memory = false
"""
Run = Callable[..., Emulator]


@pytest.fixture
def run(places: Path) -> Iterator[Run]:
    """Starts simulators in terminals of 80 columns and 24 lines; ends them."""
    (places / "pedal.toml").write_text(CONFIGURATION)
    started: list[Emulator] = []

    def start(*arguments: str, columns: int = 80, lines: int = 24, shell: str = "") -> Emulator:
        plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLORTERM", "LC_ALL")}
        command = [sys.executable, "-m", "pedal", "sim", "--config", str(places / "pedal.toml"), *arguments]
        command = ["bash", "-c", shell, "bash", *command] if shell else command
        environment = plain | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
        started.append(Emulator(command, columns, lines, environment))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


@pytest.fixture
def link(places: Path) -> Iterator[Link]:
    """The words between control and engine."""
    with closing(Link(places / "run" / "link")) as words:
        yield words


def test_keys_are_feet_and_hands_and_q_gives_the_terminal_back(run: Run, link: Link) -> None:
    terminal = run()
    terminal.shows("│ A │ a bypass", "● effect", "load", "recorded guitar, not heard")
    engine = int(link.get("process"))
    first = link.get("model")
    assert engine
    assert first
    terminal.type("a")
    terminal.shows("○ effect")
    terminal.until(lambda: link.get("bypass") == 1)
    terminal.type("c")
    terminal.until(lambda: link.get("model") not in (0, first))
    terminal.type("1")
    terminal.until(lambda: link.get("model") == first)
    terminal.type("\x1b[A")
    terminal.until(lambda: "(↗) level" in terminal.text)
    terminal.type("A")
    terminal.until(lambda: link.get("mute") == 1)
    terminal.type("a")
    terminal.until(lambda: link.get("mute") == 0)
    terminal.type("?")
    terminal.shows("tap a footswitch, in their order")
    terminal.type("?")
    terminal.until(lambda: "in their order" not in terminal.text)
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.restored()
    assert not Path(f"/proc/{engine}").exists()
    assert link.get("process") == 0


def test_it_fits_itself_to_the_terminal(run: Run) -> None:
    terminal = run(columns=60, lines=20)
    terminal.shows("The pedal needs 80 × 24 letters; this terminal has 60 × 20.")
    terminal.resize(80, 24)
    terminal.shows("│ A │ a bypass")
    assert "⠀" in terminal.text
    terminal.resize(150, 45)
    terminal.shows("│ A │ a bypass", "▀")
    terminal.type("q")
    assert terminal.end() == 0


def test_ctrl_z_gives_the_terminal_back_until_the_shell_goes_on(run: Run, link: Link) -> None:
    terminal = run(shell='set -m; "$@"; echo stopped; read; fg; echo over')
    terminal.shows("│ A │ a bypass", "load")
    terminal.type("\x1a")
    terminal.shows("stopped")
    assert terminal.restored()
    heard = link.get("heartbeat")
    terminal.until(lambda: link.get("heartbeat") > heard)  # the engine plays on
    terminal.type("\r")
    terminal.until(lambda: terminal.alternate)
    terminal.shows("│ A │ a bypass", "load")
    terminal.type("a")
    terminal.until(lambda: link.get("bypass") == 1)
    terminal.type("\x03")
    terminal.shows("over")
    assert terminal.end() == 0
    assert terminal.restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_leaves_nothing(run: Run, link: Link, number: signal.Signals) -> None:
    terminal = run()
    terminal.shows("│ A │ a bypass", "load")
    engine = int(link.get("process"))
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 128 + number
    assert terminal.restored()
    assert not Path(f"/proc/{engine}").exists()


def test_an_engine_that_dies_is_told_and_started_again(run: Run, link: Link) -> None:
    terminal = run()
    terminal.shows("│ A │ a bypass", "load")
    engine = int(link.get("process"))
    os.kill(engine, signal.SIGKILL)
    terminal.shows("the engine ended by SIGKILL")
    terminal.until(lambda: link.get("process") not in (0, engine))
    terminal.shows("load")
    terminal.type("q")
    assert terminal.end() == 0


def test_a_second_pedal_is_refused_in_a_line_and_touches_nothing(run: Run, places: Path) -> None:
    first = run()
    first.shows("│ A │ a bypass", "load")
    second = run("--state", str(places / "other"), "--model", "simulated-overdrive-drive")
    assert second.end() == 1
    assert "control.lock is held by another process" in second.text.replace("\n", "")
    assert second.restored()
    assert not (places / "other").exists()
    first.type("q")
    assert first.end() == 0


def test_a_log_that_cannot_be_written_and_threads_on_the_engines_core(
    run: Run, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cores = os.sched_getaffinity(0)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # whose threads would be older than anything of ours
    (places / "pedal.toml").write_text(CONFIGURATION.replace("cpu = -1", f"cpu = {max(cores)}"))
    (places / "run" / "control.sock").mkdir(parents=True)  # of which control has something to say
    (places / "run" / "sim.log").symlink_to("/dev/full")
    terminal = run()
    terminal.shows("│ A │ a bypass", "load")
    assert "`pedal set` cannot be heard" in terminal.text
    if len(cores) > 1:
        threads = [int(thread.name) for thread in Path(f"/proc/{terminal.process.pid}/task").iterdir()]
        assert len(threads) > 2
        assert [os.sched_getaffinity(thread) for thread in threads] == [cores - {max(cores)}] * len(threads)
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.restored()


def test_what_was_played_last_is_remembered(run: Run, link: Link) -> None:
    terminal = run("--model", "simulated-overdrive-drive")
    terminal.shows("│ A │ a bypass", "load")
    word = link.get("model")
    terminal.type("c")
    terminal.until(lambda: link.get("model") not in (0, word))
    other = link.get("model")
    terminal.type("q")
    assert terminal.end() == 0
    again = run()
    again.shows("│ A │ a bypass", "load")
    assert link.get("model") == other
    again.type("q")
    assert again.end() == 0


def test_it_plays_live_from_and_to_alsas_pcms(
    run: Run, link: Link, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = compiled(tmp_path_factory.mktemp("usbsim"))
    interface = Interface(plugin, tmp_path, lambda path: monkeypatch.setenv("ALSA_CONFIG_PATH", str(path)))
    interface.describe(sim={"virtual": 0})
    interface.record(np.full(4_000_000, 1 << 24, np.int32))
    terminal = run("--capture", "sim", "--playback", "sim")
    terminal.shows("from sim to sim", "load")
    terminal.type("a")
    terminal.until(lambda: link.get("bypass") == 1 and link.get("ring_frames") > 10_000)
    engine = int(link.get("process"))
    terminal.type("q")
    assert terminal.end() == 0
    assert not Path(f"/proc/{engine}").exists()
    assert 1 << 24 in interface.heard()
