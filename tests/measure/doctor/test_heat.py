"""Heat and supply."""

import pytest

from pedal.measure.doctor.heat import slowed, supply, temperature
from pedal.measure.finding import Mark, absent, fine, unchecked
from tests.measure.doctor.trees import Tree

FLAGS = "/sys/devices/platform/soc/soc:firmware/get_throttled"


@pytest.mark.parametrize(
    ("temp", "mark", "found"),
    [
        ("51540", Mark.FINE, "52 °C"),
        ("69999", Mark.FINE, "70 °C"),
        ("70000", Mark.WARNING, "70 °C"),
        ("80000", Mark.HEARD, "80 °C"),
    ],
)
def test_temperature(pi: Tree, temp: str, mark: Mark, found: str) -> None:
    said = temperature(pi.put("/sys/class/thermal/thermal_zone0/temp", temp).machine)
    assert (said.mark, said.found) == (mark, found)


@pytest.mark.parametrize(
    ("flags", "voltage", "speed"),
    [
        ("0", "fine: enough voltage since boot", "fine: full speed since boot"),
        ("50005", "heard: undervoltage, now", "heard: throttled, now"),
        ("50000", "warning: undervoltage since boot, not now", "warning: throttled since boot, not now"),
        ("80008", "fine: enough voltage since boot", "heard: soft temperature limit, now"),
        ("a0002", "fine: enough voltage since boot", "heard: clock capped, now"),
    ],
)
def test_what_the_firmware_says(pi: Tree, flags: str, voltage: str, speed: str) -> None:
    machine = pi.put(FLAGS, flags).machine
    assert [f"{said.mark}: {said.found}" for said in (supply(machine), slowed(machine))] == [voltage, speed]


def test_by_the_firmwares_own_program(pi: Tree) -> None:
    pi.remove(FLAGS).says("vcgencmd get_throttled", "throttled=0x1\n")
    assert supply(pi.machine).mark == Mark.HEARD
    assert slowed(pi.machine) == fine("full speed since boot")
    assert supply(
        pi.says("vcgencmd get_throttled", 'error=1 error_msg="Command not registered"\n').machine
    ).found.startswith("could not be checked: vcgencmd says")


def test_a_sensor_of_the_voltage_alone(pi: Tree) -> None:
    pi.remove(FLAGS).put("/sys/class/hwmon/hwmon1/name", "rpi_volt").put("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1")
    assert supply(pi.machine).found == "undervoltage, now"
    assert slowed(pi.machine) == unchecked("only its voltage is told")


def test_another_machine(nothing: Tree) -> None:
    assert {check(nothing.machine) for check in (supply, slowed, temperature)} == {absent()}
