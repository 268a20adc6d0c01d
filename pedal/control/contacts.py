"""Metal contacts on pins, and what an encoder's three of them come to."""

from collections.abc import Callable
from typing import Any

from gpiozero import InputDevice

from pedal.control.knobs import Detent, PushEdge, Quadrature
from pedal.control.switches import DEAF_S, SwitchEdge

Queue = Callable[[SwitchEdge | Detent | PushEdge], None]
"""Takes what has happened, from whatever thread has seen it."""


class Contact:
    """A contact between its pin and ground; says each of its edges at once, from whatever thread has seen it."""

    def __init__(
        self,
        pin: int,
        factory: Any,  # noqa: ANN401 (gpiozero's)
        tell: Callable[[bool, float], None],
        clock: Callable[[], float],
    ) -> None:
        """`tell` is called with whether it has closed, and when. Bouncing is told too."""
        self._tell = tell
        self._clock = clock
        self._device = InputDevice(pin, pull_up=True, pin_factory=factory)
        try:
            self._device.pin.when_changed = self._changed  # by default both edges, without a bounce time
        except BaseException:
            self._device.close()
            raise

    @property
    def closed(self) -> bool:
        """At present."""
        return bool(self._device.is_active)

    def close(self) -> None:
        """Let go of the pin."""
        self._device.close()

    def _changed(self, _ticks: float, level: int) -> None:
        self._tell(not level, self._clock())


class Wheel:
    """What the contacts of one encoder come to: detents and pushes, queued."""

    def __init__(self, name: str, edges: int, queue: Queue) -> None:
        self.quadrature = Quadrature(edges)
        self._name = name
        self._queue = queue
        self._deaf_until = 0.0

    def turns(self, contact: int, closed: bool, at: float) -> None:
        """An edge of one of the two that say how it is turned."""
        direction = self.quadrature.edge(contact, closed)
        if direction:
            self._queue(Detent(self._name, direction, at))

    def pushes(self, closed: bool, at: float) -> None:
        """An edge of its push switch; one that closes it, after a silence, is a push."""
        if closed and at >= self._deaf_until:
            self._queue(PushEdge(self._name, at))
        self._deaf_until = at + DEAF_S
