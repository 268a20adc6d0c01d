"""Taking and giving back what the engine has, for real, of which this machine may permit little."""

import os

from pedal.config import EngineConfig
from pedal.measure.latency.urgent import unhurried, urgent


def state() -> tuple[set[int], int, int]:
    return os.sched_getaffinity(0), os.sched_getscheduler(0), os.sched_getparam(0).sched_priority


def test_everything_is_given_back() -> None:
    before, core = state(), max(os.sched_getaffinity(0))
    with urgent(EngineConfig(priority=1, cpu=core, lock_memory=False)) as refused:
        during = state()
    assert state() == before
    assert during[0] == {core}
    assert (during[1], during[2]) == ((os.SCHED_FIFO, 1) if not refused else before[1:])


def test_a_core_that_is_not_there_is_told() -> None:
    with urgent(EngineConfig(priority=0, cpu=1_023, lock_memory=False)) as refused:
        assert len(refused) == 1
        assert "1023" in refused[0]


def test_a_simulated_card_waits() -> None:
    before = state()
    with unhurried(EngineConfig()) as refused:
        assert (refused, state()) == ([], before)
