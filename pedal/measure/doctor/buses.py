"""The display's bus, the display, and the knobs' bus."""

from pedal.measure.doctor.answering import ANSWERS, FORBIDDEN, TAKEN
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, heard, unchecked, warning

FAST_HZ = 400_000
TURN_ON = (
    "dtparam=i2c_arm=on,i2c_arm_baudrate=400000 in /boot/firmware/config.txt and a restart: ./deploy.sh HOST does it"
)
SPI_ON = "dtparam=spi=on in /boot/firmware/config.txt and a restart: ./deploy.sh HOST does it"
NO_DISPLAY = "pedal.toml has no display"


def i2c(machine: Machine) -> Finding:
    """Whether the display's bus is on, and fast."""
    screen = machine.settings.screen
    adapter = f"/sys/bus/i2c/devices/i2c-{screen.bus}"
    if screen.driver == "none":
        return absent(NO_DISPLAY)
    if not machine.exists(adapter):
        return warning(f"bus {screen.bus} is off", "on", TURN_ON) if machine.is_pi else absent("no such bus")
    if not machine.exists(f"/dev/i2c-{screen.bus}"):
        fix = "echo i2c-dev | sudo tee /etc/modules-load.d/i2c.conf, and restart"
        return warning(f"no /dev/i2c-{screen.bus}", "the module i2c-dev", fix, ("modprobe i2c-dev",))
    clock = machine.data(f"{adapter}/of_node/clock-frequency")
    if clock is None or len(clock) != 4:
        return unchecked(f"bus {screen.bus} is on, but does not tell its speed")
    speed_hz = int.from_bytes(clock, "big")
    found = f"bus {screen.bus} at {speed_hz // 1000} kHz"
    return fine(found) if speed_hz >= FAST_HZ else warning(found, f"{FAST_HZ // 1000} kHz", TURN_ON)


def display(machine: Machine) -> Finding:
    """Whether the display answers."""
    screen = machine.settings.screen
    if screen.driver == "none":
        return absent(NO_DISPLAY)
    if not machine.exists(f"/dev/i2c-{screen.bus}"):
        return absent("no bus")
    probe = (machine.python, "-P", "-m", "pedal.measure.doctor.answering")
    said = machine.output(*probe, str(screen.bus), str(screen.address))
    said = (said or "").strip()
    if said in (ANSWERS, TAKEN):
        return fine(f"answers at 0x{screen.address:02x}" if said == ANSWERS else f"0x{screen.address:02x} is in use")
    if said == FORBIDDEN:
        return warning("this user may not ask", "in group i2c", "sudo usermod -aG i2c $USER, and log in again")
    return warning(
        f"nothing answers at 0x{screen.address:02x}",
        f"an {screen.driver.upper()}",
        f"look at its four wires; `i2cdetect -y {screen.bus}` shows what is there, [screen] address says which",
    )


def spi(machine: Machine) -> Finding:
    """Whether the bus of the MCP3008 is on, where pedal.toml has a potentiometer."""
    knobs = [name for name, knob in machine.settings.knob.items() if knob.kind == "potentiometer"]
    if not knobs:
        return absent("pedal.toml has no potentiometer")
    if machine.exists("/dev/spidev0.0"):
        return fine(f"on, for {', '.join(knobs)}")
    return heard(f"off, but {', '.join(knobs)} needs it", "on", SPI_ON)
