"""Recordings as tensors: what is learnt from, and passages held back to validate on.

The passages are spread over the whole recording and none of them is learnt from at any level: an eighth of it. Or they
are another take, and then all of the recording is learnt from.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from pedal.errors import ConfigError
from pedal.train.fit import Pair

Samples = NDArray[np.float32]

EIGHTH = 8
LONGEST = 8
"""Segments of a passage held back."""
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


def gather(recorded: Sequence[Recorded], segment: int, unheard: Sequence[Recorded] = ()) -> Data:
    """Cut the recordings into segments of so many samples, and passages of several, of `unheard` where that is there.

    Raises:
        ConfigError: one is too short for that.
    """
    if unheard:
        return _apart(recorded, segment, unheard)
    blocks = [len(pair.clean) // segment for pair in recorded]
    if min(blocks) < EIGHTH:
        short = recorded[blocks.index(min(blocks))]
        raise ConfigError(
            f"a recording of {len(short.clean)} samples is too short to learn from and to validate on; expected "
            f"{EIGHTH * segment} or more"
        )
    run = max(1, min(LONGEST, min(blocks) // EIGHTH))
    learnt: list[list[tuple[int, int]]] = []
    held: list[tuple[int, int]] = []
    for number, count in enumerate(blocks):
        starts = [first for first in range(count) if first // run % EIGHTH < EIGHTH - 1]
        learnt.append([(number, segment * first) for first in starts])
        last = range((EIGHTH - 1) * run, count - run + 1, EIGHTH * run)
        held += [(number, segment * first) for first in last]
    lead = min(LEAD, segment * (EIGHTH - 1) * run)
    return Data(
        _cut(recorded, [start for starts in learnt for start in starts], segment, 0),
        _cut(recorded, held, segment * run, lead),
    )


def _apart(recorded: Sequence[Recorded], segment: int, unheard: Sequence[Recorded]) -> Data:
    """All of one learnt from, all of the other but its beginning validated on."""
    learnt = [
        (number, segment * first) for number, pair in enumerate(recorded) for first in range(len(pair.clean) // segment)
    ]
    lead = min(LEAD, segment)
    if not learnt or min(len(pair.clean) for pair in unheard) < lead + segment:
        raise ConfigError(
            f"a recording is too short to learn from or to validate on; expected {lead + segment} samples or more"
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
