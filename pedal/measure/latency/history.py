"""Every survey that was made here, one JSON line each, in the state folder's latency/history.jsonl."""

import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from pedal.files import sync
from pedal.measure.latency.findings import Survey

NAME = "latency/history.jsonl"


class History(NamedTuple):
    """What the file holds."""

    surveys: tuple[Survey, ...]
    """The oldest first."""
    damaged: int
    """Lines that cannot be read, as one is that a pulled plug has cut."""


def append(path: Path, survey: Survey) -> None:
    """Add a survey; it is on the disk afterwards. A line that was cut short stays alone.

    Raises:
        OSError: it cannot be written; it names the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    try:
        with open(path, "a+b", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            cut = end > 0 and os.pread(file.fileno(), 1, end - 1) != b"\n"
            line = (b"\n" if cut else b"") + msgspec.json.encode(survey) + b"\n"
            while line:
                line = line[file.write(line) :]
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    if new:
        sync(path.parent)


def keep(path: Path, survey: Survey) -> str:
    """Add a survey; in words why that could not be, empty where it was.

    What was measured is worth more than its record, and is shown all the same.
    """
    try:
        append(path, survey)
    except OSError as error:
        return f"this is not kept in the history: {error}"
    return ""


def read(path: Path) -> History:
    """Everything that was kept; nothing where there is no file.

    Raises:
        OSError: it cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return History((), 0)
    surveys, damaged = [], 0
    for line in lines:
        try:
            surveys.append(msgspec.json.decode(line, type=Survey))
        except (msgspec.DecodeError, UnicodeDecodeError):  # a fault of types is one too
            damaged += bool(line.strip())
    return History(tuple(surveys), damaged)
