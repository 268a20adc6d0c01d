"""What every kind of load is given: how fast it may go, and when it is to end."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Going(NamedTuple):
    """A clock, a wait, and whether to go on; a test has its own."""

    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    on: Callable[[], bool] = lambda: True

    def paced(self, a_second: float) -> Iterator[int]:
        """Counts from 0, so many a second at most; one that is late is not made up for."""
        due, number = self.clock(), 0
        while self.on():
            yield number
            number += 1
            due = max(due + 1.0 / a_second, self.clock())
            self.wait(max(0.0, due - self.clock()))
