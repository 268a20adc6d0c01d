"""Knobs: edges of an encoder -> detents -> steps; readings of a potentiometer -> where it stands.

Pure: the clock is an argument, in seconds.
"""

from math import inf
from statistics import median
from typing import NamedTuple

from pedal.control.mcp3008 import HIGHEST

PHASES = {(False, False): 0, (True, False): 1, (True, True): 2, (False, True): 3}
"""How far an encoder is from one detent clockwise to the next, by which of its two contacts are closed."""
SLOW_S = 0.1
"""Between two detents: up to here each is one step; half of it makes two of each, and so on."""
MOST_STEPS = 8

SLACK = 4
"""Readings may waver by so much around where the knob stands; noise is half of it."""
MARGIN = 2 * SLACK
"""Readings this close to an end are the end, for a track that does not quite reach it."""


class Detent(NamedTuple):
    """An encoder was turned by one."""

    name: str
    direction: int
    """1 clockwise, -1 the other way."""
    at: float


class PushEdge(NamedTuple):
    """An encoder was pushed; its bouncing is over already."""

    name: str
    at: float


class Reading(NamedTuple):
    """What a potentiometer's converter said."""

    name: str
    raw: int
    """From 0 to 1023."""


class Quadrature:
    """The two contacts of an encoder, which may bounce as long as they come to rest before the other one moves.

    gpiozero's RotaryEncoder counts the same, but knows only encoders that go through a whole cycle in each detent.
    """

    def __init__(self, edges: int) -> None:
        """`edges` from one detent to the next: 4, or 2."""
        self._edges = edges
        self._closed = [False, False]
        self._turned = 0

    def stands(self, contact: int, closed: bool) -> None:
        """How a contact is found at the start."""
        self._closed[contact] = closed

    def edge(self, contact: int, closed: bool) -> int:
        """The detents since the last one: 0, 1 clockwise, -1 the other way. `contact` is 0 or 1."""
        before = self._phase()
        self._closed[contact] = closed
        step = (self._phase() - before + 1) % 4 - 1  # one contact moves the phase by one, or not at all
        self._turned += step
        if step == 0 or self._phase() % self._edges:
            return 0
        detents, self._turned = round(self._turned / self._edges), 0
        return detents

    def _phase(self) -> int:
        return PHASES[self._closed[0], self._closed[1]]


class Encoder:
    """How far the value moves with each detent: by more than one step where the turning is fast."""

    def __init__(self) -> None:
        self._direction = 0
        self._at = -inf
        self._interval = inf

    def turn(self, direction: int, at: float) -> int:
        """Steps, with the sign of the direction; two short times in a row are needed for more than one."""
        interval = max(at - self._at, 0.0) if direction == self._direction else inf
        slower = max(interval, self._interval) if direction == self._direction else inf
        self._direction, self._at, self._interval = direction, at, interval
        return direction * max(1, min(MOST_STEPS, int(SLOW_S / slower) if slower else MOST_STEPS))


class Potentiometer:
    """Where a potentiometer stands, from readings that waver: it is dragged along by those further away than the slack.

    A single wild reading is dropped, which costs a turn one reading's time.
    """

    def __init__(self) -> None:
        self._last: list[int] = []
        self._held: float | None = None

    def reading(self, raw: int) -> float | None:
        """From 0 to 1 where it has moved, and once when it is known; else None. `raw` is from 0 to 1023."""
        self._last = [*self._last[-2:], raw]
        if len(self._last) < 3:
            return None
        middle = median(self._last)
        before = self._position()
        low, high = middle - SLACK, middle + SLACK
        self._held = middle if self._held is None else max(low, min(high, self._held))
        now = self._position()
        return None if now == before else now

    def _position(self) -> float | None:
        if self._held is None:
            return None
        return max(0.0, min(1.0, (self._held - MARGIN) / (HIGHEST - 2 * MARGIN)))
