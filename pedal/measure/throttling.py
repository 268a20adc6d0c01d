"""Whether the processor is slowed down, and how fast it runs."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pedal.measure.temperature import contents

FLAGS = ("undervoltage", "clock capped", "throttled", "soft temperature limit")
"""Bits 0 to 3 of what a Pi's firmware says: so it is now. Bits 16 to 19: so it was at any time since it was booted."""
SINCE_BOOT = 16
FIRMWARE = "devices/platform/soc/soc:firmware/get_throttled"
ABSENT = "not on this machine"
PATIENCE_S = 2.0

Ask = Callable[[str, str], str]
"""Run vcgencmd with these two words; gives what it says.

Raises:
    OSError: it is not there, or may not be used.
"""


class Throttling(NamedTuple):
    """What a Pi's firmware says of its supply and its heat."""

    flags: int | None
    """As it gives them; None where they cannot be had."""
    source: str
    """Where they come from; or why they cannot be had."""

    @property
    def now(self) -> tuple[str, ...]:
        """Those of FLAGS that are so now."""
        return named(self.flags or 0)

    @property
    def since_boot(self) -> tuple[str, ...]:
        """Those of FLAGS that have been so since the machine was booted."""
        return named((self.flags or 0) >> SINCE_BOOT)


def named(bits: int) -> tuple[str, ...]:
    """Those of FLAGS whose bits are set, counted from bit 0."""
    return tuple(name for bit, name in enumerate(FLAGS) if bits >> bit & 1)


def vcgencmd(command: str, argument: str = "") -> str:
    """What the firmware's own program says.

    Raises:
        OSError: it is not there, refuses, or does not answer.
    """
    words = ["vcgencmd", command, *([argument] if argument else [])]
    try:
        ran = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise OSError("vcgencmd does not answer") from error
    if ran.returncode:
        said = " ".join((ran.stderr or ran.stdout).split())
        raise PermissionError(f"vcgencmd refuses: {said or f'status {ran.returncode}'}; is this user in group video?")
    return ran.stdout.strip()


def throttling(kernel: Path = Path("/sys"), ask: Ask = vcgencmd) -> Throttling:
    """What the firmware says: by the kernel's file, by vcgencmd, or of the voltage alone by its sensor."""
    path = kernel / FIRMWARE
    if (flags := _hexadecimal(contents(path))) is not None:
        return Throttling(flags, str(path))
    why = ABSENT
    try:
        said = ask("get_throttled", "")
    except FileNotFoundError:
        pass
    except OSError as error:
        why = str(error)
    else:
        flags = _hexadecimal(said.partition("=")[2])
        if flags is not None:
            return Throttling(flags, "vcgencmd")
        why = f"vcgencmd says {said!r:.60}; expected throttled=0x…"
    for folder in sorted(kernel.glob("class/hwmon/hwmon*")):
        if contents(folder / "name") == "rpi_volt" and (alarm := contents(folder / "in0_lcrit_alarm")):
            return Throttling(int(alarm == "1"), f"{folder}, of the voltage alone")
    return Throttling(None, why)


def clock_hz(core: int = 0, kernel: Path = Path("/sys"), cpuinfo: Path = Path("/proc/cpuinfo")) -> float | None:
    """How fast that processor core runs now; None where this machine does not tell."""
    for name in ("scaling_cur_freq", "cpuinfo_cur_freq"):
        thousands = contents(kernel / f"devices/system/cpu/cpu{core}/cpufreq" / name)
        if thousands.isdecimal():
            return 1000.0 * int(thousands)
    millions = [line.partition(":")[2] for line in contents(cpuinfo).splitlines() if line.startswith("cpu MHz")]
    try:
        return 1e6 * float(millions[core])
    except (ValueError, IndexError):
        return None


def _hexadecimal(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None
