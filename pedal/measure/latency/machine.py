"""What a figure depends on beside the settings: which computer, and which kernel."""

import os
from pathlib import Path
from typing import NamedTuple


class Machine(NamedTuple):
    """The computer."""

    name: str
    """Such as Raspberry Pi 4 Model B Rev 1.4; the processor's where the board has none."""
    kernel: str
    """The kernel's release."""
    preemption: str
    """PREEMPT, PREEMPT_RT and the like, as the kernel's version says; empty: none."""


def machine(root: Path = Path("/")) -> Machine:
    """This one, or what the files under another root tell."""
    about = os.uname()
    board = _text(root / "proc/device-tree/model").strip("\0 \n")
    words = _text(root / "proc/sys/kernel/version").split() or about.version.split()
    preemption = next((word for word in words if word.startswith("PREEMPT")), "")
    release = _text(root / "proc/sys/kernel/osrelease").strip() or about.release
    return Machine(board or _processor(_text(root / "proc/cpuinfo")) or about.machine, release, preemption)


def _processor(cpuinfo: str) -> str:
    for line in cpuinfo.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() in ("model name", "Model"):
            return value.strip()
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
