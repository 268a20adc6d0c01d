"""control.sock: what `pedal set` asks of a pedal whose control runs, one JSON datagram at a time."""

import json
import os
import socket
from pathlib import Path
from typing import NamedTuple

MOST_BYTES = 65_536
MODE = 0o660
LONGEST_PATH = 107
"""Bytes of a socket's path; Linux takes no longer one."""

Address = str | bytes
"""The path of a socket, or a name without a file, which begins with a zero byte."""


class Request(NamedTuple):
    """One datagram, checked for its shape only."""

    values: tuple[tuple[str, str], ...]
    """Names and values as they were typed, in their order."""
    sender: Address
    """Where the answer goes; empty where nobody waits for one."""


class Remote:
    """The socket. Nothing here waits: a sender that does not listen loses its answer."""

    def __init__(self, path: Path) -> None:
        """Bind it; what an earlier control left there goes. The caller holds `control.lock`.

        Raises:
            OSError: the folder cannot be written to, or its name is too long for a socket.
        """
        self._path = path
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            self._socket.bind(str(path))
            path.chmod(MODE)
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """For the loop."""
        return self._socket.fileno()

    def receive(self) -> Request | None:
        """The next request; None where there is none, or what came was none, which has been answered."""
        try:
            data, sender = self._socket.recvfrom(MOST_BYTES)
        except BlockingIOError:
            return None
        sender = sender or ""  # None: it has no name
        asked = _asked(data)
        if asked is None:
            self.answer(sender, {"refused": 'the datagram is no request; expected {"set": {"NAME": "VALUE"}}'})
            return None
        return Request(tuple(asked.items()), sender)

    def answer(self, sender: Address, message: dict[str, object]) -> None:
        """Send the answer, if anyone is there to take it at once."""
        if sender:
            try:
                self._socket.sendto(json.dumps(message).encode(), sender)
            except OSError:
                return

    def close(self) -> None:
        """Unbind; the name goes, as nobody else has bound it while the caller holds `control.lock`."""
        self._socket.close()
        try:
            os.unlink(self._path)
        except OSError:
            return


def _asked(data: bytes) -> dict[str, str] | None:
    """What the datagram asks for; None where it is no request."""
    try:
        asked = json.loads(data)["set"]
        fine = all(isinstance(value, str) for value in asked.values())
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    return asked if fine else None
