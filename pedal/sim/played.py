"""What the pedal made of a guitar, by its sound and by what its engine said meanwhile."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal.link import RUNNING, WORDS, Link
from pedal.sim.engine import FULL_SCALE, Integers
from pedal.sim.script import Gesture

PASSAGE_FRAMES = 512
"""Of bypassed guitar, looked for in the sound bit by bit."""


class Played(NamedTuple):
    """A guitar, and what came out."""

    captured: Integers
    """[frames] of guitar as the card gave it; the engine began with the first."""
    heard: Integers
    """[frames] of the first output, from the same moment on."""
    rate_hz: int
    script: tuple[Gesture, ...]
    words: dict[str, float]
    """The link's last words."""
    load_mean: float
    """Share of the period, over all looks."""
    load_peak: float
    models: tuple[tuple[float, str], ...]
    """From when on which model sounded, in seconds; a name, or empty for none."""

    @property
    def sound(self) -> NDArray[np.float32]:
        """[frames], full scale = 1."""
        return (self.heard / FULL_SCALE).astype(np.float32)

    @property
    def guitar(self) -> NDArray[np.float32]:
        """[frames], full scale = 1."""
        return (self.captured / FULL_SCALE).astype(np.float32)

    def delay_frames(self) -> int | None:
        """From capture to playback, found in the sound; None where the guitar is nowhere in it bit by bit."""
        return delay(self.captured, self.heard, self.rate_hz // 2)


def delay(captured: Integers, heard: Integers, longest: int) -> int | None:
    """How many frames later what was captured is heard, bit by bit; None where no passage of it is.

    The first passage found is the answer; what begins in silence is passed over.
    """
    for start in range(0, len(captured) - PASSAGE_FRAMES, PASSAGE_FRAMES):
        passage = captured[start : start + PASSAGE_FRAMES]
        if not np.any(passage[:64]):
            continue
        for later in np.flatnonzero(heard[start : start + longest] == passage[0]):
            if np.array_equal(heard[start + later : start + later + PASSAGE_FRAMES], passage):
                return int(later)
    return None


class Looks:
    """What is seen of the engine while it plays."""

    def __init__(self) -> None:
        self.loads: list[float] = []
        self.peaks: list[float] = []
        self.models: list[tuple[float, int]] = []
        """From when on which model word sounded."""

    def look(self, link: Link, seconds: float) -> None:
        """Look once, so many seconds after the beginning."""
        if link.get("state") != RUNNING:
            return
        if link.get("load"):
            self.loads.append(link.get("load"))
            self.peaks.append(link.get("load_peak"))
        playing = int(link.get("playing"))
        if not self.models or self.models[-1][1] != playing:
            self.models.append((round(max(0.0, seconds), 2), playing))

    def load(self) -> tuple[float, float]:
        """Mean and peak, share of the period."""
        return float(np.mean(self.loads or [0.0])), max(self.peaks, default=0.0)


def words(link: Link) -> dict[str, float]:
    """All of the link's words as they are now."""
    return {word.name: link.get(word.name) for word in WORDS}
