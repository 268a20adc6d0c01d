"""The display's bus, the display, the knobs' bus."""

import pytest

from pedal.measure.doctor.answering import NO_BUS, answer
from pedal.measure.doctor.buses import display, i2c, spi
from pedal.measure.finding import Mark, absent, fine, unchecked
from tests.measure.doctor.trees import Tree

CLOCK = "/sys/bus/i2c/devices/i2c-1/of_node/clock-frequency"
ASK = "python -P -m pedal.measure.doctor.answering 1 60"
KNOB = "[knob.gain]\nkind = 'potentiometer'\nturns = 'gain'\nchannel = 0\n"


def test_speed(pi: Tree) -> None:
    assert i2c(pi.machine) == fine("bus 1 at 400 kHz")
    found = i2c(pi.put(CLOCK, (100_000).to_bytes(4, "big")).machine)
    assert (found.mark, found.found, found.expected) == (Mark.WARNING, "bus 1 at 100 kHz", "400 kHz")


@pytest.mark.parametrize("clock", [None, b"\x80"])
def test_a_speed_that_is_not_told_is_not_fine(pi: Tree, clock: bytes | None) -> None:
    pi.remove(CLOCK) if clock is None else pi.put(CLOCK, clock)
    assert i2c(pi.machine) == unchecked("bus 1 is on, but does not tell its speed")


def test_a_bus_that_is_off(pi: Tree) -> None:
    found = i2c(pi.remove("/dev/i2c-1").machine)
    assert (found.mark, found.found, found.remedy) == (Mark.WARNING, "no /dev/i2c-1", ("modprobe i2c-dev",))
    assert display(pi.machine) == absent("no bus")
    found = i2c(pi.remove("/sys/bus/i2c").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "bus 1 is off")
    assert i2c(pi.remove("/proc/device-tree/model").machine) == absent("no such bus")


def test_no_display_wanted(pi: Tree) -> None:
    pi.toml("[screen]\ndriver = 'none'\n")
    assert i2c(pi.machine) == display(pi.machine) == absent("pedal.toml has no display")


@pytest.mark.parametrize(
    ("said", "mark", "found"),
    [
        ("answers\n", Mark.FINE, "answers at 0x3c"),
        ("taken\n", Mark.FINE, "0x3c is in use"),
        ("silent\n", Mark.WARNING, "nothing answers at 0x3c"),
        ("no bus\n", Mark.WARNING, "nothing answers at 0x3c"),
        ("forbidden\n", Mark.WARNING, "this user may not ask"),
        (None, Mark.WARNING, "nothing answers at 0x3c"),
    ],
)
def test_display(pi: Tree, said: str | None, mark: Mark, found: str) -> None:
    finding = display(pi.says(ASK, said).machine)
    assert (finding.mark, finding.found) == (mark, found)


def test_the_display_of_another_bus_is_asked(pi: Tree) -> None:
    pi.toml("[screen]\nbus = 5\naddress = 0x3d\n").put("/dev/i2c-5", "")
    assert display(pi.machine).found == "nothing answers at 0x3d"
    assert pi.asked == ["python -P -m pedal.measure.doctor.answering 5 61"]


def test_a_bus_that_is_not_there() -> None:
    assert answer(253, 0x3C) == NO_BUS


def test_spi(pi: Tree) -> None:
    assert spi(pi.machine) == absent("pedal.toml has no potentiometer")
    found = spi(pi.toml(KNOB).machine)
    assert (found.mark, found.found) == (Mark.HEARD, "off, but gain needs it")
    assert spi(pi.put("/dev/spidev0.0", "").machine) == fine("on, for gain")
