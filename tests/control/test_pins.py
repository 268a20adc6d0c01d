"""Pins through gpiozero's mock factory: real edges, pins that cannot be opened, a converter that is not there."""

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from gpiozero import DigitalInputDevice
from gpiozero.pins.mock import MockFactory, MockPin, MockSPIInterface

from pedal.control.knobs import Detent, PushEdge, Reading
from pedal.control.pins import Pins, open_factory
from pedal.control.settings import GpioSettings, KnobSettings, LedSettings, Settings, SwitchSettings
from pedal.control.switches import SwitchEdge
from pedal.sim.converter import Converter

POTENTIOMETERS = Settings(
    knob={
        "gain": KnobSettings("potentiometer", "gain", channel=0),
        "level": KnobSettings("potentiometer", "level", channel=7),
    }
)


class Opened:
    """Pins, and everything they have said."""

    def __init__(self, factory: MockFactory | None, settings: Settings = Settings()) -> None:  # noqa: B008
        self.edges: list[Any] = []
        self.threads: set[int] = set()
        self.log: list[str] = []
        self.pins = Pins(settings, factory, self._queue, self.log.append)

    def _queue(self, edge: Any) -> None:  # noqa: ANN401
        self.edges.append(edge)
        self.threads.add(threading.get_ident())


def test_a_footswitch_tells_each_edge_at_once(factory: MockFactory) -> None:
    opened = Opened(factory)
    pin = factory.pin(17)
    before = time.monotonic()
    for drive in (pin.drive_low, pin.drive_high, pin.drive_low, pin.drive_low):
        drive()
    assert [edge[:2] for edge in opened.edges] == [("A", True), ("A", False), ("A", True)]
    assert all(isinstance(edge, SwitchEdge) for edge in opened.edges)
    times = [before, *(edge.at for edge in opened.edges), time.monotonic()]
    assert times == sorted(times)
    opened.pins.close()


def test_the_level_of_a_footswitch(factory: MockFactory) -> None:
    factory.pin(22).drive_low()
    opened = Opened(factory)
    assert [opened.pins.is_down(name) for name in ("A", "B", "C", "unknown")] == [False, False, False, False]
    factory.pin(22).drive_low()
    assert opened.pins.is_down("C")
    opened.pins.close()


def turn(factory: MockFactory, pins: tuple[int, ...], rng: random.Random) -> None:
    """One detent: the first of the pins is the first to be connected to ground. Each contact bounces a few times."""
    first, second = (factory.pin(pin) for pin in pins)
    for pin, closes in ((first, True), (second, True), (first, False), (second, False)):
        for number in range(1 + 2 * rng.randrange(4)):
            (pin.drive_low if closes ^ bool(number % 2) else pin.drive_high)()


def test_no_detent_of_an_encoder_is_lost(factory: MockFactory) -> None:
    opened = Opened(factory)
    rng = random.Random(2)
    directions = [rng.choice((1, -1)) for _ in range(240)]
    for direction in directions:
        turn(factory, (5, 6) if direction > 0 else (6, 5), rng)
    assert [edge[:2] for edge in opened.edges] == [("gain", direction) for direction in directions]
    assert all(isinstance(edge, Detent) for edge in opened.edges)
    opened.pins.close()


def test_a_push_is_told_once_however_it_bounces(factory: MockFactory) -> None:
    opened = Opened(factory)
    push = factory.pin(21)
    for drive in (push.drive_low, push.drive_high) * 5:
        drive()
    assert [edge.name for edge in opened.edges] == ["level"]
    assert isinstance(opened.edges[0], PushEdge)
    opened.pins.close()


def test_edges_come_in_the_thread_that_sees_them_and_none_is_started(factory: MockFactory) -> None:
    threads = threading.active_count()
    Converter(factory)
    opened = Opened(factory, POTENTIOMETERS)
    driver = threading.Thread(target=factory.pin(17).drive_low)
    driver.start()
    driver.join()
    assert threading.active_count() == threads
    assert opened.threads == {driver.ident}
    opened.pins.close()


