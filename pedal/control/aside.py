"""Files that may hold anything, as the player edits them or a plug was pulled: read with care, else put aside."""

import os
import stat
from pathlib import Path


def contents(path: Path, most_bytes: int) -> bytes:
    """The file's bytes; what is no regular file is not opened, as that could wait for ever.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: it is something else than a file, or too long.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("is a folder or a device; expected a file")
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ValueError(f"is too long; expected at most {most_bytes} bytes")
    return data


def put_aside(path: Path, fault: str) -> str:
    """Rename it NAME.damaged, or NAME.damaged-2 and so on, so that nothing is lost; gives what to say: one line."""
    target = path.with_name(f"{path.name}.damaged")
    number = 1
    try:
        while target.exists() or target.is_symlink():
            number += 1
            target = path.with_name(f"{path.name}.damaged-{number}")
        path.rename(target)
    except OSError as error:
        return f"{path} {fault}; it cannot be put aside: {error.strerror}"
    return f"{path} {fault}; it was put aside as {target.name}"
