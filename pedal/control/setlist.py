"""The set list: setlist.txt, one model's name a line, which the player edits; what it says of the models there are.

Names are matched whatever their capitals and white space. `# Lead` keeps the model Lead out of the set; any other line
with a # before it is a comment. A name without a model is kept, and skipped; a model that no line names comes last.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pedal.control.aside import contents, put_aside

MOST_BYTES = 65_536
"""A longer file is no set list: 4000 names."""
HEADING = """\
# The set list, one model a line: previous and next walk it from top to bottom. New models join at the end.
# A # before a model's name keeps that model out of the set.

"""


class Found(NamedTuple):
    """What reading the set list gave."""

    text: str
    """Empty where there is none yet."""
    fault: str
    """Why it could not be read, in a line; empty where it could."""
    writable: bool = True
    """Whether it may be written to: a file that is there and cannot be read stays as it is."""


class Order(NamedTuple):
    """The models' names, as they are spelled on the files, sorted by what the set list says of them."""

    playing: tuple[str, ...]
    """In the order of the set; those that it does not mention are last, in the order in which they were given."""
    out: tuple[str, ...]
    """Those whose line begins with a #."""
    new: tuple[str, ...]
    """Those that it does not mention."""


def read(path: Path) -> Found:
    """The set list at path; a damaged one is put aside, so that another may be begun."""
    try:
        return Found(contents(path, MOST_BYTES).decode("utf-8-sig"), "")
    except FileNotFoundError:
        return Found("", "")
    except OSError as error:
        return Found("", f"{path} cannot be read: {error.strerror}", writable=False)
    except UnicodeDecodeError as error:
        fault = f"is not UTF-8 text, at byte {error.start}"
    except ValueError as error:
        fault = str(error)
    return Found("", put_aside(path, fault))


def order(text: str, names: Iterable[str]) -> Order:
    """What the set list in text says of the models of these names."""
    unnamed = {key(name): name for name in names}
    playing, out = [], []
    for line in text.splitlines():
        if name := unnamed.pop(key(line), ""):
            playing.append(name)
        elif line.lstrip().startswith("#") and (name := unnamed.pop(key(line.lstrip()[1:]), "")):
            out.append(name)
    new = tuple(unnamed.values())
    return Order((*playing, *new), tuple(out), new)


def extended(text: str, names: Sequence[str]) -> str:
    """The set list with these names at its end; a new one where text is empty."""
    end = "" if not text or text.endswith("\n") else "\n"
    return (text or HEADING) + end + "".join(" ".join(name.split()) + "\n" for name in names)


def key(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(name.split()).casefold()
