"""What can be seen of the engine and the processor at one moment."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pedal.errors import LinkError
from pedal.link import WORDS, Link

RARELY = 10
"""The firmware is asked at every tenth sample only, as it may take a process of its own; its bits remember."""

Words = Mapping[str, float | int]


class Sample(NamedTuple):
    """One moment."""

    at_s: float
    words: Words
    """The link's by name; empty where there is no link."""
    alive: bool = False
    """Whether the process that writes the engine's words is there."""
    load: tuple[int, ...] = ()
    """The link's `load_histogram`; empty where there is no link."""
    wake: tuple[int, ...] = ()
    temperature_c: float | None = None
    clock_hz: float | None = None
    """Of the core that the engine runs on."""
    flags: int | None = None
    """`throttling.Throttling.flags`; None also where nobody was asked this time."""


class Sensors(NamedTuple):
    """How the processor is read."""

    temperature_c: Callable[[], float | None]
    clock_hz: Callable[[], float | None]
    flags: Callable[[], int | None]


class Sampler:
    """Takes samples of the link at a path, whatever becomes of it, and of the processor."""

    def __init__(self, path: Path, sensors: Sensors) -> None:
        self._path = path
        self._sensors = sensors
        self._link: Link | None = None
        self._file: tuple[int, int] | None = None
        self._taken = 0

    def words(self) -> Words:
        """The link's words now; none where there is no link."""
        link = self._opened()
        return {word.name: link.get(word.name) for word in WORDS} if link else {}

    def sample(self, at_s: float) -> Sample:
        """Everything, as of now; a reading that fails is None."""
        words, link = self.words(), self._link
        sensors = self._sensors
        flags = sensors.flags() if self._taken % RARELY == 0 else None
        self._taken += 1
        return Sample(
            at_s,
            words,
            link.engine_runs() if link else False,
            tuple(link.load_histogram) if link else (),
            tuple(link.wake_histogram) if link else (),
            sensors.temperature_c(),
            sensors.clock_hz(),
            flags,
        )

    def close(self) -> None:
        """Let go of the link."""
        if self._link:
            self._link.close()
        self._link = None

    def _opened(self) -> Link | None:
        """The link that lies at the path now; one that was replaced is let go of."""
        file = _identity(self._path)
        if file != self._file:
            self.close()
            self._file = file
            if file:
                with suppress(LinkError):  # it went meanwhile, or is no link yet: looked at again with its next change
                    self._link = Link(self._path)
        return self._link


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies there; None for none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
