"""Pins through gpiozero's mock factory: real edges, pins that cannot be opened, a converter that is not there."""

import random
import threading
from typing import Any

import pytest
from gpiozero import DigitalInputDevice
from gpiozero.pins.mock import MockFactory, MockPin, MockSPIInterface

from pedal.control.knobs import Detent, PushEdge, Reading
from pedal.control.pins import STEADY, Pins
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
        self.now = 0.0
        self.pins = Pins(settings, factory, self._queue, self.log.append, lambda: self.now)

    def _queue(self, edge: Any) -> None:  # noqa: ANN401
        self.edges.append(edge)
        self.threads.add(threading.get_ident())


def test_a_footswitch_tells_each_edge_at_once(factory: MockFactory) -> None:
    opened = Opened(factory)
    pin = factory.pin(17)
    for opened.now, drive in enumerate((pin.drive_low, pin.drive_high, pin.drive_low, pin.drive_low)):
        drive()
    assert opened.edges == [SwitchEdge("A", True, 0), SwitchEdge("A", False, 1), SwitchEdge("A", True, 2)]
    assert all(isinstance(edge, SwitchEdge) for edge in opened.edges)
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


class Loose(MockPin):
    """A pin whose chip is unplugged now and then."""

    off = False

    def _check(self) -> None:
        if self.off:
            raise OSError("Remote I/O error")

    def _get_state(self) -> Any:  # noqa: ANN401
        self._check()
        return super()._get_state()

    def _set_state(self, value: float) -> None:
        self._check()
        super()._set_state(value)


def test_a_light_that_shines_again_is_no_fault_any_more(factory: MockFactory) -> None:
    light = factory.pin(23, pin_class=Loose)
    opened = Opened(factory)
    said = []
    for light.off, lit in ((True, True), (False, False), (False, True), (True, True)):
        opened.pins.show(lit, lit)
        said.append(list(opened.pins.faults))
    assert said == [["LED bypass FAILS"], ["LED bypass FAILS"], [], ["LED bypass FAILS"]]
    assert opened.log[1] == "LED bypass FAILS: it works again"
    light.off = False
    opened.pins.close()


def test_a_switch_that_answers_again_is_no_fault_any_more(factory: MockFactory) -> None:
    switch = factory.pin(17, pin_class=Loose)
    opened = Opened(factory)
    switch.drive_low()
    switch.off = True
    assert [opened.pins.is_down("A"), opened.pins.is_down("B")] == [False, False]
    assert opened.pins.faults == ["SWITCH A FAILS"]
    switch.off = False
    assert opened.pins.is_down("A")
    assert opened.pins.faults == []
    assert len(opened.log) == 2
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


class Flaky(MockSPIInterface):
    """A bus that fails now and then."""

    off = False

    def transfer(self, data: Any) -> Any:  # noqa: ANN401
        if Flaky.off:
            raise OSError("Input/output error")
        return super().transfer(data)


class FlakySpi(MockFactory):
    """A machine that has it."""

    def _get_spi_class(self, shared: bool, hardware: bool) -> Any:  # noqa: ANN401, ARG002
        return Flaky


def test_a_bus_that_has_worked_for_half_a_second_is_no_fault_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = FlakySpi()
    Converter(factory)
    opened = Opened(factory, POTENTIOMETERS)
    said = []
    for off in (True, *[False] * (STEADY - 1), True, *[False] * STEADY):
        monkeypatch.setattr(Flaky, "off", off)
        assert len(opened.pins.read_knobs()) == (0 if off else 2)
        said.append(list(opened.pins.faults))
    assert said == [["SPI FAILS"]] * (2 * STEADY) + [[]]
    assert opened.log == ["SPI FAILS: Input/output error", "SPI FAILS: it works again"]
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
