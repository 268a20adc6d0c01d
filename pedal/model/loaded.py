"""A model as it comes from its file, with the word by which the engine knows it."""

from pathlib import Path
from typing import NamedTuple

from pedal.model import formats
from pedal.model.library import word_of
from pedal.model.model import Model


class Loaded(NamedTuple):
    """A model, and the word that the engine knows it by."""

    path: Path
    word: int
    model: Model


def load(path: Path) -> Loaded:
    """The model in the file at path, read once.

    Raises:
        ModelError: it cannot be read, or is no model that the pedal plays.
    """
    data = formats.contents(path)
    return Loaded(path, word_of(data), formats.decode(data, str(path)))
