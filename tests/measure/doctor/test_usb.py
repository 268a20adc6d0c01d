"""Where the interface is plugged in."""

import pytest

from pedal.measure.doctor.usb import port, suspension
from pedal.measure.finding import Mark, absent, fine, warning
from tests.measure.doctor.pi4 import USB, device
from tests.measure.doctor.trees import Tree


def add(tree: Tree, *place: object) -> Tree:
    for path, text in device(*place).items():  # type: ignore[arg-type]
        tree.put(path, text)
    return tree


def test_alone_in_the_pi(pi: Tree) -> None:
    add(pi, "2-1", 2, 2, "08", "0781:5581", "Ultra", "5000")  # a stick on the other bus
    assert port(pi.machine) == fine("port 1-1.2, 480 Mbit/s")


def test_slower_ones_beside_it_do_no_harm(pi: Tree) -> None:
    """All four sockets of a Pi 4 are one bus: whoever needs a MIDI pedal can plug it in nowhere else."""
    add(pi, "1-1.4", 1, 9, "00", "046d:c31c", "USB Keyboard", "1.5")
    add(pi, "1-1.1", 1, 10, "00", "1c75:0288", "MIDI Pedal", "12")
    assert port(pi.machine) == fine("port 1-1.2, 480 Mbit/s, beside MIDI Pedal, USB Keyboard")


@pytest.mark.parametrize("place", ["1-1.4", "1-1.3.2"])
def test_one_as_fast_takes_of_its_bus_in_every_socket(pi: Tree, place: str) -> None:
    add(pi, place, 1, 9, "00", "0781:5567", "Cruzer Blade")
    assert port(pi.machine) == warning(
        "port 1-1.2, 480 Mbit/s, its bus shared with Cruzer Blade",
        "nothing as fast as the interface beside it",
        "unplug Cruzer Blade for the stage; another socket of a Pi 4 is on the same bus",
    )


def test_what_is_built_in_cannot_be_unplugged(pi: Tree) -> None:
    add(pi, "1-1.1", 1, 9, "ff", "0424:ec00", "Ethernet").put(f"{USB}/1-1.1/removable", "fixed")
    assert port(pi.machine) == fine("port 1-1.2, 480 Mbit/s, beside Ethernet")


def test_a_device_without_a_name(pi: Tree) -> None:
    add(pi, "1-1.4", 1, 9, "00", "0781:5567", "")
    assert port(pi.machine).found.endswith("shared with 0781:5567")


def test_behind_a_hub(pi: Tree) -> None:
    pi.remove(f"{USB}/1-1.2")
    add(pi, "1-1.2", 1, 4, "09", "05e3:0610", "USB2.1 Hub")
    add(pi, "1-1.2.1", 1, 3, "ef", "1235:8210", "Scarlett 2i2 USB")
    found = port(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "port 1-1.2.1, 480 Mbit/s, in USB2.1 Hub")


def test_in_a_pcs_root_hub(pi: Tree) -> None:
    pi.remove(f"{USB}/1-1.2", f"{USB}/1-1")
    add(pi, "1-3", 1, 3, "ef", "1235:8210", "Scarlett 2i2 USB", "12")
    assert port(pi.machine) == fine("port 1-3, 12 Mbit/s: packets every 1 ms, not 0.125 ms")


def test_sleep(pi: Tree) -> None:
    assert suspension(pi.machine) == fine("never put to sleep")
    found = suspension(pi.put(f"{USB}/1-1.2/power/control", "auto").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "put to sleep when idle")
    assert found.remedy == (f"echo on > {USB}/1-1.2/power/control",)


@pytest.mark.parametrize("path", ["/proc/asound", "/proc/asound/card1/usbbus", USB])
def test_no_usb_card(pi: Tree, path: str) -> None:
    machine = pi.remove(path).machine
    assert (port(machine), suspension(machine)) == (absent("no USB card"),) * 2
