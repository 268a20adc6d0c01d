"""The rack: the models that may be played, in the order of the set list, with what was measured of each.

Written by `measure/admission.py`, a process of its own, because reading and trying a model takes longer than a foot
may wait; control only reads it.
"""

import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from pedal.control.aside import contents, put_aside
from pedal.files import replacing
from pedal.model.library import is_model

MOST_BYTES = 16_000_000
"""A longer file is no rack: 20 000 models."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Positive = Annotated[float, msgspec.Meta(ge=0.0)]
Trim = Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Knob(msgspec.Struct, frozen=True):
    """One of a model's own knobs: what its scale says at 0 and at 1."""

    name: str
    minimum: float = 0.0
    maximum: float = 1.0


class Entry(msgspec.Struct, frozen=True):
    """One model file."""

    name: Name
    """What the player calls it, and what the set list says: `model.library.name_of` its file."""
    title: str
    """For the screen: the name that the model gives itself, else `name`."""
    file: Name
    """Its file's name in the models folder."""
    word: Count
    """The link's model word; 0 where the file cannot be read."""
    rate_hz: Count = 44_100
    knobs: Annotated[tuple[Knob, ...], msgspec.Meta(max_length=2)] = ()
    loudness_lkfs: float | None = None
    """Of the fixed test signal through it, before the trim; None where it was not measured."""
    trim_db: Trim = 0.0
    """What brings it to the loudness of all the others."""
    load: Positive = 0.0
    """Of the period on this processor: p99 of the compiled calls by thread CPU time; 0 where it was not measured."""
    refused: str = ""
    """Why it is not played, in a few words with the figure; empty where it is."""
    reason: str = ""
    """The same in full, with what to do about it."""


class Seen(NamedTuple):
    """A file as it lay there: another number, size or time is another file, or the same one written to."""

    inode: int
    size: int
    mtime_ns: int


class Rack(msgspec.Struct, frozen=True):
    """Everything in the models folder."""

    tag: str = ""
    """The library that the models were packed and measured for."""
    rate_hz: Count = 0
    period_frames: Count = 0
    """The card's, of which the loads are shares."""
    entries: tuple[Entry, ...] = ()
    """Those that play in the order of the set list, then those refused."""
    out: tuple[Entry, ...] = ()
    """Those that play but that the set list leaves out."""
    fault: str = ""
    """What is wrong with the models folder, the set list or the disk, in a line; empty where nothing is."""
    complete: bool = True
    """False while model files wait to be tried of which nothing is known yet: a model that lacks may be one of them."""
    listed: Seen | None = None
    """The set list that gave the order, as it lay there; None where there was none."""

    @property
    def models(self) -> tuple[Entry, ...]:
        """Every model, those that are refused or left out too."""
        return (*self.entries, *self.out)

    def with_word(self, word: int) -> Entry | None:
        """The model that the engine knows by that word."""
        return next((entry for entry in self.models if word and entry.word == word), None)


class Found(NamedTuple):
    """What reading the rack file gave."""

    rack: Rack
    fault: str
    """Why there is none, in a line; empty where it was read, or is not there yet."""


def read(path: Path) -> Found:
    """The rack in the file at path, for who writes the next one: one that is damaged is put aside.

    Without one that can be read, an empty one.
    """
    return _found(path, put_aside)


def look(path: Path) -> Found:
    """The same, for everybody else: a damaged one stays where it is."""
    return _found(path, lambda path, fault: f"{path} {fault}")


def decoded(path: Path) -> Rack:
    """The rack in the file at path.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: it is damaged; the text goes on from the file's name.
    """
    try:
        return msgspec.json.decode(contents(path, MOST_BYTES), type=Rack)
    except (ValueError, RecursionError) as error:  # msgspec's own are ValueErrors
        raise ValueError(f"is damaged: {error}") from error


def _found(path: Path, told: Callable[[Path, str], str]) -> Found:
    """`told` makes a line of what is wrong with a damaged one."""
    try:
        return Found(decoded(path), "")
    except FileNotFoundError:
        return Found(Rack(), "")
    except OSError as error:
        return Found(Rack(), f"{path} cannot be read: {error.strerror}")
    except ValueError as error:
        return Found(Rack(), told(path, str(error)))


def write(path: Path, rack: Rack, change: Callable[[], object] | None = None) -> None:
    """Put the rack into the file at path, whole or not at all; `change` is made when there is room for it.

    A rack that cannot take its place once that is made is left to admission, which sees that the folder has changed.

    Raises:
        OSError: the folder cannot be written to. What `change` raises leaves the rack as it was.
    """
    changed = False
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(msgspec.json.format(msgspec.json.encode(rack), indent=1) + b"\n")
            if change:
                change()
                changed = True
    except OSError:
        if not changed:
            raise


class Stamp(NamedTuple):
    """What is different when a model file, or the set list, is."""

    models: Hashable
    listed: Seen | None
    """The set list; `Rack.listed` once admission has looked at it, which may have written to it."""


def stamp(state: Path) -> Stamp:
    """The stamp of this state folder; reads no file."""
    models: Hashable
    try:
        with os.scandir(state / "models") as found:
            models = frozenset((entry.name, seen(entry)) for entry in found if is_model(entry.name))
    except OSError as error:
        models = error.errno
    return Stamp(models, seen(state / "setlist.txt"))


def seen(path: os.PathLike[str]) -> Seen | None:
    """What is different for every file that was put at this path; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return Seen(status.st_ino, status.st_size, status.st_mtime_ns)
