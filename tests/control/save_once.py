"""A program that is killed while it saves: reads what is there and saves the next, as often as it is told.

Run as `save_once.py KIND PATH TIMES`. Before and after each save it looks for a file named after the mark, which a
trace of its system calls shows.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pedal.control import rack, saved, setlist
from pedal.control.rack import Entry, Rack
from pedal.control.saved import Saved, Setting
from pedal.control.saver import Saver
from pedal.errors import LinkError
from pedal.files import replacing, temporary_of
from pedal.link import saved_words, words_text

MARK = "/mark/"
BEGIN, END = f"{MARK}begin", f"{MARK}end"


class Kind(NamedTuple):
    """A file that the pedal keeps, with numbers for contents: long ones, so that half a file is not one."""

    name: str
    save: Callable[[Path, int], None]
    read: Callable[[Path], int]
    """The number that is there, 0 for none; ValueError: it is damaged."""


def save_state(path: Path, number: int) -> None:
    """state.json, as the saver writes it."""
    _write(path, saved.encode(Saved(str(number), settings={f"model {number}": Setting()})))


def read_state(path: Path) -> int:
    """As control does when it starts."""
    found = saved.read(path)
    return _number(found.saved.model or "0", found.fault)


def save_words(path: Path, number: int) -> None:
    """words.json, as the saver writes it."""
    _write(path, words_text({"model": number, "level_db": -3.0}))


def read_words(path: Path) -> int:
    """As the engine does when it makes a link."""
    try:
        return int(saved_words(path).get("model", 0))
    except LinkError as error:
        raise ValueError(str(error)) from error


def save_rack(path: Path, number: int) -> None:
    """rack.json, as admission writes it."""
    rack.write(path, Rack("tag", entries=(Entry(str(number), "title", "file", number),)))


def read_rack(path: Path) -> int:
    """As control does."""
    found = rack.read(path)
    return _number(found.rack.entries[0].name if found.rack.entries else "0", found.fault)


def save_set_list(path: Path, number: int) -> None:
    """setlist.txt, with one more name in it."""
    with replacing(path) as temporary:
        temporary.write_text(setlist.extended("", [str(number)]), encoding="utf-8")


def read_set_list(path: Path) -> int:
    """As admission does."""
    found = setlist.read(path)
    return _number((found.text.split() or ["0"])[-1], found.fault)


def save_unsynced(path: Path, number: int) -> None:
    """Wrong: the rename may be on the disk before the data."""
    temporary = temporary_of(path)
    temporary.write_bytes(b"%0100d" % number)
    temporary.rename(path)
    _sync(path.parent)


def save_unsynced_folder(path: Path, number: int) -> None:
    """Wrong: the rename may be lost."""
    temporary = temporary_of(path)
    temporary.write_bytes(b"%0100d" % number)
    _sync(temporary)
    temporary.rename(path)


def save_in_place(path: Path, number: int) -> None:
    """Wrong: the old one is gone before the new one is there."""
    path.write_bytes(b"%0100d" % number)
    _sync(path)
    _sync(path.parent)


def read_plain(path: Path) -> int:
    """The number that is the whole file."""
    if not path.exists():
        return 0
    data = path.read_bytes()
    if len(data) != 100:
        raise ValueError(f"{len(data)} bytes; expected 100")
    return int(data)


KEPT = (
    Kind("state.json", save_state, read_state),
    Kind("words.json", save_words, read_words),
    Kind("rack.json", save_rack, read_rack),
    Kind("setlist.txt", save_set_list, read_set_list),
)
CARELESS = (
    Kind("unsynced", save_unsynced, read_plain),
    Kind("unsynced-folder", save_unsynced_folder, read_plain),
    Kind("in-place", save_in_place, read_plain),
)


def main(name: str, path: Path, times: int) -> None:
    """Save the next number, so often."""
    kind = next(kind for kind in (*KEPT, *CARELESS) if kind.name == name)
    number = kind.read(path)
    for _ in range(times):
        number += 1
        os.access(BEGIN, os.F_OK)
        kind.save(path, number)
        os.access(END, os.F_OK)


def _write(path: Path, data: bytes) -> None:
    """What the saver's thread does."""
    told: list[str] = []
    saver = Saver(told.append)
    saver.save(path, data)
    saver.write_due(hurry=True)
    if told:
        raise OSError(told[0])


def _number(text: str, fault: str) -> int:
    if fault:
        raise ValueError(fault)
    return int(text)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
