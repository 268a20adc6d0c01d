"""What the pedal remembers when its plug is pulled: state.json."""

from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from pedal.control.aside import contents, put_aside

VERSION = 1
MOST_BYTES = 4_194_304
"""A larger file is no state; one of ten thousand models has a quarter of it."""

RANGES = {"input_gain_db": (-20.0, 30.0), "level_db": (-40.0, 12.0), "knob_1": (0.0, 1.0), "knob_2": (0.0, 1.0)}
"""How far each knob goes."""


def _ranged(key: str) -> msgspec.Meta:
    low, high = RANGES[key]
    return msgspec.Meta(ge=low, le=high)


class Setting(msgspec.Struct, frozen=True):
    """Where the knobs stand for one model."""

    input_gain_db: Annotated[float, _ranged("input_gain_db")] = 0.0
    level_db: Annotated[float, _ranged("level_db")] = 0.0
    """The player's own trim of this model, on top of the one that evens the loudness."""
    knob_1: Annotated[float, _ranged("knob_1")] = 0.5
    knob_2: Annotated[float, _ranged("knob_2")] = 0.5


class Saved(msgspec.Struct, frozen=True):
    """The whole of it."""

    model: str = ""
    """Name of the model; empty for none."""
    previous: str = ""
    """The other one of the favourite pair, where the configuration names none: the model before."""
    bypass: bool = False
    boost: bool = False
    settings: dict[str, Setting] = {}
    """By the model's name; kept for models that are not there at present."""


class Found(NamedTuple):
    """What reading the file gave."""

    saved: Saved
    fault: str
    """Why the file was put aside, in one line; empty where it was read, or is not there yet."""


class _Versioned(msgspec.Struct, frozen=True):
    """What is looked at before anything else."""

    version: Annotated[int, msgspec.Meta(ge=1, le=999)]


def encode(saved: Saved) -> bytes:
    """The file's bytes: JSON that a player can read."""
    return (
        msgspec.json.format(msgspec.json.encode({"version": VERSION, **msgspec.structs.asdict(saved)}), indent=2)
        + b"\n"
    )


def decode(data: bytes) -> Saved:
    """What the file's bytes say; unknown keys do not matter.

    Raises:
        ValueError: they are no state, or one of another version; the text goes on from the file's name.
    """
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version != VERSION:
            raise ValueError(f"is of version {version}; expected {VERSION}")
        return msgspec.json.decode(data, type=Saved)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"is damaged: {error}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def read(path: Path) -> Found:
    """What was saved at path; everything's default where there is nothing or it cannot be used, and why."""
    try:
        return Found(decode(contents(path, MOST_BYTES)), "")
    except FileNotFoundError:
        return Found(Saved(), "")
    except OSError as error:
        return Found(Saved(), put_aside(path, f"cannot be read: {error.strerror}"))
    except ValueError as error:
        return Found(Saved(), put_aside(path, str(error)))
