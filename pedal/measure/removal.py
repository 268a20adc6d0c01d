"""A model taken away, and everything that still names it, so that nothing of it is heard after the next start."""

from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from pedal.config import Places
from pedal.control import rack
from pedal.control.rack import Rack
from pedal.errors import LinkError, ModelError
from pedal.files import replacing
from pedal.link import saved_words, words_text
from pedal.model import formats
from pedal.model.library import word_of
from pedal.model.shelf import Shelf
from pedal.model.turns import PATIENCE_S, turn


def remove(name: str, where: Places, patience_s: float = PATIENCE_S) -> None:
    """Take the model of that name away; it is kept as the version before.

    Raises:
        ModelError: there is none of that name, it cannot be kept, or others are at work; everything is as it was.
    """
    with turn(where.state, f"`pedal models remove` of {name}", patience_s):
        try:
            shelf = Shelf(where.state)
            shelf.settle()
            file = shelf.there(name)
            found = rack.look(where.rack)
            left = _without(file.name, found.rack)
            if found.fault:  # control puts it aside, and has a new one made
                shelf.take(file)
            else:
                _take(shelf, file, left, where.rack)
        except OSError as error:
            raise ModelError(f"{name}: cannot be taken away: {error.strerror}; everything is as it was") from error
        word = _word(shelf.before(name))
        if word and left.with_word(word) is None:
            _forget(word, where)


def _take(shelf: Shelf, file: Path, left: Rack, path: Path) -> None:
    """Take the file and its entry away; on a full disk the file alone, as the pedal makes a new rack when it can."""
    try:
        rack.write(path, left, lambda: shelf.take(file))
    except OSError:
        if file.exists():
            shelf.take(file)


def _without(file: str, of: Rack) -> Rack:
    entries, out = (tuple(entry for entry in group if entry.file != file) for group in (of.entries, of.out))
    return replace(of, entries=entries, out=out)


def _forget(word: int, where: Places) -> None:
    """Delete what was packed of it, and let the engine begin without it; where that fails, the guitar is dry then."""
    with suppress(OSError):
        for packed in (where.state / "packed").glob(f"*/{word:016x}"):
            packed.unlink()  # an engine that plays it keeps what it has mapped
    with suppress(OSError, LinkError):
        words = saved_words(where.words)
        if words.get("model") == word:
            with replacing(where.words) as temporary:
                temporary.write_bytes(words_text(words | {"model": 0}))


def _word(file: Path | None) -> int:
    """By which the engine knew the model in the file; 0 where it cannot be known."""
    try:
        return word_of(formats.contents(file)) if file else 0
    except ModelError:
        return 0
