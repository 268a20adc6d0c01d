"""Footswitches, knobs and lights on the pins of a Raspberry Pi, behind gpiozero; what cannot be opened is left out."""

import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from gpiozero import Device, DigitalOutputDevice, GPIOPinInUse, SPISoftwareFallback

from pedal.control.contacts import Contact, Queue, Wheel
from pedal.control.knobs import Reading
from pedal.control.mcp3008 import Mcp3008
from pedal.control.settings import KnobSettings, Settings
from pedal.control.switches import SwitchEdge

Log = Callable[[str], None]
Factory = Any
"""gpiozero's, which has no types."""

MOST_MISSED = 25
"""Readings in a row that every potentiometer leaves unanswered, before the converter is said to be absent."""
NO_CONVERTER = "NO MCP3008"
STEADY = 25
"""Readings in a row that have to succeed, before the bus is said to work again: each is logged, at fifty a second."""
REMEDIES = {
    "TAKEN": "something else has it: give it another pin in pedal.toml, or end what has it, as `gpioinfo` says",
    "NO EDGES": "RPi.GPIO sees no edges on Linux 6.6 and later: install lgpio 0.2.2 or later",
    "UNUSABLE": "give it another pin in pedal.toml",
}


def open_factory(name: str, folder: Path, log: Log) -> Factory | None:
    """The factory of that name, or for auto the first that opens the pins; None where none does, and for none.

    `log` is told which it is, and why not another. lgpio keeps a pipe in the folder, which is there.
    """
    openers = {"lgpio": _lgpio, "rpigpio": _rpigpio}  # in the order of auto
    for candidate in openers if name == "auto" else openers.keys() & {name}:
        try:
            factory = openers[candidate](folder)
        except Exception as error:  # noqa: BLE001 (each library has errors of its own, and none may end the pedal)
            log(f"the pins cannot be opened by {candidate}: {str(error) or type(error).__name__}")
        else:
            log(f"the pins are opened by {candidate}")
            return factory
    return None


def _lgpio(folder: Path) -> Factory:
    os.environ["LG_WD"] = str(folder)
    with chdir(folder):  # the import makes it the working directory, and opens its pipe there
        import lgpio
    if not hasattr(lgpio, "gpiochip_open"):
        raise ImportError("its module is an empty file, version 0.0.0.2; install 0.2.2 or later")
    from gpiozero.pins.lgpio import LGPIOFactory

    return LGPIOFactory()


def _rpigpio(_folder: Path) -> Factory:
    from gpiozero.pins.rpigpio import RPiGPIOFactory
    from RPi import GPIO

    factory = RPiGPIOFactory()
    GPIO.gpio_function(2)  # reads what a pin is for: the first thing that needs the chip
    return factory


