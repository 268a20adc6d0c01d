"""A performance without a terminal, in this process."""

import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from pedal import config
from pedal.config import CardConfig, Config, EngineConfig
from pedal.control.rack import Rack
from pedal.control.settings import Settings
from pedal.errors import PedalError
from pedal.sim.headless import rehearse
from pedal.sim.stage import Stage

pytestmark = pytest.mark.usefixtures("kernels", "places")

CARD = CardConfig(period_frames=512, periods=16, prefill_periods=16)
"""With buffers so long that a busy machine is not late."""
GUITAR = np.arange(1, 4_411, dtype=np.int32) << 12


@pytest.fixture
def cores() -> Iterator[set[int]]:
    """The processor cores there are, which a performance restricts."""
    allowed = os.sched_getaffinity(0)
    yield allowed
    os.sched_setaffinity(0, allowed)


def on_core(cpu: int) -> Stage:
    return Stage(config.places(), Config(CARD, EngineConfig(0, cpu, lock_memory=False)), Settings(), Rack())


def test_the_screens_thread_leaves_the_engine_its_core(cores: set[int]) -> None:
    if len(cores) < 2:
        pytest.skip("this machine has one core")
    core, used = max(cores), set[int]()

    def told(_link: object, _seconds: float) -> None:
        display = next(thread for thread in threading.enumerate() if thread.name == "display")
        assert display.native_id is not None
        used.update(os.sched_getaffinity(display.native_id))

    played, _ = rehearse(on_core(core), GUITAR, (), 0.2, told, lambda _line: None)
    assert len(played.heard) == round(0.2 * CARD.rate_hz)
    assert used == cores - {core}


@pytest.mark.usefixtures("cores")
def test_an_engine_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(PedalError, match="the engine cannot be started: No such file or directory"):
        rehearse(on_core(-1), GUITAR, (), 0.2, lambda *_: None, lambda _line: None)
