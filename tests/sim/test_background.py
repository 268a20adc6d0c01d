"""The pedal in the background: two real processes that begin, come back and end."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pedal.config import Config, Places, places
from pedal.errors import PedalError
from pedal.link import Link, control_lock, engine_lock
from pedal.sim.background import background

PATIENCE_S, LOOK_S = 30.0, 0.01
SILENCE = np.zeros(4_410, np.int32)


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """Places of its own, but for the kernels."""
    (tmp_path / "state" / "models").mkdir(parents=True)
    return places()._replace(run=tmp_path / "run", state=tmp_path / "state", config=tmp_path / "absent.toml")


def awaited(holds: Callable[[], bool]) -> None:
    """Look until it holds."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "it did not come"
        time.sleep(LOOK_S)


@pytest.mark.usefixtures("kernels")
def test_it_plays_comes_back_and_ends(where: Places) -> None:
    said: list[str] = []
    with background(where, Config(), SILENCE, said.append) as pedal, closing(Link(where.link)) as link:
        first = int(link.get("process"))
        assert link.get("heartbeat") > 0
        assert (where.run / "control.sock").exists()
        os.kill(first, signal.SIGKILL)

        def another() -> bool:
            pedal.look()
            return link.get("process") not in (0, first) and link.get("heartbeat") > 0

        awaited(another)
        second = int(link.get("process"))
    assert len(said) == 1
    assert said[0].startswith("the engine ended by SIGKILL")
    assert not Path(f"/proc/{second}").exists()
    assert not (where.run / "control.sock").exists()


@pytest.mark.usefixtures("kernels")
def test_an_engine_that_cannot_start_is_said(where: Places) -> None:
    with (
        engine_lock(where.run),
        pytest.raises(PedalError, match="another engine is running"),
        background(where, Config(), SILENCE, print),
    ):
        pass


@pytest.mark.usefixtures("kernels")
def test_a_control_that_cannot_start_is_said(where: Places) -> None:
    with (
        control_lock(where.run),
        pytest.raises(PedalError, match=r"the simulated control ended: .*control\.lock is held by another process"),
        background(where, Config(), SILENCE, print),
    ):
        pass
