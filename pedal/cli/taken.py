"""Having the pedal that runs take another model, and waiting until it is heard."""

import time
from typing import TYPE_CHECKING

from pedal.cli.notes import note
from pedal.errors import ConfigError, LinkError

if TYPE_CHECKING:
    from pedal.config import Places
    from pedal.control.rack import Entry, Rack

PATIENCE_S = 15.0
LOOK_S = 0.05
"""Between two looks whether it has happened."""


def play(entry: "Entry", where: "Places", patience_s: float = PATIENCE_S) -> bool:
    """Have this model played, and wait until it is heard; gives whether it is: false where no engine plays, as is said.

    Raises:
        ConfigError: the pedal does not take it.
        LinkError: it has not within so many seconds.
    """
    from pedal.control import rack

    if entry in rack.look(where.rack).rack.out:
        raise ConfigError(f"{entry.name} is kept out of the set list; `pedal models order {entry.name}` puts it in")
    end = time.monotonic() + patience_s
    while not _asked(entry, where, end):
        time.sleep(LOOK_S)
    while (heard := _heard(where)) != entry.word:
        if heard is None:
            note("the engine does not play at present; it takes the model when it does")
            return False
        if time.monotonic() >= end:
            raise LinkError(f"{entry.name} is installed and chosen, but not heard yet; see `pedal status`")
        time.sleep(LOOK_S)
    return True


def leave(gone: "Entry", before: "Rack", where: "Places") -> None:
    """Have the pedal go on from a model that was removed, where it plays it: to the next of the set, else to none.

    `before` is the rack as it was.

    Raises:
        ConfigError, LinkError: it does not.
    """
    from pedal.model.library import NONE

    if not _chosen(gone.word, where):
        return
    playing = [entry for entry in before.entries if not entry.refused]
    place = playing.index(gone) if gone in playing else 0
    following = [entry for entry in (*playing[place + 1 :], *playing[:place]) if entry != gone]
    _tell(following[0].file if following else NONE, where)


def _asked(entry: "Entry", where: "Places", end: float) -> bool:
    """Whether it has been taken; a control that does not know it yet is asked again."""
    try:
        _tell(entry.file, where)
    except (ConfigError, LinkError):
        if time.monotonic() >= end:
            raise
        return False
    return True


def _tell(model: str, where: "Places") -> None:
    from pedal.cli import set as settings
    from pedal.cli.asking import ask
    from pedal.model.library import NONE

    if not ask(where.run, [("model", model)]):
        path = None if model == NONE else where.models / model
        settings.tell_engine([("model", model)], path, where)


def _chosen(word: int, where: "Places") -> bool:
    """Whether it is what the engine is asked for."""
    from contextlib import closing

    from pedal.link import Link

    if not where.link.exists():
        return False
    with closing(Link(where.link)) as link:
        return link.get("model") == word != 0


def _heard(where: "Places") -> int | None:
    """The word of the model that sounds; None where nothing can at present."""
    from contextlib import closing

    from pedal.link import RUNNING, Link

    with closing(Link(where.link)) as link:
        plays = link.engine_runs() and link.get("state") == RUNNING
        return int(link.get("playing")) if plays else None
