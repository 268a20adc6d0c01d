"""One model file on trial: what the rack will say of it."""

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from pedal.config import CardConfig
from pedal.control.rack import Entry, Knob
from pedal.errors import KernelError, ModelError
from pedal.kernel.library import Library
from pedal.kernel.pack import store
from pedal.kernel.packed import Packed, packed_path
from pedal.measure import audition
from pedal.model import formats
from pedal.model.library import name_of, word_of
from pedal.model.model import Model

UNPACKED = "cannot be packed"
"""`Entry.refused` of a model that would be played if the disk took it."""
SHORT = re.compile(r"; |, |: | \(| on this ")
"""Where the first few words of a reason end."""


def recalled(path: Path, measured: Mapping[int, Entry], state: Path, library: Library) -> Entry | None:
    """The entry of a file that has been measured before, by its word, packed now at the latest; None for any other."""
    try:
        data = formats.contents(path)
        entry = measured.get(word_of(data))
        if entry is None:
            return None
        if not (entry.refused or _is_packed(entry.word, state, library.tag)):
            store(formats.decode(data, path.name), entry.word, state, library)
    except (ModelError, KernelError, OSError):
        return None  # the trial says why
    name = name_of(path)
    return replace(entry, name=name, file=path.name, title=name if entry.title == entry.name else entry.title)


def tried(path: Path, card: CardConfig, state: Path, library: Library) -> Entry:
    """Read, check, audition and pack the file; its entry says what was found, or why it is refused."""
    try:
        return judged(path, formats.contents(path), card, state, library)
    except ModelError as error:
        return refused(_unknown(path), str(error).removeprefix(f"{path}: "))


def judged(path: Path, data: bytes, card: CardConfig, state: Path, library: Library) -> Entry:
    """The same of a file at path that has these bytes, or will have them."""
    entry = _unknown(path)
    try:
        model = formats.decode(data, path.name)
        entry = _described(entry, word_of(data), model)
        audition.verify(model, library)
        share = _load(model, card, library)
        entry = replace(entry, load=round(share, 6))
        audition.check_load(share)
        heard = audition.hear(model, library)
        store(model, entry.word, state, library)
    except (ModelError, KernelError) as error:
        return refused(entry, str(error).removeprefix(f"{path.name}: "))
    except OSError as error:
        # Nothing of the model's, so that it is tried again the next time.
        return refused(replace(entry, load=0.0), f"{UNPACKED}: {error.strerror}; see to the disk")
    return replace(entry, loudness_lkfs=round(heard.loudness_lkfs, 2), trim_db=round(audition.trim_db(heard), 2))


def _load(model: Model, card: CardConfig, library: Library) -> float:
    """What it takes of the period; where that is too much, the least of three, as something else may have disturbed."""
    share = audition.load(model, library, card.rate_hz, card.period_frames)
    for _ in range(2):
        if share > audition.MOST_LOAD:
            share = min(share, audition.load(model, library, card.rate_hz, card.period_frames))
    return share


def refused(entry: Entry, reason: str) -> Entry:
    """The entry of a model that is not played for that reason."""
    return replace(entry, refused=SHORT.split(reason, 1)[0], reason=reason)


def _unknown(path: Path) -> Entry:
    return Entry(name=name_of(path), title=name_of(path), file=path.name, word=0)


def _described(entry: Entry, word: int, model: Model) -> Entry:
    """With what the file says."""
    knobs = tuple(Knob(knob.name, knob.minimum, knob.maximum) for knob in model.knobs)
    return replace(entry, word=word, title=model.name or entry.name, rate_hz=model.sample_rate_hz, knobs=knobs)


def _is_packed(word: int, state: Path, tag: str) -> bool:
    try:
        Packed(packed_path(state, tag, word), tag, check_floats=True).close()
    except ModelError:
        return False
    return True
