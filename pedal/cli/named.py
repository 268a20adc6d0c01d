"""Models by the names that players type: those in this user's models folder, or a file anywhere."""

from typing import TYPE_CHECKING

from pedal.cli.models import models_folder
from pedal.errors import ModelError

if TYPE_CHECKING:
    from pedal.model.loaded import Loaded


def model(wanted: str | None) -> "Loaded":
    """The model of that name or in that file; where none is wanted, the first of the models folder that plays.

    Raises:
        ModelError: there is none, or its file is refused.
    """
    from pedal.config import places
    from pedal.control import rack
    from pedal.model.library import files, find
    from pedal.model.loaded import load

    folder = models_folder()
    if wanted is not None:
        return load(find(wanted, folder))
    refused = {entry.file for entry in rack.look(places().rack).rack.entries if entry.refused}
    why = f"the models folder {folder} holds no model"
    for path in files(folder):
        if path.name not in refused:
            try:
                return load(path)
            except ModelError as error:
                why = str(error)
    raise ModelError(f"{why}; name a file with --model FILE")


def with_word(word: int) -> "Loaded | None":
    """The model that the engine knows by that word, where the models folder has it."""
    from pedal.model.formats import contents
    from pedal.model.library import files, word_of
    from pedal.model.loaded import load

    for path in files(models_folder()) if word else ():
        try:
            if word_of(contents(path)) == word:
                return load(path)
        except ModelError:  # another file of the folder, or damaged since it was taken
            continue
    return None
