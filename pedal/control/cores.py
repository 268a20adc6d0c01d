"""The processor cores that control may run on."""

import os
from collections.abc import Callable


def leave_core(core: int, log: Callable[[str], None]) -> None:
    """Keep this thread, and those that it will start, to the other cores than the engine's, where there are any.

    Where that is forbidden, as by a service's system call filter, it is logged and every core is used.
    """
    allowed = os.sched_getaffinity(0)
    others = allowed - {core}
    if others and others != allowed:
        try:
            os.sched_setaffinity(0, others)
        except OSError as error:
            log(f"core {core} cannot be left to the engine: {error.strerror}")
