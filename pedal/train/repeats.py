"""Passages that are there twice in the guitar's recording, sample for sample, and how alike the amplifier made one.

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


class Copy(NamedTuple):
    """A stretch of the guitar's recording that is there again, to a block of BLOCK_S at either end."""

    first: int
    """Frame at which it begins."""
    second: int
    frames: int


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
    found = copies(clean, rate_hz)
    if not found:
        return None
    first, second, frames = max(found, key=lambda copy: (copy.frames, copy.first, copy.second))
    one = amp[first : first + frames].astype(np.float64)
    two = amp[second : second + frames].astype(np.float64)
    power = float(np.sum(one**2))
    return Repeat(first, second, frames, float(np.sum((two - one) ** 2)) / power) if power > 0.0 else None


def copies(clean: Samples, rate_hz: int) -> list[Copy]:
    """All of LEAST_S or more that is there again, [frames], by the CANDIDATES ways at which it is most like itself."""
    clean = clean[: round(LONGEST_S * rate_hz)]
    block, least = round(BLOCK_S * rate_hz), round(LEAST_S * rate_hz)
    return [
        Copy(first, first + lag, frames)
        for lag in _lags(clean, least)
        for first, frames in _alike(clean, lag, block)
        if frames >= least
    ]


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


def _alike(clean: Samples, lag: int, block: int) -> list[tuple[int, int]]:
    """Where stretches of blocks begin that are the same `lag` frames later, and the frames of each."""
    if lag < 1:
        return []
    count = (len(clean) - lag) // block
    here = clean[: count * block].astype(np.float64).reshape(count, block)
    there = clean[lag : lag + count * block].astype(np.float64).reshape(count, block)
    power = np.sum(here**2, axis=1)
    alike = (np.sum((there - here) ** 2, axis=1) <= SAME * power) & (power > 1e-9 * block)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], alike.astype(int), [0]))))
    return [(int(begin) * block, int(end - begin) * block) for begin, end in zip(edges[::2], edges[1::2], strict=True)]
