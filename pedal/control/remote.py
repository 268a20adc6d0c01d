"""control.sock: what `pedal set` asks of a pedal whose control runs, one JSON datagram at a time.

With each comes a socket to answer on, passed as a file descriptor: unlike an address, it is found from another network
namespace, such as the one in which the service is alone.
"""

import json
import os
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MOST_BYTES = 65_536
MODE = 0o660
LONGEST_PATH = 107
"""Bytes of a socket's path; Linux takes no longer one."""
DESCRIPTOR = struct.Struct("i")
NOT_LINGERING = struct.pack("ii", 0, 0)


class Request(NamedTuple):
    """One datagram, checked for its shape only."""

    values: tuple[tuple[str, str], ...]
    """Names and values as they were typed, in their order."""
    sender: socket.socket | None
    """Where the answer goes; None where nobody waits for one."""


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
            # Room for one descriptor: the kernel closes what else a sender passes.
            data, passed, _, _ = self._socket.recvmsg(
                MOST_BYTES, socket.CMSG_LEN(DESCRIPTOR.size), socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return None
        sender = _sender(passed)
        asked = _asked(data)
        if asked is None:
            self.answer(sender, {"refused": 'the datagram is no request; expected {"set": {"NAME": "VALUE"}}'})
            return None
        return Request(tuple(asked.items()), sender)

    def answer(self, sender: socket.socket | None, message: dict[str, object]) -> None:
        """Send the answer, if anyone is there to take it at once; there is one to a request."""
        if sender:
            with sender, suppress(OSError):
                sender.send(json.dumps(message).encode(), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)

    def close(self) -> None:
        """Unbind; the name goes, as nobody else has bound it while the caller holds `control.lock`."""
        self._socket.close()
        try:
            os.unlink(self._path)
        except OSError:
            return


def _sender(passed: Iterable[tuple[int, int, bytes]]) -> socket.socket | None:
    """The socket that was passed along; anything else is closed, as its sender may have meant it to be in the way."""
    for level, kind, data in passed:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS) and len(data) >= DESCRIPTOR.size:
            (descriptor,) = DESCRIPTOR.unpack_from(data)
            try:
                given = socket.socket(fileno=descriptor)
            except OSError:  # a file, a pipe, a terminal
                os.close(descriptor)
                return None
            if given.family == socket.AF_UNIX:
                return given
            with given, suppress(OSError):
                given.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOT_LINGERING)  # or closing could wait
    return None


def _asked(data: bytes) -> dict[str, str] | None:
    """What the datagram asks for; None where it is no request."""
    try:
        asked = json.loads(data)["set"]
        fine = all(isinstance(value, str) for value in asked.values())
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    return asked if fine else None
