"""Where the interface is plugged in."""

import pytest

from pedal.measure.doctor.finding import Mark, absent, fine
from pedal.measure.doctor.usb import port, suspension
from tests.measure.doctor.pi4 import USB, device
from tests.measure.doctor.trees import Tree


def add(tree: Tree, *place: object) -> Tree:
    for path, text in device(*place).items():  # type: ignore[arg-type]
        tree.put(path, text)
    return tree


def test_alone_in_the_pi(pi: Tree) -> None:
    add(pi, "2-1", 2, 2, "08", "0781:5581", "Ultra", "5000")  # a stick on the other bus
    assert port(pi.machine) == fine("port 1-1.2, 480 Mbit/s")


def test_shared(pi: Tree) -> None:
    add(pi, "1-1.4", 1, 9, "00", "046d:c31c", "USB Keyboard", "1.5")
    found = port(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "port 1-1.2, 480 Mbit/s, shared with USB Keyboard")
    assert found.fix == "unplug USB Keyboard for the stage"


def test_a_device_without_a_name(pi: Tree) -> None:
    add(pi, "1-1.4", 1, 9, "00", "046d:c31c", "", "1.5")
    assert port(pi.machine).found.endswith("shared with 046d:c31c")


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
