"""Replacing a file so that pulling the plug at any moment leaves the old one or the new one, whole."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a disk"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)
"""What stands where a file should, in words."""
NAME_BYTES = 60
"""Of the file's name in the temporary's; a name may have 255 in all."""
TEMPORARY = re.compile(r"\..+\.([0-9]+)\.saving")
"""A temporary's name: nobody else calls a file so. The number is the process that writes it."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; on leaving, it takes the place of `path`.

    A symlink is followed; a file that was there hands on its mode. The data and the rename are on the disk when the
    block has been left. Where the block raises, `path` is as it was and the temporary is gone.

    Raises:
        OSError: the folder cannot be written to, or `path` is no file; it names `path`, never the temporary.
    """
    target = replaceable(path)
    _make(target.parent)
    temporary = temporary_of(target)
    try:
        yield temporary
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        sync(temporary)
        temporary.rename(target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename in (None, temporary, str(temporary)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    sync(target.parent)


def temporary_of(path: Path) -> Path:
    """What this process writes to before that takes the place of `path`."""
    short = os.fsdecode(os.fsencode(path.name)[:NAME_BYTES])
    return path.with_name(f".{short}.{os.getpid()}.saving")


def sweep(folder: Path) -> None:
    """Delete the temporaries that writes which were cut off have left in the folder, where it can be written to.

    One of a process that still runs may be at work.
    """
    with suppress(OSError):
        for path in folder.iterdir():
            left = TEMPORARY.fullmatch(path.name)
            if left and not Path("/proc", left[1]).exists() and path.is_file():
                path.unlink()


def sync(path: Path) -> None:
    """Have the file's contents on the disk, or the folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replaceable(path: Path) -> Path:
    """The file that writing to `path` would replace or make: itself, or what it links to. Nothing is written.

    Raises:
        OSError: it is a folder, a device or a pipe, or its folder cannot be written to.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = stat.S_IFREG
    for is_kind, kind in KINDS:
        if is_kind(mode):
            raise OSError(errno.EINVAL, f"it is {kind}; expected the name of a file", str(path))
    target = Path(os.path.realpath(path))
    folder = next(parent for parent in target.parents if parent.exists() or parent.is_symlink())
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is not a folder", str(path))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, f"nothing may be written to the folder {folder}", str(path))
    return target


def _make(folder: Path) -> None:
    """Make the folder and those above it that are missing; they are on the disk afterwards."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)
