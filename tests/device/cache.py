"""The cache folder, outside the checkout: what takes long to make, each under a digest of what it is made from."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pedal.errors import PedalError

DIGITS = 12
"""Of a digest in a name."""
KEPT = 2
"""Of each thing: what is asked for, and what was before it, from which a machine may still run."""


class DeviceError(PedalError):
    """The emulated Pi cannot be made, started or reached."""


def folder() -> Path:
    """Where everything is kept; PEDAL_DEVICE_CACHE says otherwise."""
    return Path(os.environ.get("PEDAL_DEVICE_CACHE") or Path.home() / ".cache" / "pedal-device")


def digest(parts: Iterable[str | bytes | Path]) -> str:
    """A name for what these are together: words, bytes, and files or whole folders by their contents."""
    total = hashlib.sha256()
    for part in parts:
        for name, content in _pieces(part):
            total.update(f"{name} {len(content)}\n".encode())
            total.update(content)
    return total.hexdigest()[:DIGITS]


def _pieces(part: str | bytes | Path) -> Iterator[tuple[str, bytes]]:
    if isinstance(part, bytes):
        yield "", part
    elif isinstance(part, str):
        yield "", part.encode()
    elif part.is_dir():
        for path in sorted(part.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{path.relative_to(part)} {os.access(path, os.X_OK)}", path.read_bytes()
    else:
        yield part.name, part.read_bytes()


def made(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` has filled for this name and key, now or before.

    One process makes it at a time and the others wait. It is there whole or not at all. Of those with the same name and
    another key, the one that was asked for last stays.
    """
    place = folder() / f"{name}-{key}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder() / f"{name}.lock"):
        if not place.is_dir():
            work = folder() / f"{name}.making"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            try:
                make(work)
                os.sync()
                work.rename(place)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        os.utime(place)
        for old in _kept(name)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return place


def latest(name: str) -> Path | None:
    """The folder of that name that was asked for last, whatever its key; waits for one that is being made."""
    with locked(folder() / f"{name}.lock"):
        return _kept(name)[-1] if _kept(name) else None


def _kept(name: str) -> list[Path]:
    """Those there are, the one asked for last at the end."""
    return sorted(folder().glob(f"{name}-{'?' * DIGITS}"), key=lambda place: place.stat().st_mtime)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file, waiting for whoever has it."""
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
