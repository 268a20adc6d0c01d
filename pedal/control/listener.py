"""The tuner's thread: asleep until it is wanted, then a look at the guitar twenty times a second."""

import threading
from collections.abc import Callable

from pedal.control.loop import Loop
from pedal.link import Link

LOOK_S = 0.05
AGAIN_S = 1.0
"""After a fault."""


class Listener:
    """Tells, in the loop's thread, what frequency is heard, in Hz; None for none."""

    def __init__(self, loop: Loop, heard: Callable[[float | None], None], told: Callable[[str], None]) -> None:
        """`told` is called in the tuner's thread with why there is no tuner, and with "" when there is one again."""
        self._loop = loop
        self._heard = heard
        self._told = told
        self._link: Link | None = None
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="tuner", daemon=True)

    def start(self) -> None:
        """Let the thread begin, unless it has; it imports numpy, when everything that is more urgent is there."""
        if self._thread.ident is None:
            self._thread.start()

    def listen_to(self, link: Link | None) -> None:
        """Listen to the guitar in this link, or to none; when it returns, no other link is being read."""
        with self._changed:
            self._link = link
            self._changed.notify()

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        trouble = ""
        while not self._closing:
            try:
                self._listen()
            except (ImportError, ValueError, ArithmeticError) as error:  # no numpy; a sound that it cannot calculate
                if not trouble:
                    self._told(f"{type(error).__name__}: {error}")
                trouble = str(error)
                self._wait(AGAIN_S)
            else:
                if trouble:
                    self._told("")
                trouble = ""

    def _listen(self) -> None:
        """Listen until nobody wants to know any more, then until somebody does."""
        from pedal.control.tuner import Pitch, ring_tail

        pitch, pitch_hz = None, 0
        while not self._closing:
            with self._changed:
                if self._link is None:
                    break
                rate_hz = int(self._link.get("rate_hz"))
                samples = ring_tail(self._link) if rate_hz else None
            if samples is not None:
                if pitch is None or pitch_hz != rate_hz:
                    pitch, pitch_hz = Pitch(rate_hz), rate_hz
                self._tell(pitch.hear(samples))
            self._wait(LOOK_S)
        self._wait(None)

    def _wait(self, seconds: float | None) -> None:
        """Until something changes, so long at most; None waits for somebody who wants to know."""
        with self._changed:
            if not self._closing and (seconds is not None or self._link is None):
                self._changed.wait(seconds)

    def _tell(self, frequency: float | None) -> None:
        self._loop.post(lambda: self._heard(frequency))
