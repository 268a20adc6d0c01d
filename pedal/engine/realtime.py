"""What makes the engine's thread come before everything else; a machine that does not permit it plays without."""

import ctypes
import os
from collections.abc import Callable, Iterator

from pedal.config import EngineConfig

MCL_CURRENT, MCL_FUTURE = 1, 2


def claim(config: EngineConfig) -> Iterator[str]:
    """Take what is configured; gives, in words, each thing that was not permitted."""
    for wanted, what, take in (
        (config.lock_memory, "memory is not locked", _lock_memory),
        (config.cpu >= 0, _no_core(config.cpu, os.cpu_count() or 0), _keep_to(config.cpu)),
        (
            config.priority > 0,
            f"the priority is an ordinary one, not real-time {config.priority}",
            _rise(config.priority),
        ),
    ):
        if wanted:
            try:
                take()
            except OSError as error:
                yield f"{what}: {error.strerror}"


def _no_core(cpu: int, count: int) -> str:
    """What is said where that core cannot be kept to; count: how many the machine has, 0 for unknown."""
    if cpu < count or not count:
        return f"any processor core is used, not core {cpu}"
    cores = {1: "core 0", 2: "cores 0 and 1"}.get(count, f"cores 0 to {count - 1}")
    return f"this computer has {cores}, [engine] cpu = {cpu} is none of them, any is used (cpu = -1 asks for that)"


def _lock_memory() -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.mlockall(MCL_CURRENT | MCL_FUTURE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _keep_to(cpu: int) -> Callable[[], None]:
    return lambda: os.sched_setaffinity(0, {cpu})


def _rise(priority: int) -> Callable[[], None]:
    return lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
