"""What no single key of the pins, switches and knobs shows: a pin used twice, a knob without what its kind needs."""

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, NamedTuple

from pedal.rules import Fault, Key, dotted

if TYPE_CHECKING:
    from pedal.control.settings import KnobSettings, Settings

I2C_PINS = {1: (2, 3), 0: (0, 1)}
"""BCM numbers, by the bus."""
SPI_PINS = (7, 8, 9, 10, 11)
"""Those of the first SPI bus, where the MCP3008 is."""
NEEDS = {"encoder": "pins", "potentiometer": "channel"}
"""The key without which a knob of that kind is none."""


class Use(NamedTuple):
    """A pin, and who has it."""

    pin: int
    key: Key
    user: str


def contradictions(settings: "Settings", written: Container[Key]) -> Iterator[Fault]:
    """Every one, at the later of two keys where one of them is a default; `written` are the keys of the file."""
    taken: dict[int, Use] = {}
    for use in sorted(_uses(settings), key=lambda use: use.key in written):
        first = taken.setdefault(use.pin, use)
        if first is not use:
            text = f"{dotted(use.key)} is pin {use.pin}, which {first.user} has; expected a pin of its own"
            yield Fault(use.key, text)
    for name, knob in settings.knob.items():
        yield from _knob(("knob", name), knob)
    channels: dict[int, Key] = {}
    for name, knob in settings.knob.items():
        key = ("knob", name, "channel")
        first_key = channels.setdefault(knob.channel, key)
        if knob.channel >= 0 and first_key != key:
            text = f"{dotted(key)} is {knob.channel}, which {dotted(first_key)} is; expected a channel of its own"
            yield Fault(key, text)


def _knob(key: Key, knob: "KnobSettings") -> Iterator[Fault]:
    """What the knob lacks, and what is of the other kind."""
    values = {"pins": knob.pins, "push": knob.push, "channel": knob.channel}
    given = {name for name, value in values.items() if value not in ((), -1)}
    fits = {"pins", "push"} if knob.kind == "encoder" else {"channel"}
    needed = NEEDS[knob.kind]
    if needed not in given:
        text = f"{dotted(key)}.{needed} is missing, expected because its kind is {knob.kind}"
        yield Fault((*key, needed), text)
    for name in sorted(given - fits):
        text = f"{dotted(key)}.{name} is {values[name]}, expected none because its kind is {knob.kind}"
        yield Fault((*key, name), text)


def _uses(settings: "Settings") -> Iterator[Use]:
    if settings.screen.driver != "none":
        for pin in I2C_PINS.get(settings.screen.bus, ()):
            yield Use(pin, ("screen", "bus"), f"the screen's I²C bus {settings.screen.bus}")
    if any(knob.kind == "potentiometer" for knob in settings.knob.values()):
        for pin in SPI_PINS:
            yield Use(pin, ("knob",), "the potentiometers' SPI bus")
    for name, pin in settings.led._asdict().items():
        yield from _one(("led", name), pin)
    for name, switch in settings.switch.items():
        yield from _one(("switch", name, "pin"), switch.pin)
    for name, knob in settings.knob.items():
        for pin in knob.pins:
            yield from _one(("knob", name, "pins"), pin)
        yield from _one(("knob", name, "push"), knob.push)


def _one(key: Key, pin: int) -> Iterator[Use]:
    if pin >= 0:
        yield Use(pin, key, dotted(key))
