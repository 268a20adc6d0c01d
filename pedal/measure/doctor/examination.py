"""All checks, what is heard first before the rest, and what they have found."""

from collections.abc import Callable, Mapping

from pedal.measure.doctor import (
    buses,
    card,
    configuration,
    desktop,
    engine,
    heat,
    interrupts,
    kernels,
    linux,
    person,
    pins,
    processor,
    radio,
    rivals,
    service,
    storage,
    usb,
)
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Examined, Finding, unchecked, worst_first

Check = Callable[[Machine], Finding]

CHECKS: Mapping[str, Check] = {
    "card": card.attached,
    "rate and format": card.offered,
    "card in use": card.held,
    "engine": service.engine,
    "kernel library": kernels.library,
    "dropouts": engine.dropouts,
    "supply": heat.supply,
    "temperature": heat.temperature,
    "throttling": heat.slowed,
    "governor": processor.governor,
    "priority": engine.priority,
    "engine's core": engine.core,
    "engine's memory": engine.memory,
    "limits": engine.limits,
    "rivals": rivals.rivals,
    "isolated core": processor.isolated,
    "timer tick": processor.tick,
    "RCU": processor.callbacks,
    "USB interrupts": interrupts.usb,
    "interrupts": interrupts.others,
    "Linux": linux.preemption,
    "huge pages": linux.huge_pages,
    "system": processor.bits,
    "USB port": usb.port,
    "USB sleep": usb.suspension,
    "sound servers": card.servers,
    "control": service.control,
    "pins": pins.factory,
    "display bus": buses.i2c,
    "display": buses.display,
    "SPI": buses.spi,
    "pedal.toml": configuration.toml,
    "models": configuration.models,
    "units": service.units,
    "release": service.release,
    "pedal's groups": person.service_user,
    "your groups": person.asker,
    "SD card": storage.wear,
    "file system": storage.file_system,
    "free space": storage.space,
    "swap": storage.swap,
    "Wi-Fi": radio.wifi,
    "Bluetooth": radio.bluetooth,
    "desktop": desktop.desktop,
    "HDMI": desktop.hdmi,
    "GPU memory": desktop.gpu_memory,
    "boot": engine.boot,
}
"""By the names they are shown with."""


def examine(machine: Machine, checks: Mapping[str, Check] = CHECKS) -> list[Examined]:
    """What every check has found: the worst first, and in the order of the checks."""
    return worst_first(Examined(name, _checked(check, machine)) for name, check in checks.items())


def _checked(check: Check, machine: Machine) -> Finding:
    try:
        return check(machine)
    except Exception as error:  # noqa: BLE001 (whatever a machine has in store, the other checks are wanted)
        reason = " ".join(str(error).split()) or type(error).__name__
        return unchecked(reason)
