"""What is on which pin, in words: to be compared with the wires."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from pedal.control.header import header_pin
from pedal.control.settings import KNOBS, SWITCHES, KnobSettings, Settings
from pedal.control.wiring import I2C_PINS


class Connection(NamedTuple):
    """One part: a switch, a chord, a knob, an LED or the display."""

    part: str
    pins: str
    """BCM numbers, as the file has them."""
    places: str
    """The same pins, by their numbers on the header."""
    what: str
    """What the part does."""


HEADINGS = Connection("part", "GPIO (BCM)", "header pin", "what it does")
LIGHTS = {"bypass": "on while the effect is heard", "clip": "on at full scale"}


def connections(settings: Settings) -> list[Connection]:
    """Every part in the order of the file, and which of the default ones the file has replaced."""
    return [
        *_switches(settings),
        *_replaced("switch", [name for name in SWITCHES if name not in settings.switch]),
        *(Connection(f"chord {'+'.join(chord.switches)}", "", "", chord.action) for chord in settings.chord),
        *(_knob(name, knob) for name, knob in settings.knob.items()),
        *_replaced("knob", [name for name in KNOBS if name not in settings.knob]),
        *(_at(f"led {name}", (pin,), LIGHTS[name]) for name, pin in settings.led._asdict().items() if pin >= 0),
        *_screen(settings),
    ]


def _switches(settings: Settings) -> Iterator[Connection]:
    for name, switch in settings.switch.items():
        acts = {"press": switch.press, "long": switch.long}
        said = ", ".join(f"{how} {action}" for how, action in acts.items() if action != "none")
        chords = any(name in chord.switches for chord in settings.chord)
        nothing = "nothing but its chord" if chords else 'nothing: it has no press = "bypass" or the like'
        yield _at(f"switch {name}", (switch.pin,), said or nothing)


def _replaced(section: str, missing: list[str]) -> Iterator[Connection]:
    if missing:
        yield Connection(f"{section} {', '.join(missing)}", "none", "none", f"replaced by the file's own [{section}]")


def _knob(name: str, knob: KnobSettings) -> Connection:
    turns = f"turns {knob.turns}"
    if knob.kind == "potentiometer":
        return Connection(f"knob {name}", "MCP3008", f"channel {knob.channel}", turns)
    return _at(f"knob {name}", knob.pins, turns, (knob.push,) if knob.push >= 0 else ())


def _screen(settings: Settings) -> Iterator[Connection]:
    screen = settings.screen
    if screen.driver != "none":
        what = f"{screen.driver} on I²C bus {screen.bus}, address 0x{screen.address:02x}"
        yield _at("screen", I2C_PINS.get(screen.bus, ()), what)


def _at(part: str, pins: tuple[int, ...], what: str, push: tuple[int, ...] = ()) -> Connection:
    def said(number: Callable[[int], int]) -> str:
        return ", ".join([*(str(number(pin)) for pin in pins), *(f"push {number(pin)}" for pin in push)])

    return Connection(part, said(int), said(header_pin), what)
