"""The device tree: QEMU's board, with what makes a Pi 4 of it laid over."""

import subprocess
from pathlib import Path

from tests.device.cache import DeviceError

OVERLAY = Path(__file__).with_name("board.dts")


def board(folder: Path, machine: list[str]) -> Path:
    """The compiled device tree of a machine with these QEMU options, written into folder."""
    plain, overlay, whole = folder / "virt.dtb", folder / "board.dtbo", folder / "board.dtb"
    dump = ["qemu-system-aarch64", *machine, "-machine", f"virt,dumpdtb={plain}", "-nodefaults", "-display", "none"]
    for command in (
        dump,
        ["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(overlay), str(OVERLAY)],
        ["fdtoverlay", "-i", str(plain), "-o", str(whole), str(overlay)],
    ):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise DeviceError(f"the device tree could not be made: {' '.join(command)}: {done.stderr.strip()}")
    return whole
