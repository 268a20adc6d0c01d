"""A model installed or rolled back: tried before the old one is touched, stored whole or not at all.

Control sees the rack and the folder change, and goes over to what is new by itself.
"""

from typing import NamedTuple

from pedal.config import Config, Places
from pedal.control.rack import Entry
from pedal.errors import ModelError
from pedal.kernel.library import Library
from pedal.measure.inspection import Inspection
from pedal.measure.trial import judged
from pedal.model import formats
from pedal.model.library import name_of
from pedal.model.shelf import Shelf, named
from pedal.model.turns import PATIENCE_S, turn

ENDINGS = {"native": ".json", "keras": ".aidax", "nam": ".nam"}
"""Of a file, by its format."""


class Installed(NamedTuple):
    """What came of it."""

    entry: Entry
    replaced: bool
    """Whether there was another version, which is kept."""
    unchanged: bool = False
    """Whether these very bytes were there already."""


class Installation:
    """What changes the models of one pedal; every change waits until no other is being made."""

    def __init__(self, where: Places, config: Config, library: Library, patience_s: float = PATIENCE_S) -> None:
        """So many seconds are waited for others."""
        self._where = where
        self._card = config.card
        self._library = library
        self._patience_s = patience_s
        self._shelf = Shelf(where.state)

    def install(self, name: str, data: bytes) -> Installed:
        """Have the model in these bytes of a file under that name, if the pedal can play it.

        Raises:
            ModelError: it is refused, cannot be stored, or others are at work; everything is as it was.
        """
        name = named(name)
        with turn(self._where.state, f"`pedal models install` of {name}", self._patience_s):
            return self._install(name, data)

    def roll_back(self, name: str) -> Installed:
        """Have the version before again; the one that it replaces is the version before then.

        Raises:
            ModelError: there is none, or it is refused as any model may be.
        """
        with turn(self._where.state, f"`pedal models rollback` of {name}", self._patience_s):
            self._shelf.settle()
            before = self._shelf.before(name)
            if before is None:
                self._shelf.there(name)
                raise ModelError(f"model {name!r} has no version before; it was installed once")
            return self._install(name_of(before), formats.contents(before))

    def _install(self, name: str, data: bytes) -> Installed:
        self._shelf.settle()
        try:
            ending = ENDINGS[formats.decode(data, name).format]
            old, target = self._shelf.file(name), self._shelf.place(name, ending)
            inspection = Inspection(self._where, self._card, self._library, lambda _line: None)
            if old and formats.contents(old) == data:
                return Installed(_playable(inspection.one(old)), replaced=False, unchanged=True)
            entry = _playable(judged(target, data, self._card, self._where.state, self._library))
            gone = [old.name] if old else []
            inspection.exchange(entry, gone, lambda: self._shelf.put(target, data))
        except OSError as error:
            raise ModelError(f"{name}: cannot be stored: {error.strerror}; everything is as it was") from error
        return Installed(entry, replaced=old is not None)


def _playable(entry: Entry) -> Entry:
    """The entry.

    Raises:
        ModelError: it is one of a model that is refused.
    """
    if entry.refused:
        raise ModelError(f"{entry.name}: {entry.reason}")
    return entry
