"""One at a time at the models: whoever changes or tries them holds a lock, and says who they are."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path

from pedal.errors import ModelError

LOOK_S = 0.05
"""Between two looks at a lock that another process holds."""
PATIENCE_S = 60.0
MOST_BYTES = 200


@contextmanager
def turn(state: Path, who: str, patience_s: float = inf) -> Iterator[None]:
    """Be the only one at work on this state folder's models, as soon as all others are done.

    Raises:
        ModelError: they were not within so many seconds; it says who they are.
        OSError: the state folder cannot be written to.
    """
    state.mkdir(parents=True, exist_ok=True)
    with open(state / "admission.lock", "a+", encoding="utf-8", errors="replace") as file:
        end = time.monotonic() + patience_s
        while not _taken(file.fileno()):
            if time.monotonic() >= end:
                file.seek(0)
                at_work = " ".join(file.read(MOST_BYTES).split()) or "another process"
                raise ModelError(f"the models are being changed by {at_work}; try again in a minute")
            time.sleep(LOOK_S)
        with suppress(OSError):  # a full disk is no reason not to make room on it
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), f"{who} (process {os.getpid()})\n".encode())
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
