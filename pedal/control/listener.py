"""The tuner's thread: asleep until it is wanted, then a look at the guitar twenty times a second."""

import threading
from collections.abc import Callable

from pedal.control.loop import Loop
from pedal.link import Link

LOOK_S = 0.05


class Listener:
    """Tells, in the loop's thread, what frequency is heard, in Hz; None for none."""

    def __init__(self, loop: Loop, heard: Callable[[float | None], None]) -> None:
        self._loop = loop
        self._heard = heard
        self._link: Link | None = None
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="tuner", daemon=True)

    def start(self) -> None:
        """Let the thread begin, which imports numpy: when everything that is more urgent is there."""
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
        from pedal.control.tuner import Pitch, ring_tail

        pitch: Pitch | None = None
        while not self._closing:
            with self._changed:
                if self._link is None:
                    pitch = None
                    self._changed.wait()
                    continue
                rate_hz = int(self._link.get("rate_hz"))
                samples = ring_tail(self._link) if rate_hz else None
            if samples is not None:
                pitch = pitch or Pitch(rate_hz)
                self._tell(pitch.hear(samples))
            with self._changed:
                if not self._closing:
                    self._changed.wait(LOOK_S)

    def _tell(self, frequency: float | None) -> None:
        self._loop.post(lambda: self._heard(frequency))
