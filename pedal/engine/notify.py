"""What the engine tells systemd: that it is ready, that it is alive, that it is stopping."""

import _socket  # 0.5 ms of the start, where the module socket, which wraps it, takes 16
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

ALIVE_NS = 200_000_000
"""Between two signs of life; the service's WatchdogSec is ten of them."""
OPENING_US = 15_000_000
"""Without a sign of life while a card is being opened: a USB card may answer some questions a second late each."""


class Notify:
    """One datagram at a time to the socket that systemd names; nothing where it names none. Nothing here waits."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """`clock_ns` tells when a sign of life is due."""
        self._clock_ns = clock_ns
        self._due_ns = clock_ns()
        self._ready = False
        self._usual_us = environment.get("WATCHDOG_USEC", "")
        self._opening = False
        name = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._socket: _socket.socket | None = None
        if name:
            kind = _socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC
            self._socket = _socket.socket(_socket.AF_UNIX, kind)

    def alive(self) -> None:
        """Say so, five times a second at most, and the first time that the engine is ready.

        The loop itself calls this between two bursts, looks or recoveries: a thread would say so of a stuck one.
        """
        now = self._clock_ns()
        if now >= self._due_ns:
            self._due_ns = now + ALIVE_NS
            if not self._ready:
                self._ready = self._say("READY=1")
            elif self._opening:
                self._opening = not self._say(f"WATCHDOG_USEC={self._usual_us}")
            else:
                self._say("WATCHDOG=1")

    def opening(self) -> None:
        """Say that there may be no sign of life for a while; with the next one, everything is as usual.

        Nothing before the first, until which there is time anyhow, nor where nobody waits for any.
        """
        if self._ready and self._usual_us:
            self._opening = True
            self._due_ns = self._clock_ns()
            self._say(f"WATCHDOG_USEC={OPENING_US}")

    def stopping(self) -> None:
        """Say that the end is meant."""
        self._say("STOPPING=1")

    def close(self) -> None:
        """Say nothing more."""
        if self._socket:
            self._socket.close()

    def _say(self, text: str) -> bool:
        """Whether it went: nobody may listen, or not fast enough."""
        if self._socket:
            with suppress(OSError):
                self._socket.sendto(text.encode(), self._address)
                return True
        return False
