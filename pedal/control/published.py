"""What the panel asks of the engine, word by word into the link; and the words that an engine may start from alone."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pedal.config import Places
from pedal.link import RUNNING, Link, words_text

PROVEN_S = 10.0
"""A model that has played so long is one to start from."""

Words = Mapping[str, float | int]


class Published:
    """The link's control words. The caller holds `control.lock`; times are seconds of its clock."""

    def __init__(self, where: Places, save: Callable[[Path, bytes], None]) -> None:
        """Open the link. `save` has bytes written to a file, without waiting.

        Raises:
            LinkError: it cannot be opened.
        """
        self.link = Link(where.link, where.words)
        self._file = _identity(where.link)
        self._where = where
        self._save = save
        self._words: dict[str, float | int] = {}
        self._steady: float | None = None  # since when the model asked for has been heard

    def publish(self, words: Words) -> None:
        """Write those words that are new, the model first: the engine gives the others to the newest model."""
        for name, value in words.items():
            if self._words.get(name) != value:
                self.link.set(name, value)
        if words["model"] != self._words.get("model"):
            self._steady = None
        self._words = dict(words)

    def prove(self, now: float, lasting: Words) -> None:
        """Have the words saved once their model has been heard for ten seconds; `lasting` stand for those that pass."""
        heard = self.link.get("state") == RUNNING and self.link.get("playing") == self._words.get("model")
        self._steady = (self._steady if self._steady is not None else now) if heard else None
        if self._steady is not None and now >= self._steady + PROVEN_S:
            self._save(self._where.words, words_text({**self._words, **lasting}))

    def lost(self) -> bool:
        """Whether another file lies where the link was, or none, as when the run folder was emptied."""
        return _identity(self._where.link) != self._file

    def close(self) -> None:
        """Unmap the link; what it says stands for the engine."""
        self.link.close()


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies there; None for none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
