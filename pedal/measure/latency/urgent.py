"""Being as urgent as the engine while a take lasts, and an ordinary process again while it is looked through."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pedal.config import EngineConfig
from pedal.engine.realtime import claim


@contextmanager
def urgent(config: EngineConfig) -> Iterator[list[str]]:
    """Have the engine's locked memory, priority and core; gives, in words, what is not permitted."""
    cores, policy, parameters = os.sched_getaffinity(0), os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield list(claim(config))
    finally:
        os.sched_setscheduler(0, policy, parameters)
        os.sched_setaffinity(0, cores)


@contextmanager
def unhurried(_config: EngineConfig) -> Iterator[list[str]]:
    """Stay as it is: a simulated interface waits."""
    yield []
