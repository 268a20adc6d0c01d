"""The interface's place on the USB."""

from typing import NamedTuple

from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import AT_ONCE, Finding, absent, fine, warning

DEVICES = "/sys/bus/usb/devices"
HUB = "09"
PI_4 = ("2109", "3431")
"""The hub on a Pi 4's board, by which all four sockets are one bus for what is no faster than 480 Mbit/s."""
BOARDS_OWN = {PI_4, ("0424", "9514"), ("0424", "2514")}
"""Hubs on the board: a Pi 4's, and those of older ones."""
BUILT_IN = "fixed"
HIGH_SPEED = 480.0


class Device(NamedTuple):
    """One device, hubs too."""

    port: str
    """Its place: 1-1.2 is the second port of the hub in the first port of bus 1."""
    bus: int
    number: int
    kind: str
    """Its class, two hexadecimal digits."""
    id: tuple[str, str]
    name: str
    speed_mbps: float
    built_in: bool
    """Nobody can unplug it."""

    @property
    def parent(self) -> str:
        """The hub it is in: 1-1 of 1-1.2; the root hub of 1-1 is usb1."""
        return self.port.rpartition(".")[0] or f"usb{self.bus}"


def port(machine: Machine) -> Finding:
    """Whether the interface is directly on the board, and nothing as fast as itself on its bus.

    A slower device, such as a keyboard or a MIDI pedal, takes too little of the bus to be heard.
    """
    found = _devices(machine)
    card = _card(machine, found)
    if card is None:
        return absent("no USB card")
    hub = next((device for device in found if device.port == card.parent), None)
    beside = [device for device in found if device.bus == card.bus and device != card and device.kind != HUB]
    sharing = [device for device in beside if device.speed_mbps >= card.speed_mbps and not device.built_in]
    slow = "" if card.speed_mbps >= HIGH_SPEED else ": packets every 1 ms, not 0.125 ms"
    place = f"port {card.port}, {card.speed_mbps:g} Mbit/s{slow}"
    if hub and not hub.port.startswith("usb") and hub.id not in BOARDS_OWN:
        return warning(
            f"{place}, in {hub.name or 'a hub'}", "in the Pi itself", "plug the interface into the Pi itself"
        )
    if sharing:
        names = ", ".join(device.name for device in sharing)
        no_use = "; another socket of a Pi 4 is on the same bus" if hub and hub.id == PI_4 else ""
        return warning(
            f"{place}, its bus shared with {names}",
            "nothing as fast as the interface beside it",
            f"unplug {names} for the stage{no_use}",
        )
    return fine(f"{place}, beside {', '.join(device.name for device in beside)}" if beside else place)


def suspension(machine: Machine) -> Finding:
    """Whether the interface is never put to sleep."""
    card = _card(machine, _devices(machine))
    control = f"{DEVICES}/{card.port}/power/control" if card else ""
    found = machine.text(control) if card else None
    if card is None or found is None:
        return absent("no USB card")
    if found == "on":
        return fine("never put to sleep")
    return warning(
        "put to sleep when idle",
        "never: it wakes late",
        AT_ONCE,
        (f"echo on > {control}",),
    )


def _card(machine: Machine, devices: list[Device]) -> Device | None:
    """The interface that the engine takes."""
    if machine.card is None:
        return None
    place = (machine.text(f"/proc/asound/card{machine.card.number}/usbbus") or "").split("/")
    if not all(part.isdecimal() for part in place) or len(place) != 2:
        return None
    bus, number = map(int, place)
    return next((device for device in devices if (device.bus, device.number) == (bus, number)), None)


def _devices(machine: Machine) -> list[Device]:
    return [
        Device(
            path.rsplit("/", 2)[1],
            int(read["busnum"]),
            int(read["devnum"]),
            read["bDeviceClass"],
            (read["idVendor"], read["idProduct"]),
            read["product"] or f"{read['idVendor']}:{read['idProduct']}",
            float(read["speed"] or 0),
            read["removable"] == BUILT_IN,
        )
        for path in machine.found(f"{DEVICES}/*/devnum")
        if (read := _read(machine, path.rpartition("/")[0]))["busnum"].isdecimal() and read["devnum"].isdecimal()
    ]


def _read(machine: Machine, folder: str) -> dict[str, str]:
    names = ("busnum", "devnum", "bDeviceClass", "idVendor", "idProduct", "product", "speed", "removable")
    return {name: machine.text(f"{folder}/{name}") or "" for name in names}
