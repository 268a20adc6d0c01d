"""Load on the disk: blocks written over and over into a file without a name, each forced out."""

import os
import tempfile
from pathlib import Path

from pedal.measure.load.going import Going

MEBIBYTE = 1 << 20
A_SECOND = 4
"""Blocks of a mebibyte: what a card takes, and an hour wears it by 14 GB at most."""
FILE_BLOCKS = 64
LEFT_BYTES = 256 * MEBIBYTE
"""What has to be free beside the file."""


def write(folder: Path, going: Going, blocks: int = FILE_BLOCKS) -> None:
    """Write as long as it is going on. The file has no name: it is gone with this process, however that ends.

    Raises:
        OSError: the folder cannot be written to, or is full.
    """
    block = os.urandom(MEBIBYTE)  # which no card can compress
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for number in going.paced(A_SECOND):
            os.pwrite(file.fileno(), block, number % blocks * MEBIBYTE)
            os.fsync(file.fileno())


def folder_for(candidates: "list[Path]") -> tuple[Path | None, str]:
    """The first folder that is on a disk, may be written to and has room; else None, and why."""
    why = "there is no folder on a disk that may be written to"
    for folder in candidates:
        if not os.access(folder, os.W_OK | os.X_OK) or _in_memory(folder):
            continue
        status = os.statvfs(folder)
        if status.f_bavail * status.f_frsize >= FILE_BLOCKS * MEBIBYTE + LEFT_BYTES:
            return folder, ""
        why = f"{folder} has less than {FILE_BLOCKS + LEFT_BYTES // MEBIBYTE} MiB free"
    return None, why


def _in_memory(folder: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether the folder is no disk's: /tmp is memory on some systems."""
    try:
        lines = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return False
    whole = folder.resolve()
    above = [(point, kind) for _, point, kind, *_ in lines if whole == Path(point) or Path(point) in whole.parents]
    return bool(above) and max(above, key=lambda mount: len(mount[0]))[1] in ("tmpfs", "ramfs")
