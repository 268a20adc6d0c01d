"""What is wired to which pins: what no single key shows, such as a pin used twice; and what can be opened in spite."""

from collections.abc import Collection, Container, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from pedal.config import CONTROL_SECTIONS, Config
from pedal.rules import Fault, Key, dotted, short

if TYPE_CHECKING:
    from pedal.control.settings import KnobSettings, LedSettings, Settings

I2C_PINS = {1: (2, 3), 0: (0, 1)}
"""BCM numbers, by the bus."""
SPI_PINS = (7, 8, 9, 10, 11)
"""Those of the first SPI bus, where the MCP3008 is."""
ELSEWHERE = {
    "boards on the header have it": (0, 1),
    "the I²C bus has it, which the installation switches on": (2, 3),
    "the SPI bus has it, which the installation switches on": SPI_PINS,
    "a serial console has it, where there is one": (14, 15),
}
"""BCM numbers that have another use on most machines, by what that is, as docs/build.md has it."""
NEEDS = {"encoder": "pins", "potentiometer": "channel"}
"""The key without which a knob of that kind is none."""
WIRED = ("switch", "knob", "led")
"""The sections that say what the pins are wired to."""
OTHERS = {*Config._fields, *CONTROL_SECTIONS} - {*WIRED}


class Use(NamedTuple):
    """A pin of the machine or a channel of the converter, and who has it."""

    what: tuple[str, int]
    key: Key
    user: str


class Contradiction(NamedTuple):
    """What no single key shows."""

    fault: Fault
    """Of two keys, at one that the file has."""
    loser: Key
    """What has to be left out: the section and the name of a switch, knob or LED."""


def wired(settings: "Settings", written: Container[Key], faults: Iterable[Fault]) -> "tuple[Settings, list[Fault]]":
    """Those that can be opened of the switches, chords, knobs and LEDs, none with a fault; and the contradictions.

    `written` are the keys of the file, `faults` what is wrong with each of them.
    """
    told = {fault.key for fault in faults}
    lost = {key[:2] for key in told}
    found = list(_contradictions(settings, written, lost))
    lost |= {contradiction.loser for contradiction in found}
    switches = {name: switch for name, switch in settings.switch.items() if ("switch", name) not in lost}
    kept = settings._replace(
        switch=switches,
        chord=tuple(chord for chord in settings.chord if {*chord.switches} <= switches.keys()),
        knob={name: knob for name, knob in settings.knob.items() if ("knob", name) not in lost},
        led=_lights(settings.led, written, lost),
    )
    return kept, [contradiction.fault for contradiction in found if contradiction.fault.key not in told]


def doubtful(settings: "Settings") -> Iterator[Fault]:
    """Each use of a pin that is probably not free, among those that can be opened."""
    for use in _uses(settings):
        kind, number = use.what
        for what, pins in ELSEWHERE.items():
            if kind == "pin" and number in pins:
                yield Fault(use.key, f"{use.user} is pin {number}: {what}; better take another")


def _lights(led: "LedSettings", written: Container[Key], lost: Collection[Key]) -> "LedSettings":
    """Those LEDs whose pins are known for certain: nothing else that may be wired to one shall get a voltage.

    A default pin is in doubt as soon as anything is wrong with what the file says of pins, or may have meant to say.
    """
    doubtful = any(key[0] not in OTHERS for key in lost)
    dark = [name for name in led._fields if ("led", name) in lost or (doubtful and ("led", name) not in written)]
    return led._replace(**dict.fromkeys(dark, -1))


def _contradictions(settings: "Settings", written: Container[Key], lost: Container[Key]) -> Iterator[Contradiction]:
    """Every one; what is lost anyway loses first, then what the file does not say."""
    taken: dict[tuple[str, int], Use] = {}
    uses = sorted(_uses(settings), key=lambda use: (use.key[:2] in lost, use.key not in written))
    for use in (*_buses(settings), *uses):
        first = taken.setdefault(use.what, use)
        if first is not use:
            of, other = (use, first) if use.key in written else (first, use)
            kind, number = use.what
            text = f"{dotted(of.key)} is {kind} {number}, which {other.user} has; expected a {kind} of its own"
            yield Contradiction(Fault(of.key, text), use.key[:2])
    for name, knob in settings.knob.items():
        yield from (Contradiction(fault, ("knob", name)) for fault in _knob(("knob", name), knob))


def _knob(key: Key, knob: "KnobSettings") -> Iterator[Fault]:
    """What the knob lacks, and what is of the other kind."""
    values = {"pins": knob.pins, "push": knob.push, "channel": knob.channel}
    given = {name for name, value in values.items() if value not in ((), -1)}
    fits = {"pins", "push"} if knob.kind == "encoder" else {"channel"}
    needed = NEEDS[knob.kind]
    if needed not in given:
        text = f"{dotted(key)}.{needed} is missing; a knob of the kind {knob.kind} needs it"
        yield Fault((*key, needed), text)
    for name in sorted(given - fits):
        text = f"{dotted(key)}.{name} is {short(values[name])}, expected none because its kind is {knob.kind}"
        yield Fault((*key, name), text)


def _buses(settings: "Settings") -> Iterator[Use]:
    """The pins that cannot be others, and are never left out: the screen tells what is wrong."""
    if settings.screen.driver != "none":
        for pin in I2C_PINS.get(settings.screen.bus, ()):
            yield Use(("pin", pin), ("screen", "bus"), f"the screen's I²C bus {settings.screen.bus}")
    if any(knob.kind == "potentiometer" for knob in settings.knob.values()):
        for pin in SPI_PINS:
            yield Use(("pin", pin), ("knob",), "the potentiometers' SPI bus")


def _uses(settings: "Settings") -> Iterator[Use]:
    """All the others, inputs before outputs."""
    for name, switch in settings.switch.items():
        yield from _one(("switch", name, "pin"), "pin", switch.pin)
    for name, knob in settings.knob.items():
        for pin in knob.pins:
            yield from _one(("knob", name, "pins"), "pin", pin)
        yield from _one(("knob", name, "push"), "pin", knob.push)
        yield from _one(("knob", name, "channel"), "channel", knob.channel)
    for name, pin in settings.led._asdict().items():
        yield from _one(("led", name), "pin", pin)


def _one(key: Key, kind: str, number: int) -> Iterator[Use]:
    if number >= 0:
        yield Use((kind, number), key, dotted(key))
