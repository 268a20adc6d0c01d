"""The set list: setlist.txt, one model's name a line, which the player edits; what it says of the models there are.

Names are matched whatever their capitals and white space. `# Lead` keeps the model Lead out of the set; any other line
with a # before it is a comment. A name without a model is kept, and skipped; a model that no line names comes last.
"""

from collections.abc import Container, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pedal.control.aside import contents, put_aside
from pedal.control.rack import Seen, seen
from pedal.errors import ConfigError
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
    """Whether it may be written to: a file that is there and cannot be understood stays as it is."""


class Order(NamedTuple):
    """The models' names, as they are spelled on the files, sorted by what the set list says of them."""

    playing: tuple[str, ...]
    """In the order of the set; those that it does not mention are last, in the order in which they were given."""
    out: tuple[str, ...]
    """Those whose line begins with a #."""
    new: tuple[str, ...]
    """Those that it does not mention."""


class Mention(NamedTuple):
    """Where a line names a model."""

    place: int
    """The line's, counted from 0."""
    is_out: bool
    """Whether a # before it keeps the model out of the set."""


def read(path: Path) -> Found:
    """The set list at path; a damaged one is put aside, so that another may be begun."""
    try:
        return _read(path)
    except ValueError as error:
        return Found("", put_aside(path, str(error)), seen(path))


def look(path: Path) -> Found:
    """The set list at path; a damaged one stays where it is."""
    try:
        return _read(path)
    except ValueError as error:
        return Found("", f"{path} {error}; mend it, or take it away", seen(path), writable=False)


def _read(path: Path) -> Found:
    """The set list at path.

    Raises:
        ValueError: it is damaged; says by what.
    """
    lies = seen(path)  # before it is read: an edit that comes between is seen the next time
    try:
        return Found(contents(path, MOST_BYTES).decode("utf-8-sig"), "", lies)
    except FileNotFoundError:
        return Found("", "", None)
    except OSError as error:
        return Found("", f"{path} cannot be read: {error.strerror}", lies, writable=False)
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 text, at byte {error.start}") from error


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


def arrange(path: Path, wanted: Sequence[str], names: Iterable[str]) -> None:
    """Have the set list at path `reordered`.

    Raises:
        ConfigError: it cannot be read, is damaged, or would be too long.
        OSError: it cannot be written.
    """
    found = look(path)
    if not found.writable:
        raise ConfigError(found.fault)
    text = reordered(found.text, wanted, names)
    if len(text.encode()) > MOST_BYTES:
        raise ConfigError(f"{path} would be too long; expected at most {MOST_BYTES} bytes; take comments out of it")
    if text != found.text:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")


def order(text: str, names: Iterable[str]) -> Order:
    """What the set list in text says of the models of these names."""
    known = {key(name): name for name in names}
    mentioned = _mentioned(text.splitlines(), known)
    playing = tuple(known[name] for name, mention in mentioned.items() if not mention.is_out)
    out = tuple(known[name] for name, mention in mentioned.items() if mention.is_out)
    new = tuple(name for at, name in known.items() if at not in mentioned)
    return Order((*playing, *new), out, new)


def reordered(text: str, wanted: Sequence[str], names: Iterable[str]) -> str:
    """The set list with these models first, in this order, in the set even where a # kept them out of it.

    `names` are all models that there are. Those that are not wanted follow in the order that they had. Comments stay
    where they were; names without a model, and how the player spelled a name, stay too.
    """
    known = {key(name): name for name in names}
    first = [key(name) for name in wanted]
    mentioned = _mentioned(text.splitlines(), known)
    lines = extended(text, [known[name] for name in first if name not in mentioned]).splitlines(keepends=True)
    mentioned = _mentioned(lines, known)
    places = {name: place for name, (place, is_out) in mentioned.items() if name in first or not is_out}
    spelled = {name: lines[place].strip() for name, place in places.items()}
    spelled |= {name: spelled[name].removeprefix("#").strip() for name in first if mentioned[name].is_out}
    order = (*first, *(name for name in places if name not in first))
    now = dict(zip(order, sorted(places.values()), strict=True))
    for name, place in now.items():
        line = lines[place]
        lines[place] = spelled[name] + (line[len(line.rstrip()) :] or "\n")
    # A second line of a model, which meant nothing, must not come to stand before the one that counts.
    return "".join(line for place, line in enumerate(lines) if now.get(_named(line, now)[0], 0) <= place)


def extended(text: str, names: Sequence[str]) -> str:
    """The set list with these names at its end; a new one where text is empty."""
    end = "" if not text or text.endswith("\n") else "\n"
    return (text or HEADING) + end + "".join(" ".join(name.split()) + "\n" for name in names)


def key(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(name.split()).casefold()


def _mentioned(lines: Iterable[str], known: Container[str]) -> dict[str, Mention]:
    """By the keys that are known, in the order of the lines: where each is first mentioned."""
    found: dict[str, Mention] = {}
    for place, line in enumerate(lines):
        name, is_out = _named(line, known)
        if name:
            found.setdefault(name, Mention(place, is_out))
    return found


def _named(line: str, known: Container[str]) -> tuple[str, bool]:
    """The key of the model that the line names, empty for none; and whether a # keeps it out."""
    name, without = key(line), key(line.lstrip().removeprefix("#"))
    return (name, False) if name in known else (without, True) if without in known else ("", False)
