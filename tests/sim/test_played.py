"""How latency is found in what came out, and what is seen of an engine while it plays."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pedal.link import RUNNING, STARTING, Link
from pedal.sim.played import Looks, delay

RATE_HZ = 44_100
LONGEST = RATE_HZ // 2
RNG = np.random.default_rng(5)
GUITAR = RNG.integers(-(2**31), 2**31, RATE_HZ, dtype=np.int64).astype(np.int32)


@pytest.mark.parametrize("frames", [0, 1, 128, LONGEST - 1])
def test_the_delay_is_found(frames: int) -> None:
    heard = np.concatenate([np.zeros(frames, np.int32), GUITAR, np.zeros(100, np.int32)])
    assert delay(GUITAR, heard, LONGEST) == frames


def test_a_fade_in_and_an_xrun_are_passed_over() -> None:
    heard = np.concatenate([np.zeros(128, np.int32), GUITAR])
    heard[:600] //= 2
    heard[5_000:9_000] = 0
    assert delay(GUITAR, heard, LONGEST) == 128


def test_a_bypassed_passage_is_found_wherever_it_is() -> None:
    heard = np.concatenate([np.zeros(128, np.int32), GUITAR])
    heard[:30_000] ^= 1
    assert delay(GUITAR, heard, LONGEST) == 128


def test_silence_has_no_delay() -> None:
    silence = np.zeros(RATE_HZ, np.int32)
    assert delay(silence, silence, LONGEST) is None


def test_one_bit_changed_everywhere_is_not_bypass() -> None:
    assert delay(GUITAR, np.concatenate([np.zeros(128, np.int32), GUITAR ^ 1]), LONGEST) is None


def test_looks_count_only_while_the_engine_runs(tmp_path: Path) -> None:
    looks = Looks()
    assert looks.load() == (0.0, 0.0)
    with closing(Link(tmp_path / "link")) as link:
        for seconds, state, playing, load in (
            (-0.01, STARTING, 5, 0.9), (-0.005, RUNNING, 0, 0.0), (0.05, RUNNING, 7, 0.1), (0.1, RUNNING, 7, 0.3),
            (0.15, RUNNING, 8, 0.2),
        ):  # fmt: skip
            for name, value in (("state", state), ("playing", playing), ("load", load), ("load_peak", 2 * load)):
                link.set(name, value)
            looks.look(link, seconds)
    assert looks.models == [(0.0, 0), (0.05, 7), (0.15, 8)]
    assert looks.load() == pytest.approx((0.2, 0.6))
