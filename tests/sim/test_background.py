"""The pedal in the background: two real processes that begin, come back and end."""

import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pedal.config import Config, Places, places
from pedal.errors import PedalError
from pedal.link import Link, control_lock, engine_lock
from pedal.sim.background import background

PATIENCE_S = 30.0
SILENCE = np.zeros(4_410, np.int32)


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """Places of its own, but for the kernels."""
    (tmp_path / "state" / "models").mkdir(parents=True)
    return places()._replace(run=tmp_path / "run", state=tmp_path / "state", config=tmp_path / "absent.toml")


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What the engines tell a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(PATIENCE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def await_ready(manager: socket.socket) -> None:
    while manager.recv(100) != b"READY=1":
        pass


@pytest.mark.usefixtures("kernels")
def test_it_plays_comes_back_and_ends(where: Places, manager: socket.socket) -> None:
    said: list[str] = []
    with background(where, Config(), SILENCE, said.append) as pedal, closing(Link(where.link)) as link:
        first = int(link.get("process"))
        assert link.get("heartbeat") > 0
        assert (where.run / "control.sock").exists()
        await_ready(manager)
        with open(os.pidfd_open(first)) as ended:
            os.kill(first, signal.SIGKILL)
            assert select.select([ended], [], [], PATIENCE_S)[0]
        pedal.look()
        await_ready(manager)
        second = int(link.get("process"))
        assert second not in (0, first)
        signs_of_life = (manager.recv(100) for _ in range(100))
        assert any(link.get("heartbeat") > 0 for _ in signs_of_life)
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
