"""Waiting for whatever comes first: an edge from another thread, a file that can be read, or a moment."""

import heapq
import itertools
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

Call = Callable[[], None]


class Readable(Protocol):
    """A file, a socket, a pipe."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...


class Loop:
    """One thread's calls, in the order in which what they wait for comes about."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Call]] = []
        self._numbers = itertools.count()
        self._posted: deque[Call] = deque()
        self._lock = threading.RLock()  # a signal's handler may come while its own thread holds it
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ, self._drain)
        self._stopping = False

    def post(self, call: Call) -> None:
        """Have it called soon; from any thread, or from a signal's handler. After `close`, nothing is."""
        self._posted.append(call)
        self._stir()

    def at(self, when: float, call: Call) -> None:
        """Have it called at that time of the clock; from the loop's own thread."""
        heapq.heappush(self._timers, (when, next(self._numbers), call))

    def every(self, seconds: float, call: Call) -> None:
        """Have it called again and again, that long after it has returned; from the loop's own thread."""

        def again() -> None:
            call()
            self.at(self.clock() + seconds, again)

        self.at(self.clock(), again)

    def watch(self, file: Readable, call: Call) -> None:
        """Have it called whenever the file can be read."""
        self._selector.register(file, selectors.EVENT_READ, call)

    def unwatch(self, file: Readable) -> None:
        """No longer."""
        self._selector.unregister(file)

    def run(self) -> None:
        """Call what is due until `stop`."""
        while not self._stopping:
            wait = self._timers[0][0] - self.clock() if self._timers else None
            for key, _ in self._selector.select(wait):
                key.data()
            self._run_due()

    def stop(self) -> None:
        """Let `run` return; from any thread, or from a signal's handler."""
        self._stopping = True
        self._stir()

    def close(self) -> None:
        """Let go of everything."""
        self._selector.close()
        with self._lock:
            os.close(self._wake)
            self._wake = -1

    def _stir(self) -> None:
        with self._lock:
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)

    def _run_due(self) -> None:
        """What is due by now, each once: one that comes again waits for the next round."""
        now = self.clock()
        while self._timers and self._timers[0][0] <= now and not self._stopping:
            heapq.heappop(self._timers)[2]()

    def _drain(self) -> None:
        os.eventfd_read(self._wake)
        while self._posted:
            self._posted.popleft()()
