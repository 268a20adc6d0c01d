"""What is wired to which pin of a Raspberry Pi's header, as docs/build.md and docs/wiring.png show it."""

from collections.abc import Iterator
from typing import NamedTuple

from pedal.control.settings import KnobSettings, LedSettings, Settings
from pedal.control.wiring import I2C_PINS

HEADER = (
    *("3.3 V", "5 V", "GPIO2", "5 V", "GPIO3", "GND", "GPIO4", "GPIO14", "GND", "GPIO15"),
    *("GPIO17", "GPIO18", "GPIO27", "GND", "GPIO22", "GPIO23", "3.3 V", "GPIO24", "GPIO10", "GND"),
    *("GPIO9", "GPIO25", "GPIO11", "GPIO8", "GND", "GPIO7", "GPIO0", "GPIO1", "GPIO5", "GND"),
    *("GPIO6", "GPIO12", "GPIO13", "GND", "GPIO19", "GPIO16", "GPIO26", "GPIO20", "GND", "GPIO21"),
)
"""The names of pins 1 to 40; a GPIO has its BCM number."""
POWER = 1
"""The header pin that feeds the display."""
GROUNDS = {"screen": 9, "switch": 25, "knob.gain": 39, "knob.level": 34, "led": 20}
"""The header pin that each part's ground goes to: the nearest in its row of the header."""


class Net(NamedTuple):
    """One wire."""

    part: str
    """As pedal.toml calls it: switch.A, knob.gain, led.clip, screen."""
    terminal: str
    pin: int
    """Of the header."""

    @property
    def name(self) -> str:
        """That of the header pin, such as GPIO17 or GND."""
        return HEADER[self.pin - 1]


def header_pin(bcm: int) -> int:
    """Where a BCM number is on the header."""
    return HEADER.index(f"GPIO{bcm}") + 1


def nets(settings: Settings) -> list[Net]:
    """Every wire, part by part from the top of the picture."""
    return [*_screen(settings), *_switches(settings), *_knobs(settings.knob), *_lights(settings.led)]


def text(settings: Settings) -> str:
    """Every wire in a line of its own, as the picture carries it."""
    return "\n".join(f"{net.part} {net.terminal}: pin {net.pin} {net.name}" for net in nets(settings))


def _screen(settings: Settings) -> Iterator[Net]:
    data, clock = I2C_PINS[settings.screen.bus]
    yield Net("screen", "VCC", POWER)
    yield Net("screen", "SDA", header_pin(data))
    yield Net("screen", "SCL", header_pin(clock))
    yield Net("screen", "GND", GROUNDS["screen"])


def _switches(settings: Settings) -> Iterator[Net]:
    for name, switch in settings.switch.items():
        yield Net(f"switch.{name}", "signal", header_pin(switch.pin))
        yield Net(f"switch.{name}", "ground", GROUNDS["switch"])


def _knobs(knobs: dict[str, KnobSettings]) -> Iterator[Net]:
    for name, knob in knobs.items():
        part = f"knob.{name}"
        for terminal, pin in zip(("A", "B", "push"), (*knob.pins, knob.push), strict=True):
            yield Net(part, terminal, header_pin(pin))
        yield Net(part, "ground", GROUNDS[part])


def _lights(led: LedSettings) -> Iterator[Net]:
    for name, pin in led._asdict().items():
        yield Net(f"led.{name}", "+", header_pin(pin))
        yield Net(f"led.{name}", "ground", GROUNDS["led"])
