"""Heat and supply: what slows a Pi down in the middle of a song."""

from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, heard, unchecked, warning
from pedal.measure.temperature import temperature_c
from pedal.measure.throttling import FLAGS, Throttling, throttling

WARM_C, HOT_C = 70.0, 80.0
UNDERVOLTAGE = FLAGS[0]
SUPPLY = "a supply of 5.1 V and 3 A with a short, thick cable; nothing else fed by the Pi's USB"
COOL = "a heat sink or a fan, and holes in the case"


def temperature(machine: Machine) -> Finding:
    """How hot the processor is."""
    found_c = temperature_c(machine.path("/sys"))
    if found_c is None:
        return absent()
    if found_c >= HOT_C:
        return heard(f"{found_c:.0f} °C", f"below {WARM_C:.0f} °C: it slows down at {HOT_C:.0f}", COOL)
    if found_c >= WARM_C:
        return warning(f"{found_c:.0f} °C", f"below {WARM_C:.0f} °C: it slows down at {HOT_C:.0f}", COOL)
    return fine(f"{found_c:.0f} °C")


def supply(machine: Machine) -> Finding:
    """Whether the supply's voltage holds."""
    return _flagged(_asked(machine), (UNDERVOLTAGE,), SUPPLY, "enough voltage")


def slowed(machine: Machine) -> Finding:
    """Whether the firmware holds the processor back."""
    found = _asked(machine)
    if "voltage alone" in found.source:
        return unchecked("only its voltage is told")
    return _flagged(found, FLAGS[1:], "cool it, and see to the supply", "full speed")


def _flagged(found: Throttling, names: tuple[str, ...], fix: str, expected: str) -> Finding:
    if found.flags is None:
        return absent() if found.source.startswith("not on") else unchecked(found.source)
    now, before = ([name for name in names if name in flags] for flags in (found.now, found.since_boot))
    if now:
        return heard(f"{', '.join(now)}, now", expected, fix)
    if before:
        return warning(f"{', '.join(before)} since boot, not now", expected, fix)
    return fine(f"{expected} since boot")


def _asked(machine: Machine) -> Throttling:
    def ask(command: str, argument: str) -> str:
        said = machine.output("vcgencmd", command, *([argument] if argument else []))
        if said is None:
            raise FileNotFoundError("vcgencmd")
        return said.strip()

    return throttling(machine.path("/sys"), ask)