class Pins:
    """Everything on the pins that could be opened."""

    def __init__(
        self,
        settings: Settings,
        factory: Factory | None,
        queue: Queue,
        log: Log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`queue` is called by the thread that has seen an edge; `log` is told what to do about each of the faults."""
        self.faults: list[str] = []
        """What does not work at present, such as PIN 17 TAKEN: short enough for the screen."""
        self._log = log
        self._queue = queue
        self._clock = clock
        self._switches: dict[str, Contact] = {}
        self._contacts: list[Contact] = []
        self._lights: dict[str, Any] = {}
        self._converter: Mcp3008 | None = None
        self._channels = {name: knob.channel for name, knob in settings.knob.items() if knob.kind == "potentiometer"}
        self._missed = 0
        self._wanted: dict[str, int] = {}
        """Of a fault that may be over, how often in a row what failed has still to work."""
        if factory is not None:
            self._open(settings, factory)
        elif settings.gpio.factory != "none":
            self._fault(
                "NO GPIO", "nothing opens the pins; it takes a Raspberry Pi, lgpio, and a user in the group gpio"
            )

    def is_down(self, name: str) -> bool:
        """Whether the footswitch of that name is pressed at present; one that could not be opened never is."""
        down = False
        if name in self._switches:
            with self._working(f"SWITCH {name} FAILS"):
                down = self._switches[name].closed
        return down

    def read_knobs(self) -> list[Reading]:
        """What each potentiometer says at present, but for those that give no answer."""
        readings = []
        if self._converter is not None:
            with self._working("SPI FAILS", wanted=STEADY):
                for name, channel in self._channels.items():
                    raw = self._converter.read(channel)
                    if raw is not None:
                        readings.append(Reading(name, raw))
            self._missed = 0 if readings else self._missed + 1
            if self._missed == MOST_MISSED:
                self._fault(NO_CONVERTER, "nothing that is one answers on the first SPI bus: look at pins 8 to 11")
            elif readings:
                self._mended(NO_CONVERTER)
        return readings

    def show(self, heard: bool, clip: bool) -> None:
        """Light what is so: the effect is heard; something has clipped."""
        for name, lit in (("bypass", heard), ("clip", clip)):
            if name in self._lights:
                with self._working(f"LED {name} FAILS", proof=lit):
                    self._lights[name].value = lit

    def close(self) -> None:
        """Let go of every pin; lights go out."""
        devices = [*self._switches.values(), *self._contacts, *self._lights.values()]
        for device in [*devices, self._converter] if self._converter else devices:
            with self._working("PINS STAY TAKEN"):
                device.close()

    def _open(self, settings: Settings, factory: Factory) -> None:
        for name, switch in settings.switch.items():
            with self._opening(f"switch.{name}", switch.pin):
                self._switches[name] = Contact(switch.pin, factory, partial(self._stepped, name), self._clock)
        for name, knob in settings.knob.items():
            if knob.kind == "encoder":
                self._open_encoder(name, knob, factory)
        for name, pin in settings.led._asdict().items():
            if pin >= 0:
                with self._opening(f"led.{name}", pin):
                    self._lights[name] = DigitalOutputDevice(pin, pin_factory=factory)
        if self._channels:
            self._open_converter(factory)

    def _open_encoder(self, name: str, knob: KnobSettings, factory: Factory) -> None:
        wheel = Wheel(name, knob.edges, self._queue)
        for number, pin in enumerate(knob.pins):
            with self._opening(f"knob.{name}", pin):
                contact = Contact(pin, factory, partial(wheel.turns, number), self._clock)
                self._contacts.append(contact)
                wheel.quadrature.stands(number, contact.closed)
        if knob.push >= 0:
            with self._opening(f"knob.{name}", knob.push):
                self._contacts.append(Contact(knob.push, factory, wheel.pushes, self._clock))

    def _open_converter(self, factory: Factory) -> None:
        """Open SPI, and see whether anything answers there."""
        Device.pin_factory = factory  # which gpiozero's own SPI asks for, whatever it is given
        with self._working("NO SPI", "it has to be on, dtparam=spi=on in /boot/firmware/config.txt, and its pins free"):
            with warnings.catch_warnings():
                warnings.simplefilter("error", SPISoftwareFallback)  # a bus made of Python takes a tenth of a core
                self._converter = Mcp3008(factory.spi(port=0, device=0))
            while not self.read_knobs() and self._missed < MOST_MISSED:
                pass

    def _stepped(self, name: str, down: bool, at: float) -> None:
        self._queue(SwitchEdge(name, down, at))

    @contextmanager
    def _opening(self, key: str, pin: int) -> Iterator[None]:
        """Leave out what cannot be opened, and say what to do."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 (each library below gpiozero has errors of its own)
            taken = isinstance(error, GPIOPinInUse) or "busy" in str(error)
            kind = "TAKEN" if taken else "NO EDGES" if "edge detection" in str(error) else "UNUSABLE"
            self._fault(f"PIN {pin} {kind}", f"{key}: {error}; {REMEDIES[kind]}")

    @contextmanager
    def _working(self, text: str, remedy: str = "", *, wanted: int = 1, proof: bool = True) -> Iterator[None]:
        """Go on without what fails, which is said once, and taken back when it has worked as often as is wanted.

        Not everything that succeeds is proof: a light that cannot be lit can be put out.
        """
        try:
            yield
        except Exception as error:  # noqa: BLE001 (as above)
            self._fault(text, f"{error}; {remedy}" if remedy else str(error))
            self._wanted[text] = wanted
        else:
            if proof and text in self._wanted:
                self._wanted[text] -= 1
                if self._wanted[text] == 0:
                    del self._wanted[text]
                    self._mended(text)

    def _fault(self, text: str, remedy: str) -> None:
        if text not in self.faults:
            self.faults.append(text)
            self._log(f"{text}: {remedy}")

    def _mended(self, text: str) -> None:
        if text in self.faults:
            self.faults.remove(text)
            self._log(f"{text}: it works again")
