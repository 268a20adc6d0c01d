"""The rack: the models that may be played, in the order of the set list, with what was measured of each.

Written by `measure/admission.py`, a process of its own, because reading and trying a model takes longer than a foot
may wait; control only reads it.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec


class Knob(msgspec.Struct, frozen=True):
    """One of a model's own knobs: what its scale says at 0 and at 1."""

    name: str
    minimum: float = 0.0
    maximum: float = 1.0


class Entry(msgspec.Struct, frozen=True):
    """One model file."""

    name: str
    """What the player calls it, and what the set list says: `model.library.name_of` its file."""
    title: str
    """For the screen: the name that the model gives itself, else `name`."""
    file: str
    """Its file's name in the models folder."""
    word: int
    """The link's model word."""
    rate_hz: int = 44_100
    knobs: tuple[Knob, ...] = ()
    trim_db: float = 0.0
    """What brings it to the loudness of all the others."""
    load: float = 0.0
    """Of the period on this processor: p99 of 1000 compiled calls by thread CPU time."""
    refused: str = ""
    """Why it is not played, in a few words with the figure; empty where it is."""


class Rack(msgspec.Struct, frozen=True):
    """Everything in the models folder."""

    tag: str = ""
    """The library that the models were packed and measured for."""
    entries: tuple[Entry, ...] = ()
    """Those that play in the order of the set list, then those refused."""


class Found(NamedTuple):
    """What reading the rack file gave."""

    rack: Rack
    fault: str
    """Why the file was put aside; empty where it was read, or is not there yet."""


def read(path: Path) -> Found:
    """The rack in the file at path; an empty one where there is none or it is damaged."""
    raise NotImplementedError
