"""Models by the names that are typed: those of the models folder, or a file."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pedal.errors import ConfigError

if TYPE_CHECKING:
    from pedal.model.model import Model


class Named(NamedTuple):
    """A model, what it is called and its model word."""

    name: str
    word: int
    model: "Model"
