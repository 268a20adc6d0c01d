"""A program that is killed while it changes the models folder: run as `shelve_once.py CHANGE STATE`.

Before and after the change it looks for a file named after the mark, which a trace of its system calls shows.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pedal.model.shelf import Shelf

BEGIN, END = "/mark/begin", "/mark/end"
OLDER, OLD, NEW = (letter * 100 for letter in (b"a", b"b", b"c"))


class Change(NamedTuple):
    """What the state folder holds before and after it."""

    make: Callable[[Shelf, Path], None]
    before: dict[str, bytes]
    after: dict[str, bytes]


def put(name: str, data: bytes = NEW) -> Callable[[Shelf, Path], None]:
    return lambda shelf, state: shelf.put(state / "models" / name, data)


def take(shelf: Shelf, state: Path) -> None:
    shelf.take(state / "models" / "Lead.json")


def roll_back(shelf: Shelf, _state: Path) -> None:
    """As installation does it."""
    before = shelf.before("Lead")
    assert before
    shelf.put(shelf.place("Lead", ".json"), before.read_bytes())


LEAD = {"models/Lead.json": OLD, "models/Clean.nam": OLD}
CHANGES = {
    "first": Change(put("New.json"), LEAD, LEAD | {"models/New.json": NEW}),
    "second": Change(put("Lead.json"), LEAD, LEAD | {"models/Lead.json": NEW, "previous/Lead.json": OLD}),
    "third": Change(
        put("Lead.json"),
        LEAD | {"previous/Lead.json": OLDER},
        LEAD | {"models/Lead.json": NEW, "previous/Lead.json": OLD},
    ),
    "other ending": Change(
        put("Lead.nam"),
        LEAD | {"previous/Lead.aidax": OLDER},
        {"models/Lead.nam": NEW, "models/Clean.nam": OLD, "previous/Lead.json": OLD},
    ),
    "roll back": Change(
        roll_back,
        LEAD | {"previous/Lead.json": OLDER},
        LEAD | {"models/Lead.json": OLDER, "previous/Lead.json": OLD},
    ),
    "take": Change(take, LEAD | {"previous/Lead.nam": OLDER}, {"models/Clean.nam": OLD, "previous/Lead.json": OLD}),
    "bring back": Change(
        roll_back,
        {"models/Clean.nam": OLD, "previous/Lead.json": OLDER},
        {"models/Clean.nam": OLD, "models/Lead.json": OLDER, "previous/Lead.json": OLDER},
    ),
}


def main(name: str, state: Path) -> None:
    """Change it."""
    os.access(BEGIN, os.F_OK)
    CHANGES[name].make(Shelf(state), state)
    os.access(END, os.F_OK)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
