"""Recordings as tensors: what is learnt from, and passages held back to validate on.

The passages are spread over the whole recording and none of them is learnt from: an eighth of it. Where the guitar's
recording holds one of them again, sample for sample, that is not learnt from either: a model that has heard it would be
measured by what it knows. Or they are another take, and then all of the recording is learnt from.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from pedal.errors import ConfigError
from pedal.train.fit import Pair
from pedal.train.repeats import BLOCK_S, Copy, copies

Samples = NDArray[np.float32]

EIGHTH = 8
LONGEST = 8
"""Segments of a passage held back."""
PASSAGES = 6
"""At least so many of each recording, where it has the segments. One passage is one chord or lick, soft or loud, and
the best epoch would be the best for that. More would be too short: those of 30 to 40 s are 0.5 and 0.75 s long, a note
or a few, and a note that is cut in two is half learnt. From 96 s on they are of LONGEST, 2 s."""
MOST = 0.25
"""Of a recording, that passages and their repeats take from learning; beyond, no more passages are held back. Of a riff
that is played over and over each passage takes its share of all of it."""
LEAD = 4_096
"""Samples before each passage that are heard and not judged: an amplifier in the middle of a take is not at rest."""


class Recorded(NamedTuple):
    """Aligned recordings at one position of the knobs."""

    clean: Samples
    """[frames]"""
    amp: Samples
    """[frames]"""
    knobs: tuple[float, ...]


class Data(NamedTuple):
    """All pairs together."""

    training: Pair
    validation: Pair

    def to(self, device: str) -> "Data":
        """On another device."""
        return Data(self.training.to(device), self.validation.to(device))


def gather(recorded: Sequence[Recorded], rate_hz: int, segment: int, unheard: Sequence[Recorded] = ()) -> Data:
    """Cut the recordings into segments of so many samples, and passages of several, of `unheard` where that is there.

    Raises:
        ConfigError: one is too short for that, or repeats so much that nothing is left to learn from.
    """
    if unheard:
        return _apart(recorded, rate_hz, segment, unheard)
    blocks = [len(pair.clean) // segment for pair in recorded]
    if min(blocks) < EIGHTH:
        short = blocks.index(min(blocks))
        raise ConfigError(
            f"pair {short + 1} of {len(recorded)}, {len(recorded[short].clean) / rate_hz:.6g} s, is too short to learn "
            f"from and to validate on; expected {EIGHTH * segment / rate_hz:.6g} s or more"
        )
    run = max(1, min(LONGEST, min(blocks) // (EIGHTH * PASSAGES)))
    learnt: list[tuple[int, int]] = []
    held: list[tuple[int, int]] = []
    for number, pair in enumerate(recorded):
        apart, rest = _held(pair.clean, rate_hz, segment, run)
        if not rest:
            raise ConfigError(
                f"pair {number + 1} of {len(recorded)}, {len(pair.clean) / rate_hz:.6g} s, repeats a passage so often "
                "that what is held back to validate on leaves nothing to learn from; expected more than one short "
                "passage: name another take to validate on: --validate CLEAN.wav:AMP.wav"
            )
        held += [(number, start) for start in apart]
        learnt += [(number, start) for start in rest]
    lead = min(LEAD, segment * (EIGHTH - 1) * run)
    return Data(_cut(recorded, learnt, segment, 0), _cut(recorded, held, segment * run, lead))


def _held(clean: Samples, rate_hz: int, segment: int, run: int) -> tuple[list[int], list[int]]:
    """Where the passages of `run` segments begin that are held back, and the segments that are learnt from."""
    found, block, count = copies(clean, rate_hz), round(BLOCK_S * rate_hz), len(clean) // segment
    taken = np.zeros(len(clean), bool)
    held: list[int] = []
    for first in range((EIGHTH - 1) * run, count - run + 1, EIGHTH * run):
        if np.mean(taken) >= MOST:
            break
        held.append(first * segment)
        taken[held[-1] : held[-1] + run * segment] = True
        _spread(taken, found, block)
    return held, [start for start in range(0, count * segment, segment) if not taken[start : start + segment].any()]


def _spread(taken: NDArray[np.bool_], found: Sequence[Copy], block: int) -> None:
    """Take all that is the same as what is taken, and what is the same as that; copies are known to a block."""
    before = 0
    while (now := int(np.count_nonzero(taken))) > before:
        before = now
        for first, second, frames in found:
            begin, lag = max(0, first - block), second - first
            end = min(first + frames + block, len(taken) - lag)
            one, two = taken[begin:end], taken[begin + lag : end + lag]
            both = one | two
            one |= both
            two |= both


def _apart(recorded: Sequence[Recorded], rate_hz: int, segment: int, unheard: Sequence[Recorded]) -> Data:
    """All of one learnt from, all of the other but its beginning validated on."""
    learnt = [
        (number, segment * first) for number, pair in enumerate(recorded) for first in range(len(pair.clean) // segment)
    ]
    lead = min(LEAD, segment)
    if not learnt or min(len(pair.clean) for pair in unheard) < lead + segment:
        raise ConfigError(
            "a recording is too short to learn from or to validate on; expected "
            f"{(lead + segment) / rate_hz:.6g} s or more"
        )
    run = max(1, min(LONGEST, *((len(pair.clean) - lead) // segment for pair in unheard)))
    held = [
        (number, start)
        for number, pair in enumerate(unheard)
        for start in range(lead, len(pair.clean) - run * segment + 1, run * segment)
    ]
    return Data(_cut(recorded, learnt, segment, 0), _cut(unheard, held, run * segment, lead))


def _cut(recorded: Sequence[Recorded], starts: Sequence[tuple[int, int]], length: int, lead: int) -> Pair:
    inputs = np.empty((lead + length, len(starts), 1 + len(recorded[0].knobs)), np.float32)
    target = np.empty((lead + length, len(starts)), np.float32)
    for place, (number, start) in enumerate(starts):
        pair, part = recorded[number], slice(start - lead, start + length)
        inputs[:, place, 0], inputs[:, place, 1:] = pair.clean[part], pair.knobs
        target[:, place] = pair.amp[part]
    return Pair(torch.from_numpy(inputs), torch.from_numpy(target), lead)
