"""The card that everything is kept on."""

from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, unchecked, warning

WORN = 9
"""Tenths of an eMMC's life, as life_time has them: 80 to 90 % is used."""
END_NEAR = 2
"""Of pre_eol_info: 1 normal, 2 most of the reserve used, 3 urgent."""
LEAST_FREE_MB = 500


def wear(machine: Machine) -> Finding:
    """How worn the card is, where it tells: an eMMC does, an SD card does not."""
    devices = [path.rpartition("/")[0] for path in machine.found("/sys/block/mmcblk*/device/type")]
    if not devices:
        return absent("no SD card")
    device = devices[0]
    name = machine.text(f"{device}/name") or "a card"
    worst = max((int(word, 16) for word in (machine.text(f"{device}/life_time") or "").split()), default=0)
    reserve = int(machine.text(f"{device}/pre_eol_info") or "0", 16)
    if not worst and not reserve:
        return unchecked(f"{name} does not tell how worn it is")
    found = f"{name}, at most {10 * worst} % of its life used"
    if worst >= WORN or reserve >= END_NEAR:
        return warning(
            f"{found}{', little reserve left' * (reserve >= END_NEAR)}", "less than 80 %", _new_card(machine)
        )
    return fine(found)


def file_system(machine: Machine) -> Finding:
    """Whether what the pedal keeps can be written, and the file system has seen no errors."""
    state = str(machine.where.state)
    mounts = [line.split() for line in (machine.text("/proc/mounts") or "").splitlines()]
    holding = [fields for fields in mounts if len(fields) > 3 and _within(state, fields[1])]
    if not holding:
        return absent()
    device, place, kind, options = max(holding, key=lambda fields: len(fields[1]))[:4]
    if "ro" in options.split(","):
        return warning(
            f"{place} is read-only: nothing is kept, no model can be installed",
            "writable",
            "restart; it turns read-only after errors: then " + _new_card(machine),
        )
    counts = {path.split("/")[4]: int(machine.text(path) or 0) for path in machine.found("/sys/fs/ext4/*/errors_count")}
    faulty = ", ".join(f"{count} errors on {name}" for name, count in counts.items() if count)
    if faulty:
        return warning(faulty, "none", f"restart, so that it is checked; if they come back, {_new_card(machine)}")
    return fine(f"{device.rpartition('/')[2]}, {kind}, writable{', no errors' * bool(counts)}")


def space(machine: Machine) -> Finding:
    """How much room there is for models and updates."""
    place = machine.where.state
    while not machine.exists(place) and place != place.parent:
        place = place.parent
    words = (machine.output("df", "-Pk", str(place)) or "").splitlines()[-1:]
    fields = words[0].split() if words else []
    if len(fields) < 6 or not fields[3].isdecimal():
        return unchecked("df says nothing")
    free_mb = int(fields[3]) // 1024
    found = f"{free_mb / 1024:.1f} GB free" if free_mb >= 1024 else f"{free_mb} MB free"
    if free_mb < LEAST_FREE_MB:
        return warning(
            found, f"{LEAST_FREE_MB} MB, as an update takes", "sudo apt clean; remove what is not the pedal's"
        )
    return fine(found)


def swap(machine: Machine) -> Finding:
    """Whether memory is put out onto the card, which takes long and wears it; onto zram is compression alone."""
    text = machine.text("/proc/swaps")
    if text is None:
        return absent()
    rows = [line.split() for line in text.splitlines()[1:]]
    slow = [row for row in rows if not row[0].startswith("/dev/zram")]
    if not slow:
        return fine("none" if not rows else "zram alone")
    used_mb = sum(int(row[3]) for row in slow) // 1024
    if used_mb == 0:
        return fine(f"{', '.join(row[0] for row in slow)}, not in use")
    return warning(
        f"{used_mb} MB in {', '.join(row[0] for row in slow)}",
        "none in use: control waits for the card then",
        "end what takes the memory; sudo apt purge dphys-swapfile",
    )


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _new_card(machine: Machine) -> str:
    where = machine.where
    return f"copy it to a new card: what is yours are {where.models}, {where.setlist} and {where.config}"
