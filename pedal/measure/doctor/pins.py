"""The pins: which library opens them."""

import json

from pedal.measure.doctor.drivers import EMPTY, REAL, REPLACED
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, heard, unchecked

INSTALL = "./deploy.sh HOST installs lgpio"


def factory(machine: Machine) -> Finding:
    """Which of gpiozero's factories is taken, and whether it sees a switch."""
    wanted = machine.settings.gpio.factory
    if wanted == "none":
        return fine("none, as pedal.toml asks")
    if not machine.exists("/dev/gpiochip0"):
        return heard("no /dev/gpiochip0", "the Pi's pins", NO_CHIP) if machine.is_pi else absent("no pins")
    said = machine.output(machine.python, "-P", "-m", "pedal.measure.doctor.drivers")
    if said is None:
        return unchecked("the pedal's Python does not say what is installed")
    found: dict[str, str] = json.loads(said)
    lgpio, rpigpio = found["lgpio"], found["RPi.GPIO"]
    if wanted in ("auto", "lgpio") and lgpio == REAL:
        return fine("lgpio")
    empty = "lgpio is an empty file, version 0.0.0.2" if lgpio == EMPTY else "no lgpio"
    if wanted == "lgpio" or rpigpio not in (REAL, REPLACED):
        return heard(empty, "lgpio, 0.2.2 or later", INSTALL)
    if rpigpio == REPLACED:
        return fine("rpi-lgpio, in the place of RPi.GPIO")
    return heard("RPi.GPIO, which sees no switch in the service, nor on Linux 6.6 and later", "lgpio", INSTALL)


NO_CHIP = "sudo apt full-upgrade, and restart"
