"""The engine as the simulator's child: its card, its end and its beginning again."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pedal import config
from pedal.config import CardConfig, Config, EngineConfig, Places
from pedal.errors import PedalError
from pedal.link import RUNNING, Link
from pedal.sim.engine import Engine, heard_on, integers, recorded

pytestmark = pytest.mark.usefixtures("kernels")

ORDINARY = Config(
    card=CardConfig(period_frames=512, periods=16, prefill_periods=16),
    engine=EngineConfig(priority=0, cpu=-1, lock_memory=False),
)
"""With buffers so long that a busy machine is not late."""
LATENCY = 512 * 16
ABSENT = os.strerror(errno.ENOENT)
GUITAR = np.arange(1, 4_411, dtype=np.int32) << 12


@pytest.fixture
def where(places: Path) -> Places:
    """Folders of one's own; the run folder is there."""
    (places / "run").mkdir()
    return config.places()


@pytest.fixture
def engine(where: Places) -> Iterator[Engine]:
    """An engine on a card that captures GUITAR again and again."""
    options = recorded(where.run, GUITAR, ORDINARY.card, where.run / "playback.raw")
    child = Engine(where, ORDINARY, where.run, options, where.run / "log")
    yield child
    child.close()


def played_by(link: Link, frames: int, after: int = 0) -> int:
    """The number of the process that has played so many frames; not the one before."""
    while link.get("process") in (0, after) or link.get("ring_frames") < frames:
        os.sched_yield()
    return int(link.get("process"))


def test_samples_become_the_cards_numbers() -> None:
    assert integers(np.array([0.0, 0.5, -1.0, 1.0, 2.0], np.float32)).tolist() == [
        0, 2**30, -(2**31), 2**31 - 1, 2**31 - 1,
    ]  # fmt: skip


def test_the_guitar_comes_in_by_its_channel_only(tmp_path: Path) -> None:
    card = CardConfig(input_channel=3, outputs=(2,))
    options = recorded(tmp_path, GUITAR, card, tmp_path / "out")
    captured = np.fromfile(tmp_path / "capture.raw", np.int32).reshape(-1, 3)
    assert not np.any(captured[:, :2])
    assert np.array_equal(captured[:, 2], GUITAR)
    assert options[options.index("--sim-channels") + 1] == "3"
    np.array([[1, 2, 3], [4, 5, 6]], np.int32).tofile(tmp_path / "out")
    with open(tmp_path / "out", "ab") as file:
        file.write(b"half a frame"[:6])
    assert heard_on(tmp_path / "out", card).tolist() == [2, 5]


def test_a_full_folder_is_said_to_be_full(tmp_path: Path) -> None:
    with pytest.raises(PedalError, match=f"temporary folder {tmp_path / 'none'} cannot be written to: No such file"):
        recorded(tmp_path / "none", GUITAR, CardConfig(), tmp_path / "out")


def test_the_guitar_is_played_again_and_again(engine: Engine, where: Places) -> None:
    assert engine.died() == ""
    engine.start()
    with closing(Link(where.link)) as link:
        played_by(link, 4 * len(GUITAR))
        assert link.get("state") == RUNNING
        assert engine.died() == ""
        engine.close()
        assert link.get("process") == 0
    delayed = heard_on(where.run / "playback.raw", ORDINARY.card)[LATENCY : LATENCY + 3 * len(GUITAR)]
    assert len(delayed) >= 2 * len(GUITAR)
    assert np.array_equal(delayed[500:], np.tile(GUITAR, 3)[500 : len(delayed)])  # 441 frames are faded in


def test_one_that_was_killed_says_so_and_can_be_started_again(engine: Engine, where: Places) -> None:
    engine.start()
    with closing(Link(where.link)) as link:
        first = played_by(link, 1_000)
        os.kill(first, signal.SIGKILL)
        while not (died := engine.died()):
            os.sched_yield()
        assert died.startswith("the engine ended by SIGKILL: pedal engine: ")
        engine.start()
        assert played_by(link, 1_000, after=first) != first
        assert engine.died() == ""


def test_how_one_ended_is_looked_at_once_and_a_log_that_is_gone_is_no_trouble(engine: Engine, where: Places) -> None:
    engine.start()
    with closing(Link(where.link)) as link:
        os.kill(played_by(link, 1_000), signal.SIGRTMIN + 1)  # which has no name
    (where.run / "log").unlink()
    while not (died := engine.died()):
        os.sched_yield()
    number = int(signal.SIGRTMIN) + 1
    assert died == f"the engine ended by signal {number}: its log {where.run / 'log'} cannot be read: {ABSENT}"
    (where.run / "log").write_text("too late\n")
    assert engine.died() == died


def test_only_the_end_of_a_long_log_is_read(where: Places) -> None:
    log = where.run / "log"
    with open(log, "wb") as file:
        file.truncate(2**40)  # a terabyte of nothing
    child = Engine(where, ORDINARY, where.run, ["--sim-capture", "none", "--sim-playback", "none"], log)
    child.start()
    while not (died := child.died()):
        os.sched_yield()
    assert died.startswith("the engine ended with status 1: ")


def test_one_that_cannot_be_started_says_why_and_may_be_later(where: Places) -> None:
    log = where.run / "none" / "log"
    child = Engine(where, ORDINARY, where.run, ["--sim-capture", "none", "--sim-playback", "none"], log)
    child.start()
    assert child.died() == f"the engine cannot be started: {ABSENT}"
    child.close()
    log.parent.mkdir()
    child.start()
    while not (died := child.died()):
        os.sched_yield()
    assert died.startswith("the engine ended with status 1: pedal engine: ")


def test_one_that_cannot_begin_says_why(where: Places) -> None:
    child = Engine(where, ORDINARY, where.run, ["--sim-capture", "none", "--sim-playback", "none"], where.run / "log")
    child.start()
    while not (died := child.died()):
        os.sched_yield()
    assert died.startswith("the engine ended with status 1: pedal engine: ")
    assert "none" in died
    child.close()


@pytest.mark.usefixtures("where")
def test_it_ends_with_the_simulator_however_that_ends() -> None:
    script = (
        "import os, pathlib, signal, time; from contextlib import closing; import numpy as np; "
        "from pedal import config; from pedal.link import Link; from pedal.sim.engine import Engine, recorded\n"
        "where = config.places(); run = where.run\n"
        "options = recorded(run, np.ones(44100, np.int32), config.CardConfig(), pathlib.Path('/dev/null'))\n"
        "Engine(where, config.Config(engine=config.EngineConfig(0, -1, False)), run, options, run / 'log').start()\n"
        "with closing(Link(where.link)) as link:\n"
        "    while not link.get('ring_frames'): time.sleep(0.001)\n"
        "    print(int(link.get('process')), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    while Path(f"/proc/{int(ran.stdout)}").exists():
        os.sched_yield()


def test_a_child_whose_simulator_has_gone_already_does_not_begin(where: Places) -> None:
    nobody = subprocess.Popen(["true"])
    nobody.wait()
    ran = subprocess.run([sys.executable, "-m", "pedal.sim.child", str(nobody.pid)], capture_output=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    assert not where.link.exists()