def test_lights(factory: MockFactory) -> None:
    opened = Opened(factory)
    bypass, clip = factory.pin(23), factory.pin(24)
    seen = []
    for heard, clipped in ((True, False), (True, True), (True, True), (False, False)):
        opened.pins.show(heard, clipped)
        seen.append((bypass.state, clip.state))
    assert seen == [(True, False), (True, True), (True, True), (False, False)]
    assert [state.state for state in bypass.states][-2:] == [True, False]
    opened.pins.show(True, True)
    opened.pins.close()
    assert bypass.function == "input"


def test_a_pedal_without_lights(factory: MockFactory) -> None:
    opened = Opened(factory, Settings(led=LedSettings(-1, -1)))
    opened.pins.show(True, True)
    assert opened.pins.faults == []
    opened.pins.close()


class Worn(MockPin):
    """A pin that can be opened, and not lit."""

    def _set_state(self, value: float) -> None:
        if value:
            raise OSError("Input/output error")
        super()._set_state(value)


def test_a_light_that_fails_is_reported_once_and_the_other_shines(factory: MockFactory) -> None:
    factory.pin(23, pin_class=Worn)
    opened = Opened(factory)
    for lit in (True, False, True):
        opened.pins.show(lit, lit)
    assert opened.pins.faults == ["LED bypass FAILS"]
    assert opened.log == ["LED bypass FAILS: Input/output error"]
    assert factory.pin(24).state
    opened.pins.close()


class Blind(MockPin):
    """A pin as RPi.GPIO has it on a kernel that it does not know."""

    def _enable_event_detect(self) -> None:
        raise RuntimeError("Failed to add edge detection")


class Busy(MockFactory):
    """Pin 27 belongs to another program, as lgpio says it."""

    def pin(self, name: Any, pin_class: type[MockPin] | None = None) -> MockPin:  # noqa: ANN401
        if name == 27:
            raise RuntimeError("'GPIO busy'")
        return super().pin(name, pin_class)


def test_what_cannot_be_opened_is_left_out_and_the_rest_works() -> None:
    factory = Busy()
    held = DigitalInputDevice(13, pin_factory=factory)
    factory.pin(22, pin_class=Blind)
    knobs = {**Settings().knob, "level": KnobSettings("encoder", "level", (99, 20))}
    opened = Opened(factory, Settings(knob=knobs))
    assert opened.pins.faults == ["PIN 27 TAKEN", "PIN 22 NO EDGES", "PIN 13 TAKEN", "PIN 99 UNUSABLE"]
    assert len(opened.log) == 4
    assert opened.log[0].startswith("PIN 27 TAKEN: switch.B: 'GPIO busy'; something else has it: give it another pin")
    assert "install lgpio" in opened.log[1]
    factory.pin(17).drive_low()
    turn(factory, (5, 6), random.Random(0))
    assert [edge.name for edge in opened.edges] == ["A", "gain"]
    assert not opened.pins.is_down("B")
    opened.pins.close()
    held.close()


def test_all_is_let_go_of(factory: MockFactory) -> None:
    Converter(factory)
    first = Opened(factory, POTENTIOMETERS)
    first.pins.close()
    second = Opened(factory, POTENTIOMETERS)
    assert second.pins.faults == []
    factory.pin(17).drive_low()
    assert (len(first.edges), len(second.edges)) == (0, 1)
    second.pins.close()


@pytest.mark.parametrize(("name", "faults"), [("auto", ["NO GPIO"]), ("lgpio", ["NO GPIO"]), ("none", [])])
def test_without_pins(name: str, faults: list[str]) -> None:
    opened = Opened(None, POTENTIOMETERS._replace(gpio=GpioSettings(name)))
    assert opened.pins.faults == faults
    assert not opened.pins.is_down("A")
    assert opened.pins.read_knobs() == []
    opened.pins.show(True, True)
    opened.pins.close()


