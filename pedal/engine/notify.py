"""What the engine tells systemd: that it is ready, that it is alive, that it is stopping."""

import _socket  # 0.5 ms of the start, where the module socket, which wraps it, takes 16
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

ALIVE_NS = 200_000_000
"""Between two signs of life; the service's WatchdogSec is ten of them."""


class Notify:
    """One datagram at a time to the socket that systemd names; nothing where it names none. Nothing here waits."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """`clock_ns` tells when a sign of life is due."""
        self._clock_ns = clock_ns
        self._due_ns = clock_ns()
        self._ready = False
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
            self._say(b"WATCHDOG=1" if self._ready else b"READY=1")
            self._ready = True

    def stopping(self) -> None:
        """Say that the end is meant."""
        self._say(b"STOPPING=1")

    def close(self) -> None:
        """Say nothing more."""
        if self._socket:
            self._socket.close()

    def _say(self, text: bytes) -> None:
        if self._socket:
            with suppress(OSError):  # nobody listens, or not fast enough
                self._socket.sendto(text, self._address)
