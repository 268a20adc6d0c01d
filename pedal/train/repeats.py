"""A passage that is there twice in the guitar's recording, sample for sample, and how alike the amplifier made it.

What the amplifier does not do the same way twice (noise, a slow effect, a supply that sags) no model of it can follow:
the error-to-signal ratio between the two answers is about twice the least that a model can come to.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

LONGEST_S = 600.0
"""Of the recording, in which a repetition is sought."""
LEAST_S = 1.0
"""Of a passage, and of the way to its repetition."""
BLOCK_S = 0.1
SAME = 1e-4
"""Of a block's power, what may differ from its copy."""
CANDIDATES = 4


class Repeat(NamedTuple):
    """Two places of the guitar's recording that are the same."""

    first: int
    """Frame at which the first begins."""
    second: int
    frames: int
    esr: float
    """Error-to-signal ratio of the amplifier's second answer against its first."""


def repeated(clean: Samples, amp: Samples, rate_hz: int) -> Repeat | None:
    """The longest passage that is there twice in aligned recordings, [frames] each; None where there is none."""
    clean = clean[: round(LONGEST_S * rate_hz)]
    block, least = round(BLOCK_S * rate_hz), round(LEAST_S * rate_hz)
    best = (0, 0, 0)
    for lag in _lags(clean, least):
        best = max(best, (*_longest(clean, lag, block), lag))
    frames, first, lag = best
    if frames < least:
        return None
    one = amp[first : first + frames].astype(np.float64)
    two = amp[first + lag : first + lag + frames].astype(np.float64)
    power = float(np.sum(one**2))
    return Repeat(first, first + lag, frames, float(np.sum((two - one) ** 2)) / power) if power > 0.0 else None


def _lags(clean: Samples, least: int) -> list[int]:
    """Where the recording is most like itself, `least` frames or more away, best first."""
    if len(clean) < 2 * least:
        return []
    size = 1 << (2 * len(clean) - 1).bit_length()
    likeness = np.fft.irfft(np.abs(np.fft.rfft(np.diff(clean), size)) ** 2, size)[: len(clean) - least]
    likeness[:least] = 0.0
    found = []
    for _ in range(CANDIDATES):
        lag = int(np.argmax(likeness))
        found.append(lag)
        likeness[max(0, lag - least // 8) : lag + least // 8] = 0.0
    return found


def _longest(clean: Samples, lag: int, block: int) -> tuple[int, int]:
    """Frames of the longest stretch of blocks with the same `lag` frames later, and where it begins."""
    if lag < 1:
        return 0, 0
    count = (len(clean) - lag) // block
    here = clean[: count * block].astype(np.float64).reshape(count, block)
    there = clean[lag : lag + count * block].astype(np.float64).reshape(count, block)
    power = np.sum(here**2, axis=1)
    alike = (np.sum((there - here) ** 2, axis=1) <= SAME * power) & (power > 1e-9 * block)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], alike.astype(int), [0]))))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    longest = int(np.argmax(lengths))
    return int(lengths[longest]) * block, int(edges[::2][longest]) * block
