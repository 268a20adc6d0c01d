"""Feet and hands on mock pins: a gesture becomes levels of pins at times, as metal contacts make them."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from gpiozero.pins.mock import MockFactory

from pedal.control.settings import KnobSettings, Settings
from pedal.sim.converter import HIGHEST, Converter
from pedal.sim.script import CHORD_LAG_S, CHORD_S, DETENT_S, EDGE_S, HOLD_S, TAP_S, Gesture

HALF_WAY = 16
"""Steps from the middle of a potentiometer to its end."""
BOUNCES_S = (0.0, 0.0004, 0.001, 0.0025, 0.004)
"""When a footswitch's contact closes, opens, closes, opens and closes for good; and the other way round."""


class Movement(NamedTuple):
    """One edge of one pin."""

    after_s: float
    """From the gesture's begin."""
    pin: int
    high: bool


def movements(gesture: Gesture, settings: Settings) -> tuple[Movement, ...]:
    """The edges of a press in the order of time: a switch that is pressed connects its pin to ground."""
    found: list[Movement] = []
    if gesture.kind == "push":
        found.extend(_press(settings.knob[gesture.names[0]].push, 0.0, TAP_S))
    else:
        held = {"tap": TAP_S, "hold": HOLD_S, "chord": CHORD_S}[gesture.kind]
        for number, name in enumerate(gesture.names):
            found.extend(_press(settings.switch[name].pin, number * CHORD_LAG_S, held - number * CHORD_LAG_S))
    return tuple(sorted(found, key=lambda movement: movement.after_s))


def _press(pin: int, after_s: float, held_s: float) -> Iterator[Movement]:
    """Down, held so long, and up; the contact bounces both times."""
    for begin, closes in ((after_s, False), (after_s + held_s, True)):
        for number, bounce in enumerate(BOUNCES_S):
            yield Movement(begin + bounce, pin, closes ^ bool(number % 2))


def _turn(knob: KnobSettings, steps: int, turned: int) -> Iterator[Movement]:
    """Detents of an encoder: clockwise, its first pin leads. With two edges a detent, every other is closed."""
    leading, following = knob.pins if steps > 0 else reversed(knob.pins)
    edges = [(leading, False), (following, False), (leading, True), (following, True)]
    for detent in range(abs(steps)):
        begin = (turned + detent) * knob.edges % len(edges)
        for number, (pin, high) in enumerate(edges[begin : begin + knob.edges]):
            yield Movement(detent * DETENT_S + number * EDGE_S, pin, high)


class Hands:
    """What drives the pins of a mock factory, through the timers of the loop that reads them."""

    def __init__(
        self,
        factory: MockFactory,
        settings: Settings,
        at: Callable[[float, Callable[[], None]], None],
        clock: Callable[[], float],
    ) -> None:
        """`at` has a call made at a time of the clock."""
        self._factory = factory
        self.settings = settings
        self._at = at
        self._clock = clock
        self._planned: dict[str, tuple[float, float]] = {}  # begin and end of each switch's and knob's last gesture
        self._converter = Converter(factory) if any(knob.channel >= 0 for knob in settings.knob.values()) else None
        self.turned = dict.fromkeys(settings.knob, 0)
        """Each knob's steps since the start: detents, or 32nds of a potentiometer's way from the middle."""

    def do(self, gesture: Gesture) -> None:
        """Make the gesture as soon as its feet and hands are free; where another waits for them, it is not made."""
        now = self._clock()
        planned = [self._planned[name] for name in gesture.names if name in self._planned]
        if all(begin <= now for begin, _ in planned):
            self.plan(gesture, max((now, *(free for _, free in planned))))

    def plan(self, gesture: Gesture, begin: float) -> None:
        """Have the gesture made at that time of the clock, when its feet and hands are free."""
        for name in gesture.names:
            self._planned[name] = begin, begin + gesture.seconds
        if gesture.kind == "turn":
            self._turn(gesture, begin)
        else:
            self._schedule(begin, movements(gesture, self.settings))

    def down(self) -> frozenset[str]:
        """Footswitches and knobs that are pressed at present."""
        pins = {name: switch.pin for name, switch in self.settings.switch.items()}
        pins |= {name: knob.push for name, knob in self.settings.knob.items() if knob.push >= 0}
        return frozenset(name for name, pin in pins.items() if not self._factory.pin(pin).state)

    def shines(self, pin: int) -> bool:
        """Whether the LED on that pin is lit."""
        return bool(pin >= 0 and self._factory.pin(pin).state)

    def _turn(self, gesture: Gesture, begin: float) -> None:
        """Turn an encoder on and on, a potentiometer from end to end."""
        name = gesture.names[0]
        knob, before = self.settings.knob[name], self.turned[name]
        if knob.kind == "encoder":
            self.turned[name] += gesture.steps
            self._schedule(begin, _turn(knob, gesture.steps, before))
            return
        self.turned[name] = max(-HALF_WAY, min(HALF_WAY, before + gesture.steps))
        direction = 1 if gesture.steps > 0 else -1
        for number, place in enumerate(range(before + direction, self.turned[name] + direction, direction)):
            reading = round(HIGHEST * (0.5 + 0.5 * place / HALF_WAY))
            self._at(begin + number * DETENT_S, partial(self._read, knob.channel, reading))

    def _schedule(self, begin: float, moved: Iterable[Movement]) -> None:
        for movement in moved:
            self._at(begin + movement.after_s, partial(self._drive, movement))

    def _read(self, channel: int, reading: int) -> None:
        """Have the converter read this from now on."""
        assert self._converter is not None  # there is a potentiometer
        self._converter.readings[channel] = reading

    def _drive(self, movement: Movement) -> None:
        pin = self._factory.pin(movement.pin)
        if movement.high:
            pin.drive_high()
        else:
            pin.drive_low()
