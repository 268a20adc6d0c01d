"""Wi-Fi and Bluetooth."""

from pedal.measure.doctor.radio import bluetooth, wifi
from pedal.measure.finding import Mark, absent, fine, unchecked
from tests.measure.doctor.trees import Tree

ASK = "iw dev wlan0 get power_save"


def test_wifi(pi: Tree) -> None:
    assert wifi(pi.machine) == fine("wlan0: no power saving")
    found = wifi(pi.says(ASK, "Power save: on\n").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "wlan0 saves power")
    assert found.remedy == ("iw dev wlan0 set power_save off",)


def test_one_of_two(pi: Tree) -> None:
    pi.put("/sys/class/net/wlan1/phy80211/name", "phy1").says("iw dev wlan1 get power_save", "Power save: on\n")
    assert wifi(pi.machine).found == "wlan1 saves power"


def test_a_name_is_no_command(pi: Tree) -> None:
    """A remedy goes to a shell of root's."""
    pi.put("/sys/class/net/$(x)/phy80211/name", "phy1").says("iw dev $(x) get power_save", "Power save: on\n")
    assert wifi(pi.machine).remedy == ("iw dev '$(x)' set power_save off",)


def test_wifi_that_cannot_be_asked(pi: Tree) -> None:
    assert wifi(pi.says(ASK, None).machine) == unchecked("iw is missing, or refuses; sudo apt install iw")
    assert wifi(pi.remove("/sys/class/net").machine) == absent("no Wi-Fi")


def test_bluetooth(pi: Tree) -> None:
    assert bluetooth(pi.machine) == fine("off")
    found = bluetooth(pi.put("/sys/class/bluetooth/hci0/uevent", "DEVTYPE=host").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "hci0 is on")
    pi.put("/sys/class/rfkill/rfkill1/type", "bluetooth").put("/sys/class/rfkill/rfkill1/soft", "0")
    assert bluetooth(pi.machine).mark == Mark.WARNING
    assert bluetooth(pi.put("/sys/class/rfkill/rfkill1/soft", "1").machine) == fine("off")


def test_what_wakes_bluetooth_is_off_too(pi: Tree) -> None:
    pi.says("systemctl is-enabled hciuart", "enabled\n")
    found = bluetooth(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "off, but hciuart looks for it at every boot")
    assert (found.expected, found.fix) == ("hciuart off too", "sudo systemctl disable --now hciuart")
    found = bluetooth(pi.put("/sys/class/bluetooth/hci0/uevent", "DEVTYPE=host").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "hci0 is on")
    assert found.fix.startswith("sudo systemctl disable --now hciuart; add dtoverlay=disable-bt")


def test_no_bluetooth(nothing: Tree) -> None:
    assert bluetooth(nothing.machine) == absent("no Bluetooth")
