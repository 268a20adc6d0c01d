"""Signals that end a command early, where what it has until then is still to be told."""

import select
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Self

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Interrupts:
    """While it is entered, these signals only set a flag: what has to be tidied up is not disturbed by a second one."""

    def __init__(self, numbers: Sequence[int] = NUMBERS) -> None:
        self._numbers = numbers
        self.came = False
        """Whether there was one."""

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in self._numbers}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def asked(self) -> bool:
        """Whether to end: a signal came, or whoever was to read the output has gone, as when ssh was cut off."""
        return self.came or _unread()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True


def _unread() -> bool:
    """Whether the output is a pipe or a socket without another end."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # closed, or no file
        return False
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
