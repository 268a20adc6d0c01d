"""What this computer must have to emulate a Pi, and what it lacks."""

import os
import shutil
import subprocess
from pathlib import Path

NATIVE = os.uname().machine == "aarch64"
PACKAGES = (
    "qemu-system-arm",
    "qemu-utils",
    "qemu-user-static",
    "binfmt-support",
    "mmdebstrap",
    "arch-test",
    "device-tree-compiler",
    "dosfstools",
    "mtools",
    "e2fsprogs",
    "openssh-client",
    *(() if NATIVE else ("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross")),
)
"""Debian's, which `./deploy.sh test-device` installs."""
TOOLS = (
    *("qemu-system-aarch64", "qemu-img", "mmdebstrap", "dtc", "fdtoverlay", "mkfs.vfat", "mcopy", "mkfs.ext4", "ssh"),
    "cc" if NATIVE else "aarch64-linux-gnu-gcc",
)
BINFMT = Path("/proc/sys/fs/binfmt_misc")


def missing() -> str:
    """Why no Pi can be emulated here, in words; nothing where one can."""
    if os.uname().sysname != "Linux":
        return f"the emulated Pi is built on Linux; this is {os.uname().sysname}"
    if os.geteuid() != 0:
        return "the emulated Pi's image is built as root; run ./deploy.sh test-device as root"
    without = [tool for tool in TOOLS if not shutil.which(tool)]
    if without:
        return f"the emulated Pi needs {', '.join(without)}; ./deploy.sh test-device installs what has them"
    if not runs_arm64():
        return f"programs for arm64 do not run here, as {BINFMT} cannot be set up; a container has to be privileged"
    return ""


def runs_arm64() -> bool:
    """Whether programs for arm64 run here, by QEMU; sees to it where that is possible."""
    if NATIVE:
        return True
    if not (BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)], capture_output=True)
    if not (BINFMT / "qemu-aarch64").exists():
        subprocess.run(["update-binfmts", "--enable", "qemu-aarch64"], capture_output=True)
    return (BINFMT / "qemu-aarch64").exists()
