"""Wi-Fi and Bluetooth."""

import shlex

from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import AT_ONCE, Finding, absent, fine, unchecked, warning

SAVING = "power save: on"
HCIUART = "hciuart"
"""The service that wakes Bluetooth at boot, where Linux does not do so itself."""
DISABLE = f"sudo systemctl disable --now {HCIUART}"


def wifi(machine: Machine) -> Finding:
    """Whether Wi-Fi answers at once: its power saving makes ssh stutter, and wakes the driver up at odd moments."""
    names = [path.split("/")[4] for path in machine.found("/sys/class/net/*/phy80211")]
    if not names:
        return absent("no Wi-Fi")
    said = {name: machine.output("iw", "dev", name, "get", "power_save") for name in names}
    if any(text is None for text in said.values()):
        return unchecked("iw is missing, or refuses; sudo apt install iw")
    saving = [name for name, text in said.items() if SAVING in (text or "").casefold()]
    if not saving:
        return fine(f"{', '.join(names)}: no power saving")
    return warning(
        f"{', '.join(saving)} saves power",
        "no power saving",
        AT_ONCE,
        tuple(f"iw dev {shlex.quote(name)} set power_save off" for name in saving),
    )


def bluetooth(machine: Machine) -> Finding:
    """Whether Bluetooth is off, which nothing here uses."""
    radios = [path.split("/")[4] for path in machine.found("/sys/class/bluetooth/hci*")]
    blocked = {
        machine.text(f"{folder}/soft")
        for path in machine.found("/sys/class/rfkill/rfkill*/type")
        if machine.text(path) == "bluetooth" and (folder := path.rpartition("/")[0])
    }
    woken = (machine.output("systemctl", "is-enabled", HCIUART) or "").strip() == "enabled"
    if radios and blocked != {"1"}:
        fix = "add dtoverlay=disable-bt to config.txt and restart, or: rfkill block bluetooth"
        return warning(f"{', '.join(radios)} is on", "off", f"{DISABLE}; {fix}" if woken else fix)
    if woken:
        return warning(f"off, but {HCIUART} looks for it at every boot", f"{HCIUART} off too", DISABLE)
    if not machine.exists("/sys/class/bluetooth") and not blocked:
        return absent("no Bluetooth")
    return fine("off")
