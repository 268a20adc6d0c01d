"""The simulated pedal: how latency is found in what came out, and an engine that dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pedal.errors import PedalError
from pedal.kernel.library import Library
from pedal.link import Link
from pedal.model.loaded import load
from pedal.sim import LONGEST_DELAY_FRAMES, RATE_HZ, delay, simulate

if TYPE_CHECKING:
    from tests.conftest import WriteModel

RNG = np.random.default_rng(5)
GUITAR = RNG.integers(-(2**31), 2**31, RATE_HZ, dtype=np.int64).astype(np.int32)


@pytest.mark.parametrize("frames", [0, 1, 128, LONGEST_DELAY_FRAMES - 1])
def test_the_delay_is_found(frames: int) -> None:
    heard = np.concatenate([np.zeros(frames, np.int32), GUITAR, np.zeros(100, np.int32)])
    assert delay(GUITAR, heard) == frames


def test_a_fade_in_and_an_xrun_are_passed_over() -> None:
    heard = np.concatenate([np.zeros(128, np.int32), GUITAR])
    heard[:600] //= 2
    heard[5_000:9_000] = 0
    assert delay(GUITAR, heard) == 128


def test_silence_has_no_delay() -> None:
    silence = np.zeros(RATE_HZ, np.int32)
    assert delay(silence, silence) is None


def test_one_bit_changed_everywhere_is_not_bypass() -> None:
    assert delay(GUITAR, np.concatenate([np.zeros(128, np.int32), GUITAR ^ 1])) is None


def test_a_full_temporary_folder_is_said_to_be_full(tmp_path: Path) -> None:
    # In a child that may write no more than a block, and comes no further than the guitar.
    script = (
        "import resource, signal, numpy; from pedal.sim import simulate; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
        "simulate(numpy.zeros(44100, numpy.float32), None, 0, None, 0.5, None)"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert said.stderr.splitlines()[-1].endswith("cannot be written to: File too large")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_engine_and_leaves_nothing(
    kernels: Library, write_model: "WriteModel", number: signal.Signals
) -> None:
    model = load(write_model("m"))
    seen: list[tuple[Path, int]] = []

    def end(link: Link, _seconds: float) -> None:
        seen.append((link.path.parent.parent, int(link.get("process"))))
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended:
        simulate(np.zeros(60 * RATE_HZ, np.float32), model.model, model.word, kernels, 0.5, end)
    folder, process = seen[0]
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) == before
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_an_engine_that_dies_is_an_error(kernels: Library, write_model: "WriteModel") -> None:
    model = load(write_model("m"))

    def kill(link: Link, _seconds: float) -> None:
        os.kill(int(link.get("process")), signal.SIGKILL)

    with pytest.raises(PedalError, match="the engine died with status -9"):
        simulate(np.zeros(RATE_HZ, np.float32), model.model, model.word, kernels, 0.5, kill)
