"""The set list: setlist.txt, one model's name a line, which the player edits; what it says of the models there are.

Names are matched whatever their capitals and white space. `# Lead` keeps the model Lead out of the set; any other line
with a # before it is a comment. A name without a model is kept, and skipped; a model that no line names comes last.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pedal.control.aside import contents, put_aside
from pedal.control.rack import Seen, seen
from pedal.files import replacing

MOST_BYTES = 65_536
"""A longer file is no set list: 4000 names."""
HEADING = """\
# The set list, one model a line: previous and next walk it from top to bottom. New models join at the end.
# A # before a model's name keeps that model out of the set.

"""


class Found(NamedTuple):
    """What is known of the set list."""

    text: str
    """Empty where there is none yet."""
    fault: str
    """Why it could not be read or written to, in a line; empty where it could."""
    seen: Seen | None
    """The file that has this text, or that was put aside; None where there is none."""
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
    lies = seen(path)  # before it is read: an edit that comes between is seen the next time
    try:
        return Found(contents(path, MOST_BYTES).decode("utf-8-sig"), "", lies)
    except FileNotFoundError:
        return Found("", "", None)
    except OSError as error:
        return Found("", f"{path} cannot be read: {error.strerror}", lies, writable=False)
    except UnicodeDecodeError as error:
        fault = f"is not UTF-8 text, at byte {error.start}"
    except ValueError as error:
        fault = str(error)
    return Found("", put_aside(path, fault), seen(path))


def join(path: Path, names: Iterable[str]) -> Found:
    """The set list at path, with those of these names at its end that it did not mention."""
    found = read(path)
    new = order(found.text, names).new
    if not (new and found.writable):
        return found
    text, left_out = extended(found.text, new), f"{len(new)} new models stay at the end without a line in it"
    if len(text.encode()) > MOST_BYTES:
        return found._replace(fault=f"{path} is full; {left_out}")
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
            lies = seen(temporary)  # the same when it has taken its place
    except OSError as error:
        return found._replace(fault=f"{path} cannot be written: {error.strerror}; {left_out}")
    return found._replace(text=text, seen=lies)


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