def test_potentiometers_are_read(factory: MockFactory) -> None:
    chip = Converter(factory)
    opened = Opened(factory, POTENTIOMETERS)
    chip.readings[0], chip.readings[7] = 5, 1000
    assert opened.pins.read_knobs() == [Reading("gain", 5), Reading("level", 1000)]
    assert opened.pins.faults == []
    opened.pins.close()


class Absent(Converter):
    """No chip: the line stays where it is pulled."""

    def on_bit(self) -> None:
        """Up."""
        self.tx_buf = [1]


def test_a_converter_that_is_absent_moves_nothing_and_may_come(factory: MockFactory) -> None:
    absent = Absent(factory)
    opened = Opened(factory, POTENTIOMETERS)
    assert opened.pins.faults == ["NO MCP3008"]
    for _ in range(100):
        assert opened.pins.read_knobs() == []
    assert len(opened.log) == 1
    absent.close()
    Converter(factory)
    assert opened.pins.read_knobs() == [Reading("gain", 511), Reading("level", 511)]
    assert opened.pins.faults == []
    opened.pins.close()


def test_a_converter_that_comes_off_is_reported_after_half_a_second(factory: MockFactory) -> None:
    chip = Converter(factory)
    opened = Opened(factory, POTENTIOMETERS)
    chip.close()
    Absent(factory)
    said = []
    for _ in range(30):
        assert opened.pins.read_knobs() == []
        said.append(tuple(opened.pins.faults))
    assert said == [()] * 24 + [("NO MCP3008",)] * 6
    opened.pins.close()


class NoSpi(MockFactory):
    """A machine whose SPI is off, so that gpiozero falls back on one made of Python."""

    def _get_spi_class(self, shared: bool, hardware: bool) -> Any:  # noqa: ANN401
        if hardware and not shared:
            raise FileNotFoundError("can not open SPI device")
        return MockSPIInterface


def test_without_spi() -> None:
    opened = Opened(NoSpi(), POTENTIOMETERS)
    assert opened.pins.faults == ["NO SPI"]
    assert "dtparam=spi=on" in opened.log[0]
    assert opened.pins.read_knobs() == []
    opened.pins.close()


def test_spi_pins_that_a_switch_has(factory: MockFactory) -> None:
    opened = Opened(factory, POTENTIOMETERS._replace(switch={"A": SwitchSettings(10, "bypass")}))
    assert opened.pins.faults == ["NO SPI"]
    assert "already in use" in opened.log[0]
    opened.pins.close()


SCRIPT = """
import os, sys
from pathlib import Path
from pedal.control.pins import open_factory
print(open_factory(sys.argv[1], Path(sys.argv[2]), print), os.getcwd())
"""


def opening(name: str, folder: Path, path: Path | None = None) -> list[str]:
    """What a process of its own, in the root folder, says when it opens the factory of that name."""
    python_path = os.pathsep.join([str(path)] if path else []) + os.pathsep + os.getcwd()
    command = [sys.executable, "-c", SCRIPT, name, str(folder)]
    environment = {**os.environ, "PYTHONPATH": python_path}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", env=environment)
    return ran.stdout.splitlines()


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has pins")
def test_a_machine_without_pins_says_why_not(tmp_path: Path) -> None:
    first, second, result = opening("auto", tmp_path)
    assert first.startswith("the pins cannot be opened by lgpio: ")
    assert second.startswith("the pins cannot be opened by rpigpio: ")
    assert result == "None /"
    assert {path.name[:8] for path in tmp_path.iterdir()} <= {".lgd-nfy"}
    assert len(opening("rpigpio", tmp_path)) == 2


def test_the_empty_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lgpio.py").touch()
    said = opening("lgpio", tmp_path, tmp_path)
    assert said[0].startswith(
        "the pins cannot be opened by lgpio: its module is an empty file, version 0.0.0.2; install"
    )
    assert said[1] == "None /"


def test_none_opens_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    assert open_factory("none", tmp_path, said.append) is None
    assert said == []
