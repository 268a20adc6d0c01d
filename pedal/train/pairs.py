"""Which recordings a model is trained on, and at which positions of the knobs: as typed, or listed in a TOML file."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from pedal.errors import ConfigError
from pedal.model.model import MAX_INPUTS
from pedal.typed import hint, within

FORM = "NAME=0..1[,NAME=0..1]:CLEAN.wav:AMP.wav"
BARE = f"CLEAN.wav:AMP.wav or {FORM}"


class Listed(NamedTuple):
    """Two recordings, and where the amplifier's knobs stood."""

    clean: Path
    amp: Path
    knobs: dict[str, float]
    """0 to 1 each, by name."""
    delay: int | None = None
    """Frames by which the amplifier comes later, where that is known; None has it found."""


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    clean: str
    amp: str
    knobs: dict[str, float] = {}
    delay_frames: int | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    pair: list[_Entry]


def typed(text: str, bare: bool = False) -> Listed:
    """What `--pair` was given; or `--validate`, where a `bare` pair needs no knobs.

    Raises:
        ConfigError: it is not of the form.
    """
    parts = text.split(":")
    if bare and len(parts) == 2 and all(parts):
        return Listed(Path(parts[0]), Path(parts[1]), {})
    if len(parts) != 3 or not all(parts):
        raise ConfigError(f"pair {text!r} was given; expected {BARE if bare else FORM}")
    knobs = {}
    for assignment in parts[0].split(","):
        name, sign, value = (part.strip() for part in assignment.partition("="))
        if not sign or not name or name in knobs:
            raise ConfigError(f"pair {text!r} was given; expected {FORM}")
        knobs[name] = within(value, 0.0, 1.0, f"for knob {name}")
    return Listed(Path(parts[1]), Path(parts[2]), knobs)


def listed(path: Path) -> list[Listed]:
    """The pairs of a TOML file: [[pair]] with clean, amp, knobs = {gain = 0.5}; names go from the file's folder.

    Raises:
        ConfigError: it cannot be read, or is none.
    """
    try:
        found = msgspec.convert(tomllib.loads(path.read_text()), _File)
    except OSError as error:
        raise ConfigError(f"list of pairs {path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # no text, no TOML, or another one
        raise ConfigError(
            f"list of pairs {path} is refused: {error}; expected [[pair]] with clean, amp and knobs"
        ) from error
    for entry in found.pair:
        for name, position in entry.knobs.items():
            if not 0.0 <= position <= 1.0:
                raise ConfigError(f"list of pairs {path}: knob {name} is at {position:g}; expected 0 to 1")
    return [
        Listed(path.parent / entry.clean, path.parent / entry.amp, entry.knobs, entry.delay_frames)
        for entry in found.pair
    ]


def knobs(pairs: Sequence[Listed], wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of the model's knobs: those wanted, in that order, else all that the pairs have.

    Raises:
        ConfigError: a pair lacks the position of one, one always stands at the same, two differ in nothing but upper
            and lower case, or there are more than the pedal has.
    """
    known = list(dict.fromkeys(name for pair in pairs for name in pair.knobs))
    spelled = {name.casefold(): name for name in known}
    for name in known:
        if name != (other := spelled[name.casefold()]):
            raise ConfigError(f"knobs {name!r} and {other!r} are one to the pedal; expected one spelling in all pairs")
    for name in wanted:
        if name not in known:
            more = hint(name, known) if known else f"give its positions with --pair {FORM}"
            raise ConfigError(f"knob {name!r} has a position in no pair; {more}")
    found = tuple(dict.fromkeys(wanted)) or tuple(known)
    if len(found) > MAX_INPUTS - 1:
        raise ConfigError(f"{len(found)} knobs are named: {', '.join(found)}; expected at most {MAX_INPUTS - 1}")
    for name in found:
        positions = {pair.knobs.get(name) for pair in pairs}
        if None in positions:
            raise ConfigError(f"knob {name!r} has no position in some pairs; expected one in each")
        if len(positions) < 2:
            raise ConfigError(f"knob {name!r} always stands at {positions.pop():g}; expected two positions or more")
    return found
